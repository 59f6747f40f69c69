"""What supervisors do. Each act is audited with who and why."""
