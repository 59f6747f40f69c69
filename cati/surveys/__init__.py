"""Surveys, waves, bailleurs, published questionnaires."""
