"""Observation: a bailleur's visit, its observers, what they hear and see of a consenting tenant, and the report."""
