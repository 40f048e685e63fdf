"""The verb ``certs``: certificate chains made for development."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from cicsms.certs.folder import provide
from cicsms.certs.issue import EC
from cicsms.certs.recipe import SOUND, recipes


@click.group()
def command() -> None:
    """Make certificate chains for development."""


@command.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), required=False)
@click.option("--host", "hosts", metavar="NAME", multiple=True, help="Host name or IP address of the server; repeat for more.")
@click.option(
    "--rsa",
    is_flag=False,
    flag_value=2048,
    type=click.IntRange(2048, 8192),
    help="RSA keys (of 2048 bits) instead of ECDSA P-256.",
)
@click.option("--days", type=click.FloatRange(0.04, 7000), help="Life of the server certificate; 365 unless told.")
@click.option("--fault", metavar="NAME", default=SOUND, help="Make a chain with this fault.")
@click.option("--list", "listing", is_flag=True, help="List the faults and stop.")
def issue(folder: Path | None, hosts: tuple[str, ...], rsa: int | None, days: float | None, fault: str, listing: bool) -> None:
    """Write Server Group root, CIC CA, server certificate and key into DIR; what is still valid there is kept."""
    if listing:
        for name, known in recipes().items():
            click.echo(f"{name:22}{known.finding:28}{known.title}")
        return
    if folder is None or not hosts:
        raise click.UsageError("Say where and for whom: cicsms certs issue DIR --host NAME")
    if fault not in recipes():
        raise click.UsageError(f"There is no fault {fault!r}; --list shows those there are.")
    if days is not None and fault != SOUND:
        raise click.UsageError("--days and --fault do not go together: a fault has dates of its own.")
    key = EC if rsa is None else f"rsa-{rsa}"
    for line in provide(folder, hosts=hosts, now=datetime.now(UTC), key=key, days=days, fault=fault).said:
        click.echo(line)
