"""What an author of questionnaires sees: the preview, alone with its file, and the paper. No database, no account."""
