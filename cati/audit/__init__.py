"""Audit: who read an identity, took data out or changed a setting, when and what for. Never changed."""
