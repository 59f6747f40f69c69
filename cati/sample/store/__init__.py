"""SQL that changes the sample: the log of imports, households with their sealed contacts, who is called."""
