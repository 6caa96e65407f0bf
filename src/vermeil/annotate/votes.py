"""Several answers to one question: labels by votes, and a second look at the doubtful ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

from vermeil.align.apart import apart
from vermeil.annotate.reading import UNASKED, Reading
from vermeil.annotate.together import together
from vermeil.data import Kind, Lost, Span, Vote
from vermeil.errors import SettingsError

NOT_CONFIRMED = "not confirmed"
"""Why a label was lost that a second look found to be none."""

_ROUNDING = 1e-9  # shares of weights such as 0.1 + 0.2 miss a bound by less than this


@dataclass(frozen=True)
class _Candidate:
    """A span that somebody named, with its share of the votes, and how sure its voters are on average."""

    span: Span
    voters: tuple[str, ...]
    score: float
    sure: float

    @property
    def vote(self) -> Vote:
        return Vote(self.span.start, self.span.end, self.span.label, self.voters, self.score)

    @property
    def preference(self) -> tuple[float, float, int, int, int]:
        """Most votes first, then the surest voters, then the longest, then the first."""
        return -round(self.score, 9), -self.sure, self.span.start - self.span.end, self.span.start, self.span.end


@dataclass(frozen=True)
class Rule:
    """Which of the labels that voters name are kept.

    Args:
        keep: the share of the votes that a label needs.
        kind: what the labels are, and so which of them a text can have together.
        order: label names; of two for the same words that are equal in all else, the earlier one is kept.
    """

    keep: float = 0.5
    kind: Kind = "spans"
    order: tuple[str, ...] = ()

    def kept(self, candidates: Iterable[_Candidate]) -> tuple[Span, ...]:
        """The best of the candidates that have the share, as many as a text can have."""
        rank = {label: number for number, label in enumerate(self.order)}
        best_first = sorted(candidates, key=lambda c: (*c.preference, rank.get(c.span.label, len(rank)), c.span.label))
        return apart((c.span for c in best_first if c.score >= self.keep - _ROUNDING), self.kind)

    def missing(self, candidates: Sequence[_Candidate], labels: tuple[Span, ...]) -> str:
        """Why a text has no class though it has to have one, "" where nothing is amiss."""
        if labels or self.kind != "class":
            return ""
        shares = ", ".join(f"{c.span.label!r} {100 * c.score:.0f}%" for c in sorted(candidates, key=lambda c: -c.score))
        return f"no class has the {100 * self.keep:.0f}% of the votes that it needs: {shares}"


SPANS = Rule()


def merged(
    text: str, readings: Mapping[str, Reading], weights: Mapping[str, float] | None = None, rule: Rule = SPANS
) -> Reading:
    """What several voters say together, label by label: kept is what at least the share `rule.keep` of them names.

    A span's score is the share, by weight, of the voters that answered who gave this very span this label. At the
    default an exact half is enough, so that two voters give what either of them names, as far as it doesn't overlap;
    a bound just above one half asks for a strict majority. Of labels that a text cannot have together (spans that
    overlap, two classes where it has one) the one with more votes stays, then the one whose voters are surer, then the
    longer, then the one that the task names first. Voters that failed have no vote; where those that answered are less
    than half, the text fails, and so does one that has to have a class of which none has the share. The labels of one
    voter alone stay as they are.

    Args:
        readings: of each voter, by its name.
        weights: of voters that count more or less than 1.

    Raises:
        SettingsError: a weight is below 0 or no number, or no voter has any.
    """
    if len(readings) == 1:
        return next(iter(readings.values()))
    weight = _weights(readings, weights or {})
    if not any(reading.asked for reading in readings.values()):
        return UNASKED
    answered = {name: reading for name, reading in readings.items() if _has(reading)}
    heard = sum(weight[name] for name in answered)
    candidates = _candidates(answered, weight, heard)
    whole = replace(together(readings.values()), votes=tuple(candidate.vote for candidate in candidates))
    if not heard or 2 * heard < sum(weight.values()) - _ROUNDING:
        return replace(whole, failed=_too_few(readings, len(answered)))
    labels = rule.kept(candidates)
    return replace(whole, labels=labels, failed=rule.missing(candidates, labels))


def doubtful(reading: Reading, below: float) -> tuple[Span, ...]:
    """The spans that a second look is worth, in the order of the text; they may overlap.

    These are labels whose score is known and below the bound; and candidates that just missed, in that the share
    of the voters that did *not* name them is below the bound too. A text that failed has none.
    """
    if reading.failed:
        return ()
    kept = set(reading.labels)
    missed = (vote.span for vote in reading.votes if vote.score is not None and 1 - vote.score < below)
    unsure = [span for span in reading.labels if span.score is not None and span.score < below]
    return tuple(sorted([*unsure, *(span for span in missed if span not in kept)]))


def verified(
    reading: Reading,
    verdicts: Mapping[int, str | None],
    spans: Sequence[Span],
    text: str = "",
    kind: Kind = "spans",
) -> Reading:
    """The reading after a second look: each span with the label of its verdict, or without one where that is None.

    A label that is not confirmed, or that a text cannot have beside one that is, is lost with its reason. A candidate
    that is not confirmed stays what it was. Labels without a verdict stay, unless a confirmed one is in their place.

    Args:
        verdicts: by the number of the span, from 0.
        text: where given, `lost` has the words of a label; otherwise it has their place.
    """
    scores = {vote.span: vote.score for vote in reading.votes}
    becomes = {span: _judged(span, verdicts[n], scores) for n, span in enumerate(spans) if n in verdicts}
    labels = _confirmed(reading, becomes, kind)
    lost = []
    for span in reading.labels:
        after = becomes.get(span, span)
        if after is None or after not in labels:
            beside = "overlaps a label that was confirmed" if kind == "spans" else "another class was confirmed"
            reason = NOT_CONFIRMED if after is None else beside
            lost.append(Lost(text[span.start : span.end] or f"[{span.start}, {span.end})", span.label, reason))
    return replace(reading, labels=labels, lost=(*reading.lost, *lost))


def _weights(names: Iterable[str], given: Mapping[str, float]) -> dict[str, float]:
    weights = {name: given.get(name, 1.0) for name in names}
    if wrong := [name for name, weight in weights.items() if not (isfinite(weight) and weight >= 0)]:
        raise SettingsError(f"the weight of a voter is a number from 0, got {weights[wrong[0]]} for {wrong[0]}")
    if not sum(weights.values()):
        raise SettingsError(f"no voter has a weight above 0, of: {', '.join(weights)}; give one to those that count")
    return weights


def _candidates(answered: Mapping[str, Reading], weights: Mapping[str, float], heard: float) -> list[_Candidate]:
    """All of them, in the order of the text."""
    named: dict[Span, list[tuple[str, Span]]] = {}
    for name, reading in answered.items():
        for span in reading.labels:
            named.setdefault(span, []).append((name, span))
    return [_candidate(named[span], weights, heard) for span in sorted(named)]


def _candidate(named: Sequence[tuple[str, Span]], weights: Mapping[str, float], heard: float) -> _Candidate:
    voters = tuple(name for name, _ in named)
    score = min(1.0, sum(weights[name] for name in voters) / heard) if heard else 0.0
    first = named[0][1]
    sure = sum(1.0 if span.score is None else span.score for _, span in named) / len(named)  # none stated: no doubt
    return _Candidate(Span(first.start, first.end, first.label, first.found, score), voters, score, sure)


def _too_few(readings: Mapping[str, Reading], answered: int) -> str:
    name, why = next((name, reading.failed or "not asked") for name, reading in readings.items() if not _has(reading))
    return f"{answered or 'none'} of {len(readings)} voters answered, half are needed; {name}: {why}"


def _has(reading: Reading) -> bool:
    return reading.asked and not reading.failed


def _judged(span: Span, verdict: str | None, scores: Mapping[Span, float | None]) -> Span | None:
    if verdict is None or verdict == span.label:
        return span if verdict else None
    other = replace(span, label=verdict, score=None)
    return replace(other, score=scores.get(other))


def _confirmed(reading: Reading, becomes: Mapping[Span, Span | None], kind: Kind) -> tuple[Span, ...]:
    """Confirmed labels, then confirmed candidates, those with the most votes first, then what nobody looked at."""
    best = sorted(becomes, key=lambda span: (span not in reading.labels, -(span.score or 0.0), span))
    untouched = (span for span in reading.labels if span not in becomes)
    return apart([*(after for span in best if (after := becomes[span])), *untouched], kind)
