"""Households and their telephone numbers, as the bailleurs' files give them."""
