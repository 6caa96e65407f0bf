"""The whole job on the embedded corpus, with the recorded answers of an LLM."""
