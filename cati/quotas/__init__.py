"""Quota cells and the places interviews hold in them."""
