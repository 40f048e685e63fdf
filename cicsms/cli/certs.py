"""The verb ``certs``: certificate chains, judged before go-live and made for development."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from cicsms.certs.chain import Profile
from cicsms.certs.draw import drawn
from cicsms.certs.files import PUBLIC_LEG, Files, check_files
from cicsms.certs.folder import provide
from cicsms.certs.issue import EC
from cicsms.certs.recipe import SOUND, recipes
from cicsms.certs.verdict import Severity

_LEGS = {PUBLIC_LEG: Profile.PUBLIC, "mo-inner": Profile.PRIVATE, "mt": Profile.PUBLIC, "proxy": Profile.PRIVATE}


@click.group()
def command() -> None:
    """Check certificate chains before go-live, and make them for development."""


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


@command.command()
@click.option(
    "--chain",
    "chain",
    metavar="PEM",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    help="What is sent, in order; repeat.",
)
@click.option("--key", metavar="FILE", type=click.Path(path_type=Path), help="The private key of the server certificate.")
@click.option("--trust", metavar="FILE", multiple=True, required=True, help="The peer's roots, or 'system'; repeat for more.")
@click.option("--name", "names", metavar="HOST_OR_IP", multiple=True, help="The host that peers ask for; repeat for more.")
@click.option("--leg", type=click.Choice(list(_LEGS)), help="Which connection it is for; chooses the profile.")
@click.option("--at", metavar="TIME", help="The moment to judge for, as 2026-12-31 or 2026-12-31T08:00; now unless told.")
@click.option("--profile", type=click.Choice([str(one) for one in Profile]), help="Whose rules count; private unless told.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to answer.")
@click.option("--strict", is_flag=True, help="Leave with 2 where there are warnings only.")
def check(
    chain: tuple[Path, ...],
    key: Path | None,
    trust: tuple[str, ...],
    names: tuple[str, ...],
    leg: str | None,
    at: str | None,
    profile: str | None,
    form: str,
    strict: bool,
) -> int:
    """Judge a chain as a peer will. Leaves with 0 where it is fit to go live, with 1 where it is not."""
    rules = Profile(profile) if profile else _LEGS.get(leg or "", Profile.PRIVATE)
    verdict = check_files(Files(chain, trust, key), names=names, at=_moment(at), profile=rules, leg=leg or "")
    if form == "json":
        click.echo(json.dumps({"profile": str(rules), **verdict.as_json()}, indent=2))
    else:
        click.echo("\n".join(drawn(verdict)))
    if not verdict.ok:
        return 1
    return 2 if strict and any(one.severity is Severity.WARNING for one in verdict.findings) else 0


def _moment(text: str | None) -> datetime:
    """Read a moment; one without a zone is in UTC."""
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise click.UsageError(f"--at {text!r} is no time; write 2026-12-31 or 2026-12-31T08:00.") from wrong
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
