"""The report on a terminal: the matrix of cases and subjects, what failed and why, and the totals."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cicsms.conformance.grade import Grade
from cicsms.conformance.result import SITE, Report, Result

Echo = Callable[[str], None]


def show(report: Report, console: Console) -> None:
    """Print the matrix, the cases that are not clean, and the totals."""
    _legend_of_columns(report, console)
    console.print(matrix(report))
    for result in report.results:
        if result.grade.badness:
            console.print(_trouble(result), highlight=False)
    console.print(totals(report), highlight=False)


def matrix(report: Report) -> Table:
    """Make the matrix: one line a case, one narrow column a subject."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("case")
    table.add_column("", overflow="ellipsis", no_wrap=True)
    for number, _ in enumerate(report.columns):
        table.add_column(_letter(number), justify="center")
    for case in report.cases:
        found = report.of(case)
        title = next(iter(found.values())).title
        table.add_row(case, title, *(_cell(found.get(column)) for column in report.columns))
    return table


def _cell(result: Result | None) -> str:
    if result is None:
        return ""
    grade = result.grade
    return f"[{grade.colour}]{grade.glyph}{grade.letter}[/]"


def _letter(number: int) -> str:
    """Name a column: a, b, ... z, aa, ab, ..."""
    first, second = divmod(number, 26)
    return (chr(96 + first) if first else "") + chr(97 + second)


def _legend_of_columns(report: Report, console: Console) -> None:
    """Say what the letters over the columns stand for, with the evidence of each profile."""
    profiles = report.run.get("profiles", {})
    for number, column in enumerate(report.columns):
        known = profiles.get(column.partition(" ")[0], {})
        told = f"  evidence {known['evidence']}" if known and column != SITE else ""
        console.print(f"  [bold]{_letter(number)}[/]  {escape(column)}{told}", highlight=False)


def _trouble(result: Result) -> str:
    grade = result.grade
    said = f"[{grade.colour}]{grade.glyph} {grade}[/] [bold]{result.case}[/] {escape(result.title)}, {escape(result.column)}"
    expected = f"\n    expected: {escape(result.expected)}" if result.expected else ""
    return f"{said}{expected}\n    observed: {escape(result.observed)}"


def totals(report: Report) -> str:
    """Sum up in one line: each grade by glyph, word and number."""
    counted = [f"[{grade.colour}]{grade.glyph} {grade} {number}[/]" for grade, number in report.totals.items()]
    seed = report.run.get("seed", "?")
    return f"{len(report.results)} results: {'  '.join(counted)}   (seed {seed})"


def line(result: Result) -> str:
    """Tell one result in one plain line, for logs that are no terminal."""
    said = (
        f"{result.grade.glyph} {result.grade:<13} {result.case:<6} {result.title:<20} {result.column:<24} {result.seconds:6.2f} s"
    )
    return f"{said}  {result.observed}" if result.grade in (Grade.FAILED, Grade.ERROR) else said
