"""How good silver labels are where gold has the same texts, and what follows for learning from the others."""
