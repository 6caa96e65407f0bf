"""The whole job on an embedded corpus, with the recorded answers of an LLM: no key, no network, no model hub."""

from vermeil.demo.corpus import Corpus, corpora
from vermeil.demo.job import Outcome, Silver, demo

__all__ = ["Corpus", "Outcome", "Silver", "corpora", "demo"]
