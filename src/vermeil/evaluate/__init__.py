"""How good labels are, with intervals."""
