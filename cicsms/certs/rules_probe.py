"""Rules about a live host: what a probe saw beside the chain itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from cryptography import x509

from cicsms.certs.facts import read
from cicsms.certs.served import Address, Handshake, Served, Trouble
from cicsms.certs.verdict import CertFinding, Named, Severity

SKEW = timedelta(seconds=60)
"""A clock that is off by more than this is worth a word; signatures with times in them fail at five minutes."""

_TROUBLES = {
    Trouble.CONNECT: ("PROBE-CONNECT", "Check name, port and firewalls; is the service running?"),
    Trouble.PROXY: ("PROBE-PROXY-REFUSED", "Check the proxy's address, login and password, and what it allows."),
    Trouble.NOT_TLS: ("PROBE-NOT-TLS", "Check the port; is HTTPS switched on there?"),
    Trouble.HANDSHAKE: ("PROBE-HANDSHAKE", "See the server's log at this moment; do both sides share versions and ciphers?"),
    Trouble.SILENCE: ("PROBE-HANDSHAKE", "Does something in between hold the connection back? Is the service overloaded?"),
    Trouble.CLIENT: ("PROBE-CLIENT-CERT-REFUSED", "Show a certificate of a CA that the server names, and that it knows."),
}


def found(served: Served, expected: Sequence[x509.Certificate] | None = None) -> Iterator[CertFinding]:
    """Give every finding; ``expected`` is the chain that should be served, leaf first."""
    if served.trouble:
        yield CertFinding("PROBE-CONNECT", Severity.ERROR, served.trouble, "Check the spelling, and the resolver's settings.")
    for one in served.addresses:
        yield from _troubled(served, one)
        yield from _client_certificate(served, one)
        yield from _versions(one)
        yield from _unnamed(one)
        yield from _clock(served, one)
        if expected is not None and one.named.chain:
            yield from _expected(one, tuple(expected))
    yield from _differing(served)
    if served.plain:
        said = f"Plain HTTP is answered beside HTTPS: {served.plain}."
        remedy = "Close that port for brokers: what is sent there is sent in clear, before any redirection."
        yield CertFinding("PROBE-PLAIN-HTTP-OPEN", Severity.WARNING, said, remedy)


def _troubled(served: Served, one: Address) -> Iterator[CertFinding]:
    """Say where the handshake came to grief."""
    handshake = one.named
    if handshake.trouble is Trouble.NONE or (handshake.trouble is Trouble.CLIENT and not served.shown):
        return
    code, remedy = _TROUBLES[handshake.trouble]
    yield CertFinding(code, Severity.ERROR, f"{_place(one)}{handshake.said}.", remedy, _leaf(one, handshake))


def _client_certificate(served: Served, one: Address) -> Iterator[CertFinding]:
    """Say that a client certificate is asked for, and of whom."""
    if one.named.asked and not served.shown:
        need = "demands" if one.named.trouble is Trouble.CLIENT else "asks for"
        said = f"{_place(one)}the server {need} a client certificate."
        remedy = "Give one: --cert FILE --key FILE" + (f", of {'; '.join(one.named.wanted[:5])}." if one.named.wanted else ".")
        yield CertFinding("PROBE-CLIENT-CERT-WANTED", Severity.INFO, said, remedy)


def _versions(one: Address) -> Iterator[CertFinding]:
    """Versions of TLS that are too old are closed, and the newest is open."""
    if one.old is not None and one.old.version:
        said = f"{_place(one)}{one.old.version} is accepted, which is broken (RFC 8996)."
        yield CertFinding("PROBE-TLS-OLD", Severity.WARNING, said, "Switch TLS 1.0 and 1.1 off.")
    if one.named.version and one.named.version != "TLSv1.3":
        said = f"{_place(one)}TLS 1.3 is not spoken; {one.named.version} is."
        yield CertFinding("PROBE-NO-TLS13", Severity.INFO, said, "Switch TLS 1.3 on where the server can.")


def _unnamed(one: Address) -> Iterator[CertFinding]:
    """Clients that name no server get the same certificate."""
    other = one.unnamed
    if other is None or not one.named.chain or other.chain[:1] == one.named.chain[:1]:
        return
    what = "another certificate" if other.chain else f"none ({other.said})"
    said = f"{_place(one)}a client that names no server (SNI) gets {what}."
    remedy = "Make this certificate the default one, unless every caller is known to name the server."
    yield CertFinding("PROBE-SNI-DIFFERS", Severity.WARNING, said, remedy, _leaf(one, other))


def _clock(served: Served, one: Address) -> Iterator[CertFinding]:
    """The server's clock is right."""
    date = one.named.date
    if date is not None and abs(date - served.at) > SKEW:
        off = (date - served.at).total_seconds()
        said = f"{_place(one)}the server's clock is {abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} this machine's."
        yield CertFinding("CLOCK-SKEW", Severity.WARNING, said, "Set both by NTP; dates of certificates and signatures need it.")


def _expected(one: Address, expected: tuple[x509.Certificate, ...]) -> Iterator[CertFinding]:
    """What is served is what lies in the file."""
    chain = one.named.chain
    if chain == expected:
        return
    place = next((n for n, pair in enumerate(zip(chain, expected, strict=False), 1) if pair[0] != pair[1]), 0)
    how = f"certificate {place} is another one" if place else f"{len(chain)} certificates are served, {len(expected)} expected"
    yield CertFinding(
        "PROBE-CHAIN-DIFFERS",
        Severity.ERROR,
        f"{_place(one)}the chain served is not the one in the file: {how}.",
        "Install the file, and reload or restart what serves it (a proxy in between, perhaps).",
        read(chain[max(place, 1) - 1], max(place, 1), one.address).named,
    )


def _differing(served: Served) -> Iterator[CertFinding]:
    """Every address of the host serves the same certificate."""
    leaves = {one.address: _leaf(one, one.named) for one in served.addresses if one.named.chain}
    serials = {leaf.serial for leaf in leaves.values() if leaf is not None}
    if len(serials) > 1:
        which = "; ".join(f"{address}: serial {leaf.serial}" for address, leaf in leaves.items() if leaf is not None)
        said = "The addresses of the host serve different certificates."
        yield CertFinding("PROBE-ADDRESS-DIFFERS", Severity.WARNING, said, "Serve the same on all of them.", evidence=which)


def _leaf(one: Address, handshake: Handshake) -> Named | None:
    """Name the server certificate that was seen."""
    return read(handshake.chain[0], 1, one.address).named if handshake.chain else None


def _place(one: Address) -> str:
    """Begin a sentence about an address."""
    return f"At {one.address}: "
