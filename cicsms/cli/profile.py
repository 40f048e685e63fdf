"""The verb ``profile``: broker definitions, listed and checked."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cicsms.cli._findings import counted, show, summed
from cicsms.cli._help import examples
from cicsms.cli.config import PROFILES
from cicsms.model.errors import Finding, Rejected


@click.group()
def command() -> None:
    """List and check broker definitions."""


@command.command("list", epilog=examples("cicsms profile list --profiles ./my-brokers"))
@PROFILES
def list_(profiles: tuple[Path, ...]) -> None:
    """List the profiles there are: name, digest, title."""
    from cicsms.profile.catalogue import Catalogue

    catalogue = Catalogue.load(profiles)
    for name in catalogue.names():
        profile = catalogue.profile(name)
        click.echo(f"{name:24} {profile.digest[:12]}  {profile.title}")


@command.command(epilog=examples("cicsms profile check my-brokers/acme.xml"))
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Print every fault of the definitions FILE... with its line and remedy; exit 1 if there are errors."""
    found = [finding for file in files for finding in _faults(file)]
    refused = show(found)
    fine = counted(len(files), "definition")
    click.echo(f"{fine}: {summed(found) or 'fine'}.")
    if refused:
        sys.exit(1)


def _faults(file: Path) -> tuple[Finding, ...]:
    """Return what is wrong with one definition."""
    from cicsms.profile.check import check as lint
    from cicsms.profile.reader import read_file

    if not file.is_file():
        said, remedy = (
            ("This is a folder.", "Name the files in it.") if file.is_dir() else ("There is no such file.", "Check the path.")
        )
        return (Finding("file", str(file), said, remedy),)
    try:
        return tuple(lint(read_file(file)))
    except Rejected as refused:
        return refused.findings


@command.command(epilog=examples("cicsms profile mutants --broker 'twilio'", "cicsms profile mutants --sample 2000 --seed 7"))
@click.option("--broker", "glob", default="*", show_default=True, metavar="GLOB", help="Only these brokers.")
@click.option("--sample", type=click.IntRange(0), default=0, metavar="N", help="Try only N mutants, chosen by the seed.")
@click.option("--seed", type=int, default=1, show_default=True, help="What the sample is chosen by.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="Processes at work.")
def mutants(glob: str, sample: int, seed: int, jobs: int) -> int:
    """Change the bundled definitions in every small way; exit 1 unless the evidence shows 95 % of the changes."""
    from cicsms.cli._mutants import gate

    return gate(glob, sample, seed, jobs)
