"""The line: what a dial is doing, whatever carries it."""
