"""When a case is called again, by which protocol."""
