"""The verb ``profile``: broker definitions, listed, shown, begun, checked and proved."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cicsms.cli import _findings
from cicsms.cli._findings import counted, summed
from cicsms.cli._help import examples
from cicsms.cli.config import PROFILES
from cicsms.model.errors import Finding, Rejected


@click.group()
def command() -> None:
    """List, show, begin, check and prove broker definitions."""


@command.command("list", epilog=examples("cicsms profile list --profiles ./my-brokers"))
@PROFILES
def list_(profiles: tuple[Path, ...]) -> None:
    """List the profiles there are: name, digest, evidence (of seven directions), capabilities, title."""
    from cicsms.profile.catalogue import Catalogue
    from cicsms.profile.show_page import brief, level

    catalogue = Catalogue.load(profiles)
    for name in catalogue.names():
        profile = catalogue.profile(name)
        click.echo(f"{name:24} {profile.digest[:12]}  {level(name)}  {brief(profile):34}  {profile.title}")


@command.command(epilog=examples("cicsms profile show twilio", "cicsms profile show clickatell/one"))
@click.argument("name")
@PROFILES
def show(name: str, profiles: tuple[Path, ...]) -> None:
    """Print the profile NAME as a person reads it: places, rules, states, examples made by the profile itself."""
    from cicsms.profile.catalogue import Catalogue
    from cicsms.profile.show import definition, whole

    known = Catalogue.load(profiles).profile(name)
    found = definition(known.broker, profiles)
    click.echo(whole(found, next(one for one in found.profiles if one.name == known.name)), nl=False)


@command.command(epilog=examples("cicsms profile new acme > my-brokers/acme.xml"))
@click.argument("name")
@click.option("--title", default="", help="The broker's name for people.")
def new(name: str, title: str) -> None:
    """Print a commented definition to begin with, for the broker NAME."""
    from cicsms.profile.starter import starter

    click.echo(starter(name, title), nl=False)


@command.command(
    epilog=examples("cicsms profile test twilio", "cicsms profile test acme --profiles my-brokers --evidence my-evidence")
)
@click.argument("name")
@PROFILES
@click.option("--evidence", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Where evidence lies.")
def test(name: str, profiles: tuple[Path, ...], folder: Path | None) -> int:
    """Hold the profile NAME against its evidence, from both sides; exit 1 if a check is red, 2 if there is no evidence."""
    from cicsms.cli._proofs import proof
    from cicsms.profile.catalogue import Catalogue

    return proof(Catalogue.load(profiles).profile(name), folder)


@command.command(epilog=examples("cicsms profile reference > docs/brokers/reference.md"))
def reference() -> None:
    """Print the reference of the language: every element and attribute, fields, codecs and signature schemes."""
    from cicsms.profile.reference import reference as text

    click.echo(text(), nl=False)


@command.command(epilog=examples("cicsms profile page twilio > docs/brokers/twilio.md"))
@click.argument("broker")
@PROFILES
def page(broker: str, profiles: tuple[Path, ...]) -> None:
    """Print the manual page of a BROKER: what to configure, what the broker must be told, limits."""
    from cicsms.profile.show import definition
    from cicsms.profile.show_page import page as text

    click.echo(text(definition(broker, profiles)), nl=False)


@command.command(epilog=examples("cicsms profile pages docs/brokers"))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def pages(folder: Path) -> None:
    """Write the reference and the page of every bundled broker into FOLDER."""
    from cicsms.profile.places import definitions
    from cicsms.profile.reference import reference as text
    from cicsms.profile.show import definition
    from cicsms.profile.show_page import page as of_broker

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "reference.md").write_text(text(), "utf-8")
    for path in sorted(definitions().glob("*.xml")):
        (folder / f"{path.stem}.md").write_text(of_broker(definition(path.stem)), "utf-8")


@command.command(epilog=examples("cicsms profile check my-brokers/acme.xml"))
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Print every fault of the definitions FILE... with its line and remedy; exit 1 if there are errors."""
    found = [finding for file in files for finding in _faults(file)]
    refused = _findings.show(found)
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
