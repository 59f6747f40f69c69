"""Measures, as ratios in one run."""
