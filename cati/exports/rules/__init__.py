"""What an export says, computed from values: its variables, its rows, its dictionary, and what may never be in it."""
