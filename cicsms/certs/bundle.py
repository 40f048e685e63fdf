"""The right order of a bundle: the server certificate, then each CA that signed the one before; nothing else is sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen
from cryptography import x509

from cicsms.certs.chain import Case, follow
from cicsms.certs.facts import Facts
from cicsms.certs.judge import leaf_of
from cicsms.certs.verdict import Named


@frozen
class Bundle:
    """What is to be sent, in order; what is left out, each with the reason; and who signed the last, where that is not there."""

    order: tuple[Facts, ...]
    dropped: tuple[tuple[Named, str], ...] = ()
    above: str = ""

    @property
    def missing(self) -> bool:
        """Whether a CA is missing: above a server certificate stands one, above a CA most likely the root."""
        return bool(self.above) and len(self.order) == 1

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """The certificates in the right order."""
        return tuple(one.certificate for one in self.order)


def bundle(sent: Sequence[Facts], at: datetime) -> Bundle:
    """Order what lies in a bundle; of several CAs of one key the one that is valid now is taken."""
    case = Case(tuple(sent), leaf_of(sent), (), None, at)
    members = follow(case).members
    order = tuple(one for one in members if one is case.leaf or not one.self_issued)
    kept = {one.digest for one in order}
    dropped: list[tuple[Named, str]] = []
    seen: set[bytes] = set()
    for one in sent:
        if one.digest in seen:
            dropped.append((one.named, "it is there twice"))
        elif one.digest not in kept:
            why = "it is the root, which peers have themselves" if one in members else "it signed nothing of this chain"
            dropped.append((one.named, why))
        seen.add(one.digest)
    last = members[-1]
    return Bundle(order, tuple(dropped), "" if last.self_issued else last.issuer_text)
