"""What the desk shows, read in few statements."""
