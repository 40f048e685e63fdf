"""The verb ``config``: settings files, checked and shown."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cicsms.cli._findings import counted, show, summed
from cicsms.cli._help import examples
from cicsms.model.errors import Rejected

if TYPE_CHECKING:
    from cicsms.model.settings import Configuration

FILE = click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
PROFILES = click.option(
    "--profiles",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="Another folder of broker definitions; may be repeated.",
)


@click.group()
def command() -> None:
    """Check and show site files and configuration documents."""


@command.command(
    epilog=examples("cicsms config check site.toml", "cicsms config check configuration.toml --profiles ./my-brokers")
)
@FILE
@PROFILES
def check(file: Path, profiles: tuple[Path, ...]) -> None:
    """Print every fault of FILE with its line and remedy; exit 1 if there are errors.

    FILE is a site file (its configuration document is checked with it), a configuration document, or an emulator's file.
    """
    from cicsms.cli._settings import examine_file, is_emulators

    if is_emulators(file):
        _check_emulators(file)
        return
    examined = examine_file(file, profiles).examined
    refused = show(examined.findings)
    if refused or examined.configuration is None:
        click.echo(f"{file}: {summed(examined.findings)}.")
        sys.exit(1)
    warned = f" ({summed(examined.findings)})" if examined.findings else ""
    click.echo(f"{file}: {_counts(examined.configuration)}: fine{warned}.")


@command.command("show", epilog=examples("cicsms config show site.toml", "cicsms config show configuration.toml | jq .brokers"))
@FILE
@PROFILES
def show_(file: Path, profiles: tuple[Path, ...]) -> None:
    """Print FILE as it is in effect, defaults included and secrets masked, as JSON."""
    import orjson

    from cicsms.cli._settings import examine_file
    from cicsms.config.masked import masked

    settings = examine_file(file, profiles)
    configuration = settings.examined.configuration
    if settings.examined.refused or configuration is None:
        show(settings.examined.findings, err=True)
        sys.exit(1)
    shown = {"configuration": masked(configuration, settings.profiles)}
    if settings.site is not None:
        shown = {"site": masked(settings.site), **shown}
    click.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())


def _check_emulators(file: Path) -> None:
    """Check the file of an emulator."""
    from cicsms.emulator.loading import load_settings

    try:
        settings = load_settings(file)
    except Rejected as refused:
        show(refused.findings)
        click.echo(f"{file}: {summed(refused.findings)}.")
        sys.exit(1)
    click.echo(f"{file}: {counted(len(settings.brokers), 'played broker')}: fine.")


def _counts(configuration: Configuration) -> str:
    routes = len(configuration.inbound_routes) + len(configuration.outbound_routes)
    return f"{counted(len(configuration.brokers), 'broker')}, {counted(routes, 'route')}"
