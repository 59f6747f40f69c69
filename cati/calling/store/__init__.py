"""SQL that crosses the slices below: the take, what time brings back, what a call changes."""
