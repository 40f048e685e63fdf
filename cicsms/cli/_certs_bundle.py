"""The verb ``certs bundle``: the certificates of a chain in the order in which they are to be sent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from cicsms.certs import pem
from cicsms.certs.bundle import Bundle, bundle
from cicsms.certs.facts import Facts
from cicsms.certs.files import sent_of
from cicsms.certs.verdict import CertFinding


@click.command("bundle")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--fix", is_flag=True, help="Write the right order: to --out, or to FILE, whose old content goes to FILE.before.")
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Where --fix writes to.")
def command(files: tuple[Path, ...], fix: bool, out: Path | None) -> int:
    """Put the certificates of PEM files in the order in which a server must send them.

    Without --fix nothing is written. Leaves with 1 where the order is wrong or a certificate is missing.
    """
    findings: list[CertFinding] = []
    sent = sent_of(files, findings)
    for finding in findings:
        click.echo(f"{finding.severity:7} {finding.code}  {finding.sentence} {finding.remedy}", err=True)
    if not sent or findings:
        return 1
    made = bundle(sent, datetime.now(UTC))
    _show(made)
    right = [one.digest for one in made.order] == [one.digest for one in sent]
    if fix and not right:
        _write(out or _only(files), made)
        right = True
    elif fix and out is not None:
        _write(out, made)
    elif not right:
        click.echo("The order is wrong; --fix writes the right one.")
    return 0 if right and not made.missing else 1


def _show(made: Bundle) -> None:
    """Say what is sent, what is left out, and what is missing."""
    for place, one in enumerate(made.order, 1):
        click.echo(f"{place}. {one.named.subject}   {_place(one)}")
    for named, why in made.dropped:
        click.echo(f"-  {named.subject}   left out: {why} (certificate {named.position})")
    if made.missing:
        click.echo(f"?  {made.above}   MISSING: append its certificate, unless it is the root itself")
    elif made.above:
        click.echo(f"   {made.above}   is not sent: the root, which peers have, or else a CA that is missing")


def _place(one: Facts) -> str:
    """Say where a certificate lies now."""
    return f"now certificate {one.position}, {one.named.file}"


def _only(files: tuple[Path, ...]) -> Path:
    """Return the one file that may be written over: alone, and without a key in it."""
    if len(files) > 1:
        raise click.UsageError("Several files were given; say where to write the bundle: --out FILE.")
    if b"PRIVATE KEY-----" in files[0].read_bytes():
        raise click.UsageError(f"There is a private key in {files[0]}, too; say where to write the bundle: --out FILE.")
    files[0].with_name(files[0].name + ".before").write_bytes(files[0].read_bytes())
    return files[0]


def _write(path: Path, made: Bundle) -> None:
    """Write the bundle as a whole."""
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(pem.of_certificates(made.certificates))
    beside.replace(path)
    click.echo(f"Wrote {path}.")
