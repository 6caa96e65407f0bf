"""Phase 2: a student learns from gold and silver, in a chosen order."""
