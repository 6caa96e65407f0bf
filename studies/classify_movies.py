"""Phase 2 of the paper on another task: is a movie review positive or negative? GPT-3.5 is the teacher.

    python studies/classify_movies.py              the whole grid, 3 seeds; stopped, it goes on where it was
    python studies/classify_movies.py --page-only

Writes docs/results/classify-movies.md, with the report beside it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from grids import options, run, write

import vermeil as vm

DATA = Path(__file__).parents[1].parent / "shared" / "data" / "movie_reviews"
STRATEGIES = ("gold-only", "silver-only", "pooled", "silver-then-gold", "sigmoid", "power")
TEACHER = "GPT-3.5"


@dataclass(frozen=True)
class Movies:
    """The sets of the study; no text of dev is among those of gold or silver.

    Args:
        teacher: the teacher's labels of all texts of gold, as they are scored.
    """

    gold: vm.Dataset
    silver: vm.Dataset
    dev: vm.Dataset
    test: vm.Dataset
    teacher: vm.Scores
    other_tests: Mapping[str, vm.Dataset] = field(default_factory=dict)

    @property
    def labels(self) -> tuple[str, ...]:
        """The two classes."""
        return self.test.labels


def read_movies(data: Path = DATA) -> Movies:
    """Gold, and the teacher's labels; a tenth of gold is dev."""
    if not data.exists():
        sys.exit(f"the study needs the measuring data in {data}; they are not part of the project")
    train, test = (vm.read(data / f"{name}.jsonl") for name in ("train", "test"))
    labelled = vm.read(data / "train.gpt35.silver.jsonl")
    silver = vm.Dataset(tuple(replace(example, source=TEACHER) for example in labelled), f"{TEACHER}'s labels")
    gold, dev = train.split(0.9, 0.1, seed=0)
    held = {*dev.texts, *test.texts}
    return Movies(
        gold=_without(held, gold, "movie reviews, train"),
        silver=_without(held, silver, silver.name),
        dev=replace(dev, name="movie reviews, a tenth of train"),
        test=replace(test, name="movie reviews, test"),
        teacher=vm.score_examples(train, silver),
    )


def _without(texts: set[str], dataset: vm.Dataset, name: str) -> vm.Dataset:
    return vm.Dataset(tuple(example for example in dataset if example.text not in texts), name)


def main() -> None:
    """Run the grid, write the page."""
    parser = options(__doc__ or "")
    parser.set_defaults(steps=150, batch_size=16, silver=2000)
    parser.add_argument("--gold", type=int, nargs="+", default=[50, 200, 1000])
    parser.add_argument("--test", type=int, help="so many test texts; all by default")
    given = parser.parse_args()
    movies = read_movies()
    if given.test:
        movies = replace(movies, test=movies.test.sample(given.test, seed=0))
    silver = {TEACHER: movies.silver}
    axes = {"gold_sizes": tuple(given.gold), "silver_sizes": (given.silver,)}
    comparison = run("classify-movies", STRATEGIES, movies, movies.gold, silver, given, **axes)
    about = f"""Is a sentence of a movie review positive or negative? Gold texts, {given.silver:,} others labelled by
{TEACHER}, the embedded student, {given.steps} steps of {given.batch_size} whatever the strategy.

The teacher against gold, on all {len(movies.teacher.exact):,} texts of train; those whose answer could not be read have
no prediction:

```
{movies.teacher}
```"""
    write("classify-movies", "Phase 2 with classes: which regimen, at how much gold", about, comparison)


if __name__ == "__main__":
    main()
