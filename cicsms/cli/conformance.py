"""``cicsms conformance``: list the cases, run them, render a journal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from twisted.internet.defer import Deferred

from cicsms.cli._react import reacted
from cicsms.conformance import journal as journals
from cicsms.conformance.catalogue import NothingSelected, all_cases, chosen
from cicsms.conformance.grade import EX_ERROR, Grade
from cicsms.conformance.plan import Selection
from cicsms.conformance.report import as_json, html, terminal
from cicsms.conformance.report.progress import telling
from cicsms.conformance.result import Report, against
from cicsms.conformance.run import run_suite
from cicsms.conformance.target import load_target
from cicsms.model.errors import CicsmsError

FOLDER = Path("conformance")


@click.group()
def command() -> None:
    r"""Judge a server and an emulator by numbered cases.

    \b
    cicsms conformance list
    cicsms conformance run --target .demo/target.toml
    cicsms conformance run --broker 'twilio*' --case '5.*,2.01' --scheme https
    cicsms conformance report conformance/journal.jsonl
    """


@command.command("list")
@click.option("--case", "cases", multiple=True, metavar="GLOB", help="Only these cases, e.g. '5.*'.")
def list_(cases: tuple[str, ...]) -> int:
    """Print the id, title and clause of every case."""
    known = all_cases()
    try:
        ids = chosen([case.id for case in known], cases, "case")
    except NothingSelected as nothing:
        return _told(nothing)
    for case in known:
        if case.id in ids:
            click.echo(f"{case.id:<6} {case.title:<20} {case.clause}")
    return 0


@command.command()
@click.option(
    "--target", type=click.Path(path_type=Path), default=Path(".demo/target.toml"), show_default=True, help="What to test."
)
@click.option("--broker", "brokers", multiple=True, metavar="GLOB", help="Only these brokers or profiles.")
@click.option("--case", "cases", multiple=True, metavar="GLOB", help="Only these cases.")
@click.option("--scheme", default="http,https", show_default=True, help="http, https, or both with a comma.")
@click.option("--journal", type=click.Path(path_type=Path), help="Where to write the journal.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the report as JSON, too.")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=FOLDER, show_default=True, help="Where the run keeps its files."
)
@click.option("--seed", type=int, default=1, show_default=True, help="What the standards leave open varies by it.")
@click.option("--fail-on", type=click.Choice(["failed", "non-strict"]), default="failed", show_default=True)
@click.option("--baseline", type=click.Path(path_type=Path), help="A journal; only what is worse than it fails the run.")
@click.option("--parallel", type=click.IntRange(1, 64), default=6, show_default=True, help="Cases at once.")
def run(
    target: Path,
    brokers: tuple[str, ...],
    cases: tuple[str, ...],
    scheme: str,
    journal: Path | None,
    json_file: Path | None,
    folder: Path,
    seed: int,
    fail_on: str,
    baseline: Path | None,
    parallel: int,
) -> int:
    """Run cases against a target and print the matrix.

    Exit codes: 0 clean, 1 failed, 2 error, target unreachable or nothing selected, 3 worse than the baseline, 64 usage.
    """
    schemes = tuple(word.strip() for word in scheme.split(","))
    if not set(schemes) <= {"http", "https"}:
        raise click.UsageError("--scheme wants http, https or http,https")
    selection = Selection(cases, brokers, schemes, seed, parallel)
    try:
        earlier = journals.read(baseline) if baseline else None
        report = _ran(target, selection, folder.absolute(), journal)
    except CicsmsError as failed:
        return _told(failed)
    if earlier is not None:
        report = against(report, earlier)
    rendered(report, folder.absolute(), json_file)
    return report.exit_code(Grade.NON_STRICT if fail_on == "non-strict" else Grade.FAILED)


def _ran(target: Path, selection: Selection, folder: Path, journal: Path | None) -> Report:
    """Run the selection on a reactor of its own."""
    known = load_target(target)
    found: list[Report] = []

    async def main(reactor: Any) -> None:
        with telling(Console(), click.echo) as listener:
            found.append(await run_suite(reactor, known, selection, listener, folder=folder, journal=journal))

    reacted(main)
    return found[0]


def rendered(report: Report, folder: Path, json_file: Path | None) -> None:
    """Print the matrix and write the pages."""
    terminal.show(report, Console())
    if json_file:
        as_json.write(report, json_file)
    written: list[Path] = []
    Deferred.fromCoroutine(html.write(report, folder / "report")).addCallback(written.append)
    for index in written:
        click.echo(f"report: {index}")


def _told(failed: Exception) -> int:
    click.echo(f"cicsms conformance: {failed}", err=True)
    return EX_ERROR


@command.command()
@click.argument("journal", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), default=FOLDER / "report", show_default=True)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the report as JSON, too.")
def report(journal: Path, output: Path, json_file: Path | None) -> int:
    """Render a journal again: the matrix, and the pages."""
    try:
        found = journals.read(journal)
    except journals.BadJournal as bad:
        return _told(bad)
    rendered(found, output.absolute().parent, json_file)
    return found.exit_code()
