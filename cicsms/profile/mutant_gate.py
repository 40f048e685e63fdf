"""The gate: every definition that has evidence, its mutants as pieces of work, and who was killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from random import Random

from attrs import frozen

from cicsms.profile.evidence import brokers as proved
from cicsms.profile.mutant_survivors import Explained
from cicsms.profile.mutant_trial import Bench, Fate, Trial
from cicsms.profile.places import definitions

ENOUGH = 0.95
"""The least share of mutants that must be killed, or be explained survivors."""
PIECE = 60
"""Mutants of one piece of work."""


@frozen
class Work:
    """Some mutants of one definition."""

    path: Path
    indexes: tuple[int, ...]


@frozen
class Score:
    """How the mutants of a broker fared; those that are none at all are not counted."""

    broker: str
    total: int
    refused: int
    red: int
    crashed: int
    explained: int

    @property
    def killed(self) -> int:
        """How many were killed, by whatever."""
        return self.refused + self.red + self.crashed

    @property
    def survived(self) -> int:
        """How many live that nobody has explained."""
        return self.total - self.killed - self.explained

    @property
    def passed(self) -> float:
        """The share of those that were killed or are explained."""
        return (self.killed + self.explained) / self.total if self.total else 1.0


@cache
def _bench(path: Path) -> Bench:
    return Bench.load(path)


def plan(glob: str = "*", sample: int = 0, seed: int = 1) -> list[Work]:
    """Cut the mutants of all brokers into pieces; ``sample`` tries only so many, chosen by ``seed``."""
    everything = [
        (path, index)
        for path in sorted(definitions().glob("*.xml"))
        if path.stem in proved() and fnmatchcase(path.stem, glob)
        for index in range(_bench(path).cases())
    ]
    if sample and sample < len(everything):
        everything = sorted(Random(seed).sample(everything, sample))  # noqa: S311  chosen again by the same seed
    by_path: dict[Path, list[int]] = {}
    for path, index in everything:
        by_path.setdefault(path, []).append(index)
    return [
        Work(path, tuple(indexes[start : start + PIECE]))
        for path, indexes in by_path.items()
        for start in range(0, len(indexes), PIECE)
    ]


def work(piece: Work) -> list[Trial]:
    """Try the mutants of one piece; in whatever process, for the definition is read where it is needed."""
    return list(_bench(piece.path).trials(piece.indexes))


def scores(trials: Iterable[Trial], explained: Explained) -> tuple[list[Score], list[Trial]]:
    """Count by broker, and return the survivors that nobody has explained."""
    fates: dict[str, Counter[Fate]] = {}
    reasons: Counter[str] = Counter()
    left: list[Trial] = []
    for trial in trials:
        fates.setdefault(trial.broker, Counter())[trial.fate] += 1
        if trial.fate is Fate.SURVIVED:
            if explained.reason(trial):
                reasons[trial.broker] += 1
            else:
                left.append(trial)
    return [_score(broker, counted, reasons[broker]) for broker, counted in fates.items()], left


def _score(broker: str, counted: Counter[Fate], explained: int) -> Score:
    total = counted.total() - counted[Fate.SAME]
    return Score(broker, total, counted[Fate.REFUSED], counted[Fate.RED], counted[Fate.CRASHED], explained)


def overall(listed: Sequence[Score]) -> Score:
    """Add the scores up."""
    names = ("total", "refused", "red", "crashed", "explained")
    return Score("all", *(sum(getattr(score, name) for score in listed) for name in names))
