"""Extracts of 26 fictional bailleurs, as bailleurs send them. No name is a person's, no number can ring."""
