"""Cases: one household in one wave, its attempts and dials."""
