"""The questionnaire engine: text in, decisions out. Pure: no database, no clock, no HTTP."""
