"""Phase 3: what is mixed, when, and by whom it is drawn."""
