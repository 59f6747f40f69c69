"""The same form and the same answers under three engines: ours, SurveyJS, getodk's xforms-engine."""
