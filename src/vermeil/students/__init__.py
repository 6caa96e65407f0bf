"""Who learns: one file for each kind of small model."""
