"""The whole job on the embedded corpus, with the recorded answers of an LLM: no key, no network, no model hub."""

from vermeil.demo.job import Outcome, Silver, demo

__all__ = ["Outcome", "Silver", "demo"]
