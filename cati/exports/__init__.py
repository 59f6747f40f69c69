"""Completed interviews as files for the analysis pipeline."""
