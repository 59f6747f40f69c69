"""One module for each file of an export. Same sheet, same bytes."""
