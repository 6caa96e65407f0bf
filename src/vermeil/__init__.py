"""Turn an LLM's labels and a few human ones into a small model that you own."""

__version__ = "0.1.0"
