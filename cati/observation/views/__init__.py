"""What supervisors and guests are shown of a visit."""
