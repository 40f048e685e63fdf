"""Group 10: the certificates we show."""

from __future__ import annotations

import re
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from cicsms.conformance.case import Scope, case
from cicsms.conformance.peer.peer import Peer
from cicsms.conformance.verdict import Verdict, ok, require, skipped

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", re.DOTALL)


@case(
    "10.01",
    "chain-complete",
    clause="RFC 8446, 4.4.2",
    expect="A client that trusts only the root verifies the chain; leaf first, each next certificate issued the one before.",
    scope=Scope.SITE,
)
async def chain_complete(peer: Peer) -> Verdict:
    """Let ``openssl s_client`` judge every https port, then look at the order of what was sent."""
    ports = {broker.port for broker in peer.target.brokers if broker.scheme == "https"}
    if not ports:
        raise skipped("the target has no https port")
    lengths = []
    for port in sorted(ports):
        tls = peer.target.tls
        words = f"openssl s_client -connect {peer.target.server.host}:{port} -servername {tls.name} -verify_hostname {tls.name}"
        words += " -verify_return_error -showcerts -CAfile"
        ran = await peer.commands.run(["/usr/bin/env", *words.split(), str(tls.trust)])
        if ran.code == 127:
            raise skipped("there is no openssl command")
        require("Verify return code: 0 (ok)" in ran.output, "verification by a client that trusts only the root", ran.short)
        sent = [
            x509.load_pem_x509_certificate(pem.encode()) for pem in _PEM.findall(ran.output.partition("Server certificate")[0])
        ]
        require(len(sent) > 1, "the intermediate certificate sent along", f"{len(sent)} certificates sent")
        for child, parent in pairwise(sent):
            require(_issued(child, parent), "each certificate certified by the next", f"not so: {child.subject.rfc4514_string()}")
        lengths.append(f"port {port}: {len(sent)} certificates in order")
    return ok("; ".join(lengths))


def _issued(child: x509.Certificate, parent: x509.Certificate) -> bool:
    """Tell whether ``parent`` signed ``child``."""
    try:
        child.verify_directly_issued_by(parent)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
