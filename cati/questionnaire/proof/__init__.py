"""The proof of a questionnaire: what no respondent can ever meet, and where somebody would be stuck. Pure, by z3."""
