"""Phase 1: an LLM labels raw text; every answer is kept."""
