"""The faces of cati: pages over HTTP."""
