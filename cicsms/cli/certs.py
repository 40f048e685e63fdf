"""The verb ``certs``: certificate chains, judged before go-live and made for development."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from cicsms.certs import tables
from cicsms.certs.chain import Profile
from cicsms.certs.files import Files, check_files
from cicsms.certs.folder import provide
from cicsms.certs.issue import EC
from cicsms.certs.recipe import SOUND, recipes
from cicsms.cli._certs_answer import LEGS, answer, moment, rules_of
from cicsms.cli._certs_bundle import command as bundle


class Verbs(click.Group):
    """The verbs of this one; ``probe`` needs the network's libraries, which take a while to import, and comes when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name them."""
        return sorted([*super().list_commands(ctx), "probe"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one."""
        if cmd_name != "probe":
            return super().get_command(ctx, cmd_name)
        from cicsms.cli._certs_probe import command as probe

        return probe


@click.group(cls=Verbs)
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
@click.option("--switchover", metavar="HOST_OR_IP", multiple=True, help="A name of the other server of a pair; repeat for more.")
@click.option(
    "--crl", "crls", metavar="FILE", multiple=True, type=click.Path(path_type=Path), help="A revocation list that counts."
)
@click.option("--leg", type=click.Choice(list(LEGS)), help="Which connection it is for; chooses the profile.")
@click.option("--at", metavar="TIME", help="The moment to judge for, as 2026-12-31 or 2026-12-31T08:00; now unless told.")
@click.option("--profile", type=click.Choice([str(one) for one in Profile]), help="Whose rules count; private unless told.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to answer.")
@click.option("--strict", is_flag=True, help="Leave with 2 where there are warnings only.")
def check(
    chain: tuple[Path, ...],
    key: Path | None,
    trust: tuple[str, ...],
    names: tuple[str, ...],
    switchover: tuple[str, ...],
    crls: tuple[Path, ...],
    leg: str | None,
    at: str | None,
    profile: str | None,
    form: str,
    strict: bool,
) -> int:
    """Judge a chain as a peer will. Leaves with 0 where it is fit to go live, with 1 where it is not."""
    rules = rules_of(profile, leg)
    files = Files(chain, trust, key, crls)
    verdict = check_files(files, names=names, at=moment(at), profile=rules, leg=leg or "", switchover=switchover)
    return answer(verdict, form, rules, strict=strict)


@command.command("codes")
@click.option("--faults", is_flag=True, help="List the faulty chains of 'issue' instead, each as the check names it.")
def listing(faults: bool) -> None:
    """List every finding there is with what it means, as a table."""
    click.echo(tables.faults(datetime.now(UTC)) if faults else tables.codes(), nl=False)


command.add_command(bundle)
