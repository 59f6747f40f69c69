"""What a supervisor sees of the floor."""
