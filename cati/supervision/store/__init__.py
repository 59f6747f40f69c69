"""SQL of a supervisor's acts."""
