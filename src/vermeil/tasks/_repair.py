"""One more try at an answer that cannot be read: the LLM is shown what it said, and what is wrong with it."""

from __future__ import annotations

from vermeil.exchange import Message, Prompt

LONGEST_ANSWER = 4000
"""Characters of it that are shown: its beginning and its end, where they are too many."""

LONGEST_ERROR = 400


def repair_prompt(prompt: Prompt, answer: str, error: str) -> Prompt:
    """The same conversation with the answer and one message more, which asks for JSON alone in the same form."""
    answer, error = _plain(answer), " ".join(_plain(error).split())[:LONGEST_ERROR]
    said = _bounded(answer) or "(nothing)"  # no server takes a message without content
    again = (
        f"This answer cannot be used: {error}\n\n"
        "Answer the same question again. Write JSON only, in the form that was asked for: complete, with nothing "
        "before it, nothing after it, and no code fence around it."
    )
    return Prompt((*prompt.messages, Message("assistant", said), Message("user", again)), prompt.schema)


def _bounded(answer: str) -> str:
    if len(answer) <= LONGEST_ANSWER:
        return answer
    half = LONGEST_ANSWER // 2
    left_out = len(answer) - 2 * half
    return f"{answer[:half]}\n[... {left_out:,} characters left out ...]\n{answer[-half:]}"


def _plain(text: str) -> str:
    """What can be sent: no half of a character, no space around it."""
    return text.encode("utf-8", "replace").decode().strip()
