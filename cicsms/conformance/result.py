"""One case against one subject, as the journal has it; and the report that is made of a journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import asdict, field, frozen

from cicsms.conformance.grade import EX_ERROR, EX_WORSE, Grade, exit_code

SITE = "site"
"""The column of cases that run once for the whole target."""


@frozen
class Result:
    """What one case came to; ``column`` is the subject: ``twilio/form https``, or ``site``."""

    case: str
    title: str
    clause: str
    expect: str
    importance: str
    column: str
    grade: Grade
    expected: str
    observed: str
    seconds: float
    started: str
    notes: tuple[str, ...] = ()
    wire: Sequence[Mapping[str, Any]] = field(default=(), repr=False)

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from all others of a run."""
        return self.case, self.column

    def record(self) -> dict[str, Any]:
        """Give it as it stands in the journal."""
        return {"record": "case"} | asdict(self)


def result_of(record: Mapping[str, Any]) -> Result:
    """Read a result from its journal record."""
    values = {name: value for name, value in record.items() if name != "record"}
    return Result(**values | {"grade": Grade(record["grade"]), "notes": tuple(record.get("notes", ()))})


@frozen
class Report:
    """A run as its journal tells it: the facts of the run, and every result; the last one counts where a case ran again."""

    run: Mapping[str, Any]
    results: tuple[Result, ...]
    complete: bool = True
    worse: tuple[Result, ...] = ()

    @property
    def totals(self) -> dict[Grade, int]:
        """How many cases came to each grade, in the order of the grades."""
        counted = Counter(result.grade for result in self.results)
        return {grade: counted[grade] for grade in Grade if counted[grade]}

    @property
    def cases(self) -> tuple[str, ...]:
        """The ids of the cases, by number."""
        return tuple(sorted({result.case for result in self.results}, key=lambda name: tuple(map(int, name.split(".")))))

    @property
    def columns(self) -> tuple[str, ...]:
        """The subjects, the site first."""
        return tuple(sorted({result.column for result in self.results}, key=lambda name: (name != SITE, name)))

    def of(self, case: str) -> dict[str, Result]:
        """Return the results of one case by subject."""
        return {result.column: result for result in self.results if result.case == case}

    def exit_code(self, fail_on: Grade = Grade.FAILED) -> int:
        """Return the exit code of the run; against a baseline only what became worse counts."""
        code = exit_code((result.grade for result in self.results), fail_on)
        if code == EX_ERROR or not self.complete:
            return EX_ERROR
        return (EX_WORSE if self.worse else 0) if self.run.get("baseline") else code


def against(report: Report, baseline: Report) -> Report:
    """Compare with an earlier run: what is worse than it was, or is bad and new."""
    known = {result.key: result.grade for result in baseline.results}
    worse = tuple(one for one in report.results if one.grade.badness > known.get(one.key, Grade.OK).badness)
    return Report(dict(report.run) | {"baseline": True}, report.results, report.complete, worse)
