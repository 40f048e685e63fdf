"""The verb ``route``: which way a message would go, and why."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cicsms.cli._help import examples

if TYPE_CHECKING:
    from cicsms.model.settings import Configuration, Destination, InboundRoute

Row = tuple[str, str, str, str, str]


@click.group()
def command() -> None:
    """Try the inbound and outbound routes."""


@command.command(
    epilog=examples(
        'cicsms route test --from +13175550100 --to 72345 --text "HELP" --config site.toml',
        "cicsms route test --out --to 3175550100 --user ann --config site.toml",
    )
)
@click.option("--from", "remote", metavar="NUMBER", default="", help="Who sends (ANI).")
@click.option("--to", "local", metavar="NUMBER", required=True, help="What was dialled (DNIS).")
@click.option("--text", default="", help="The text of the message (Body).")
@click.option("--out", is_flag=True, help="Try the outbound routes: --to is the recipient.")
@click.option("--user", default="", help="With --out: the user who sends.")
@click.option("--workgroup", default="", help="With --out: the workgroup that sends.")
@click.option(
    "--config", "file", metavar="FILE", type=click.Path(path_type=Path), default=Path("site.toml"), show_default=True,
    help="A site file or a configuration document.",
)  # fmt: skip
def test(remote: str, local: str, text: str, out: bool, user: str, workgroup: str, file: Path) -> None:
    """Say which rule takes a message, and why the others do not. Nothing is sent.

    Exits 0 when the message has a way, 1 when it has none.
    """
    if not out and (user or workgroup):
        raise click.UsageError("--user and --workgroup belong to --out: inbound messages have no such sender.")
    configuration = _configuration(file)
    if out:
        _outbound(configuration, local, user, workgroup)
    else:
        _inbound(configuration, remote, local, text)


def _configuration(file: Path) -> Configuration:
    """Return the configuration of a file, or leave with its faults."""
    from cicsms.cli._findings import show
    from cicsms.cli._settings import examine_file

    examined = examine_file(file).examined
    if examined.refused or examined.configuration is None:
        show(examined.findings, err=True)
        sys.exit(1)
    return examined.configuration


def _inbound(configuration: Configuration, remote: str, local: str, text: str) -> None:
    from cicsms.model.message import Mo
    from cicsms.routing.inbound import InboundRoutes

    routes = InboundRoutes.of(configuration)
    mo = Mo(remote, local, text)
    _table([(str(one.index + 1), *_rule(one.rule), one.verdict) for one in routes.explain(mo)])
    decision = routes.route(mo)
    by = decision.why if decision.rule is None else f"rule {decision.rule + 1}"
    click.echo(f"Goes to {_said(decision.destination)} ({by}).")


def _outbound(configuration: Configuration, number: str, user: str, workgroup: str) -> None:
    from cicsms.routing.access import Who
    from cicsms.routing.outbound import OutboundRoutes

    routes = OutboundRoutes.of(configuration)
    who = Who(user, workgroup)
    _table([
        (str(one.index + 1), "dnis", one.rule.pattern, f"{one.rule.broker}/{one.rule.account}", one.verdict)
        for one in routes.explain(number, who)
    ])  # fmt: skip
    choice = routes.route(number, who)
    click.echo(f"Goes as {choice.number} to account {choice.account.id} of broker {choice.broker.name} (rule {choice.rule + 1}).")


def _rule(rule: InboundRoute) -> tuple[str, str, str]:
    """Write an inbound rule in three columns."""
    return rule.type, rule.pattern, _said(rule.destination)


def _said(destination: Destination) -> str:
    """Write a destination in words."""
    names = [str(value) for key, value in destination if key != "kind" and value]
    return " ".join([destination.kind, *names])


def _table(rows: Sequence[Row]) -> None:
    """Print rules and verdicts: a table on a terminal, tab-separated lines in a pipe."""
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("rule", "type", "pattern", "goes to", "verdict")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    if rows:
        Console().print(table)
