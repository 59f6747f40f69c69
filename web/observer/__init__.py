"""The pages of observers: a visit, and the bailleur's own page. Read as cati_observer."""
