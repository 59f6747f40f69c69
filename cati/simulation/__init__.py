"""Fictional content: a whole survey to try the system on."""
