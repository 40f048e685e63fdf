"""How a run is told while it goes on: a bar on a terminal, a line a result elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from cicsms.conformance.grade import Grade
from cicsms.conformance.report.terminal import line
from cicsms.conformance.result import Result


class Telling(Protocol):
    """A listener that is opened and closed around a run."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        """Stop showing."""

    def began(self, total: int) -> None:
        """Tell how many results there will be."""

    def ended(self, result: Result) -> None:
        """Tell a result."""


class Plain:
    """One line a result."""

    def __init__(self, echo: Callable[[str], None]) -> None:
        self._echo = echo

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        """Have nothing to put away."""

    def began(self, total: int) -> None:
        """Tell how many results there will be."""
        self._echo(f"{total} results to come")

    def ended(self, result: Result) -> None:
        """Tell a result."""
        self._echo(line(result))


class Bar:
    """A progress bar with the count of failures, and a line for each."""

    def __init__(self, console: Console) -> None:
        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        self._progress = Progress(*columns, console=console, transient=True)
        self._seen: Counter[Grade] = Counter()
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._progress.stop()

    def began(self, total: int) -> None:
        """Show the empty bar."""
        self._task = self._progress.add_task("", total=total)

    def ended(self, result: Result) -> None:
        """Move the bar on."""
        self._seen[result.grade] += 1
        if result.grade in (Grade.FAILED, Grade.ERROR):
            self._progress.console.print(line(result), style=result.grade.colour, markup=False, highlight=False)
        if self._task is not None:
            bad = self._seen[Grade.FAILED] + self._seen[Grade.ERROR]
            told = f"{result.case} {result.title}  {bad} failed" if bad else f"{result.case} {result.title}"
            self._progress.update(self._task, advance=1, description=told)


def telling(console: Console, echo: Callable[[str], None]) -> Telling:
    """Return a bar where a person looks on, else plain lines."""
    return Bar(console) if console.is_terminal else Plain(echo)
