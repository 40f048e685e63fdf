"""The verb ``certs probe``: a live host, judged as files are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from attrs import evolve, frozen

from cicsms.certs import load
from cicsms.certs.chain import Profile
from cicsms.certs.files import PUBLIC_LEG, SYSTEM, crls_of, sorted_once
from cicsms.certs.probed import Asked, judged
from cicsms.certs.served import Address, Served
from cicsms.certs.verdict import CertFinding
from cicsms.cli._certs_answer import LEGS, answer, moment, rules_of
from cicsms.cli._react import reacted
from cicsms.config import load_configuration, load_site
from cicsms.model.settings import Broker
from cicsms.pipeline.legs import leg as leg_of
from cicsms.web.proxy import Proxy
from cicsms.web.tls import ClientTls, Credentials, Trust, read_credentials
from cicsms.web.tls_probe import Probe, probe

_FILE = click.Path(path_type=Path)


@frozen
class Used:
    """What the settings of a broker say of the way to it: its anchors, our certificate, its proxy."""

    trust: str = ""
    identity: Credentials | None = None
    proxy: Proxy | None = None


@click.command("probe")
@click.argument("target", metavar="HOST:PORT")
@click.option("--name", metavar="HOST", default="", help="The name to ask for and to be proved, where it is not HOST.")
@click.option("--trust", metavar="FILE", multiple=True, help="The peer's roots, or 'system' (unless told); repeat for more.")
@click.option("--expect", metavar="FILE", type=_FILE, help="The chain that should be served.")
@click.option("--crl", "crls", metavar="FILE", multiple=True, type=_FILE, help="A revocation list that counts; repeat for more.")
@click.option("--cert", metavar="FILE", type=_FILE, help="The client certificate to show, and what it needs to be sent along.")
@click.option("--key", metavar="FILE", type=_FILE, help="The key of the client certificate.")
@click.option("--proxy", "through", metavar="HOST:PORT", help="The HTTP proxy to go by.")
@click.option("--proxy-login", metavar="NAME", default="", help="The login there; its password is in CICSMS_PROXY_PASSWORD.")
@click.option("--proxy-password", envvar="CICSMS_PROXY_PASSWORD", default="", hidden=True)
@click.option("--proxy-trust", metavar="FILE", type=_FILE, help="Speak TLS to the proxy, and trust these roots there.")
@click.option("--site", metavar="FILE", type=_FILE, help="The site file whose broker's way is gone; with --broker.")
@click.option("--broker", metavar="NAME", help="Use this broker's trust, client certificate and proxy.")
@click.option(
    "--plain", metavar="PORT", type=click.IntRange(0, 65535), help="The port that must not answer in clear; 80 for 443."
)
@click.option("--timeout", type=click.FloatRange(0.1, 120), default=10, help="Seconds for each step; 10 unless told.")
@click.option("--leg", type=click.Choice(list(LEGS)), help="Which connection it is for; chooses the profile.")
@click.option("--at", metavar="TIME", help="The moment to judge for; now unless told.")
@click.option("--profile", type=click.Choice([str(one) for one in Profile]), help="Whose rules count; private unless told.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to answer.")
@click.option("--strict", is_flag=True, help="Leave with 2 where there are warnings only.")
def command(target: str, **options: Any) -> int:
    """Look at a live host as its callers do, address by address, and judge the chain it serves.

    Nothing is trusted on the way, and nothing but HEAD is asked.
    """
    host, port = _target(target)
    used = _used(options)
    plain = options["plain"] if options["plain"] is not None else (80 if port == 443 else 0)
    what = Probe(host, port, options["name"], used.proxy, used.identity, plain, options["timeout"])
    rules = rules_of(options["profile"], options["leg"])
    findings: list[CertFinding] = []
    trust = options["trust"] or (used.trust or SYSTEM,)
    asked = Asked(what.asked, trust, rules, options["leg"] == PUBLIC_LEG, None, crls_of(options["crls"], findings))
    if options["expect"] is not None:
        expected = load.certificates(options["expect"])
        findings += expected.findings
        asked = evolve(asked, expected=expected.certificates)
    served = _probed(what)
    verdict = judged(served, asked, moment(options["at"]))
    verdict = evolve(verdict, findings=sorted_once([*findings, *verdict.findings]))
    if options["form"] == "text":
        click.echo("\n".join(_seen(served)))
    return answer(
        verdict, options["form"], rules, strict=options["strict"], more={"served": [_json(a) for a in served.addresses]}
    )


def _probed(what: Probe) -> Served:
    """Run the probe."""
    seen: list[Served] = []

    async def run(reactor: Any) -> None:
        seen.append(await probe(reactor, what))

    reacted(run)
    return seen[0]


def _target(text: str) -> tuple[str, int]:
    """Read HOST:PORT; without a port it is 443."""
    host, colon, port = text.rpartition(":")
    if not colon or (text.count(":") > 1 and not host.endswith("]")):
        host, port = text, "443"
    host = host.strip("[]")
    try:
        host.encode("idna")
    except UnicodeError as wrong:
        raise click.UsageError(f"{host!r} is no host name: {wrong}.") from wrong
    if not host or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise click.UsageError(f"{text!r} is no HOST:PORT; write for example sms.example.com:443 or [2001:db8::1]:443.")
    return host, int(port)


def _used(options: dict[str, Any]) -> Used:
    """Gather the way from a broker's settings, and from the options, which count more."""
    if bool(options["site"]) != bool(options["broker"]):
        raise click.UsageError("--site and --broker go together.")
    if bool(options["cert"]) != bool(options["key"]):
        raise click.UsageError("--cert and --key go together.")
    used = _of_broker(options["site"], options["broker"]) if options["site"] else Used()
    if options["cert"]:
        used = evolve(used, identity=read_credentials(options["cert"], options["key"]))
    if options["through"]:
        host, port = _target(options["through"])
        tls = ClientTls(Trust.file(options["proxy_trust"])) if options["proxy_trust"] else None
        used = evolve(used, proxy=Proxy(host, port, options["proxy_login"], options["proxy_password"], tls))
    return used


def _of_broker(path: Path, name: str) -> Used:
    """Read what a site says of the way to one broker."""
    site = load_site(path)
    brokers = {broker.name: broker for broker in load_configuration(site.configuration).brokers}
    if name not in brokers:
        raise click.UsageError(f"There is no broker {name!r}; these are there: {', '.join(brokers) or 'none'}.")
    broker: Broker = brokers[name]
    node = site.tls.trust if site.tls else None
    trust = broker.trust or node
    shown = broker.client
    identity = read_credentials(shown.certificate, shown.key, shown.chain) if shown else None
    return Used(str(trust) if trust else SYSTEM, identity, leg_of(broker, node).proxy)


def _seen(served: Served) -> Iterator[str]:
    """Say in a line for each address what was agreed on."""
    for one in served.addresses:
        shaken = one.named
        what = f"{shaken.version} {shaken.cipher} {shaken.alpn}".strip() if shaken.version else shaken.said
        yield f"{one.address}   {what}"
    yield ""


def _json(one: Address) -> dict[str, Any]:
    """Give what was seen at an address as a JSON object."""
    shaken = one.named
    return {
        "address": one.address,
        "version": shaken.version,
        "cipher": shaken.cipher,
        "alpn": shaken.alpn,
        "certificates": [f"{certificate.serial_number:x}" for certificate in shaken.chain],
        "old": one.old.version if one.old else "",
        "client_certificate": shaken.asked,
        "trouble": str(shaken.trouble),
        "said": shaken.said,
    }
