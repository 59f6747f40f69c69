"""Interviews, answers and the events that made them."""
