"""What supervisors see, each shaped for its screen: figures of the field, board of quotas, floor."""
