"""The recommended strategy, with its reasons in words: what it beats, by how much, how sure, what would be cheaper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vermeil.compare import BASELINE, Contrast, Multiplier
from vermeil.counted import many
from vermeil.report.advice import Advice, Beside
from vermeil.report.content import Content
from vermeil.report.numbers import bounds, gain, money, p_value, percent, times_gold

NAMED = 6
"""Rows that a sentence names; a table has them all."""

NO_DEV = "There was no dev set, so no strategy is recommended: choosing by this table is choosing by test."


def recommendation(content: Content) -> str:
    """What to use, and how good it is."""
    found = content.advice
    if found is None:
        return NO_DEV
    line = found.line
    name = content.figures.name
    rows = f"the best of {len(content.lines)} on dev" if len(content.lines) > 1 else "the only one"
    dev = f" ({content.chosen_by} {percent(line.dev_score)})" if line.dev_score is not None else ""
    begin = "So far use" if content.comparison.missing else "Use"
    return f"{begin} {line.name}: {rows}{dev}, with {name} {percent(line.score.value)} ({bounds(line.score)}) on test."


def reasons(content: Content) -> Iterator[str]:
    """Why, a sentence or two each; nothing where nothing is recommended."""
    found = content.advice
    if found is None:
        return
    yield from (_contrast(contrast) for contrast in found.contrasts)
    if not found.contrasts and found.line.strategy != BASELINE:
        yield f"How it stands to gold alone is not known: {BASELINE} was not run beside it."
    if found.others:
        yield from _others(found.others)
    if found.line.worth:
        yield _worth(found.line.worth, content.figures.name)
    yield _cheaper(content, found)


def _contrast(contrast: Contrast) -> str:
    against = {
        "gold alone": f"Against gold alone ({contrast.other})",
        "equal share": f"Against a constant share of silver with the same mean ({contrast.other}), its shape brings",
        "restart": f"Against gold alone with the same restarts ({contrast.other}), its silver brings",
    }[contrast.question]
    colon = ":" if contrast.question == "gold alone" else ""
    return f"{against}{colon} {gain(contrast.difference)} points, {_verdict(contrast)}."


def _verdict(contrast: Contrast) -> str:
    p = f"p {p_value(contrast.p_both)} after Holm's correction"
    if contrast.significant:
        sure = f"more than chance would give ({p})"
    elif contrast.difference.seeds > 1 and contrast.significant_on_texts:
        sure = f"which holds on other texts, but not for sure with other seeds ({p})"
    else:
        sure = f"which may well be chance ({p})"
    if contrast.noise and contrast.doubtful:
        sure += f"; but other test labels move it by up to {100 * contrast.noise.spread:.1f}: it is inside their noise"
    return sure


def _others(others: Sequence[Beside]) -> Iterator[str]:
    ahead = [one for one in others if one.sure and one.difference.value > 0]
    behind = [one for one in others if one.sure and one.difference.value < 0]
    even = [one for one in others if not one.sure]
    what = f"Of {many(len(others), 'other strategy', 'other strategies')} that could draw on the same labels,"
    if ahead:
        yield f"{what} it is surely better on test than {len(ahead)}: {_named(ahead)}."
    if even:
        begin = "It is not told apart" if ahead else f"{what} it is not told apart"
        yield f"{begin} from {len(even)}: {_named(even)}."
    if behind:
        yield f"Though chosen on dev, it is worse on test than {len(behind)}: {_named(behind)}; dev may be too small."


def _named(rows: Sequence[Beside]) -> str:
    said = [f"{one.line.name}, {gain(one.difference)}" for one in rows[:NAMED]]
    return "; ".join(said) + (f"; and {len(rows) - NAMED} more" if len(rows) > NAMED else "")


def _worth(found: Multiplier, score: str) -> str:
    if found.beyond:
        times = f": its gold counts {times_gold(found)[0]} times" if 0 < found.used < found.largest else ""
        return f"Gold alone does not get there with {found.largest:,.0f} texts, the most that were tried{times}."
    value, interval = times_gold(found)
    times = " times its gold" if found.used else ""
    return f"Gold alone would need {value}{times}{f' ({interval})' if interval else ''} for the same {score}."


def _cheaper(content: Content, found: Advice) -> str:
    less, prices = found.cheaper, content.comparison.costs
    if less is None:
        return "Nothing cheaper was tried." if prices else "Nothing was tried that needs less gold and no more silver."
    if prices:
        saved = f"{money(less.line.cost, prices)} instead of {money(found.line.cost, prices)} for labels"
    else:
        saved = f"{less.line.gold:,.0f} instead of {found.line.gold:,.0f} gold texts"
    verdict = "more than chance would give" if less.sure else "which may well be chance"
    return (
        f"Cheaper: {less.line.name} ({saved}), the best of the cheaper ones on dev; "
        f"the recommended one differs from it by {gain(less.difference)} points on test, {verdict}."
    )
