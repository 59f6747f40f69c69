"""cati: computer-assisted telephone interviewing. See README.md."""
