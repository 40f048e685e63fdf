"""The case that is judged, and the path from the server certificate to an anchor: the one in use, or what there is of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from attrs import field, frozen
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from cicsms.certs.facts import Facts, signed

_DEEPEST = 12
"""The longest path that is followed; verifiers stop at about ten."""


class Profile(StrEnum):
    """Whose rules count: those of the public web, or those of an organisation's own CA."""

    PUBLIC = "public"
    PRIVATE = "private"


@frozen
class Case:
    """What is judged: the certificates as sent, the anchors, the name asked for (``None``: any), and the moment.

    ``switchover`` are the names of the other server of a pair, ``crls`` the revocation lists that count.
    """

    sent: tuple[Facts, ...]
    leaf: Facts
    trusted: tuple[Facts, ...]
    hostname: str | None
    at: datetime
    profile: Profile = Profile.PRIVATE
    key: PrivateKeyTypes | None = field(default=None, repr=False)
    switchover: tuple[str, ...] = ()
    crls: tuple[x509.CertificateRevocationList, ...] = ()


@frozen
class Path:
    """A path: the server certificate first. ``anchored`` tells whether its last member is trusted.

    ``lookalikes`` have the name of the issuer that is missing after the last member, and another key; ``broken`` has
    name and key of it, and yet the signature is wrong.
    """

    members: tuple[Facts, ...]
    anchored: bool
    lookalikes: tuple[Facts, ...] = ()
    broken: Facts | None = None

    @property
    def last(self) -> Facts:
        """The last member that was found."""
        return self.members[-1]

    @property
    def authorities(self) -> tuple[Facts, ...]:
        """All members above the server certificate."""
        return self.members[1:]


def follow(case: Case) -> Path:
    """Go up from the server certificate, at every step to the best issuer there is: an anchor, then one that is valid now."""
    members = [case.leaf]
    anchors = {anchor.digest for anchor in case.trusted}
    pool = _unique((*case.trusted, *case.sent))
    while members[-1].digest not in anchors and len(members) < _DEEPEST:
        child = members[-1]
        known = {member.digest for member in members}
        namesakes = [one for one in pool if one.subject == child.issuer and one.digest not in known]
        if child.self_issued and signed(child, child) is not False:
            return Path(tuple(members), anchored=False)
        issuers = [one for one in namesakes if _issued(child, one)]
        if not issuers:
            return _broken(members, namesakes)
        members.append(min(issuers, key=lambda one: (one.digest not in anchors, not one.since <= case.at <= one.until)))
    return Path(tuple(members), anchored=members[-1].digest in anchors)


def _issued(child: Facts, issuer: Facts) -> bool:
    """Tell whether a namesake is the issuer; where the signature can't be tried, by its key identifier."""
    proved = signed(child, issuer)
    if proved is None:
        return child.issuer_key_id is None or child.issuer_key_id == issuer.key_id
    return proved


def _broken(members: Sequence[Facts], namesakes: Sequence[Facts]) -> Path:
    """Say how the path ends: without an issuer, with lookalikes of it, or with a signature that is wrong."""
    wanted = members[-1].issuer_key_id
    same_key = [one for one in namesakes if wanted is not None and one.key_id == wanted]
    return Path(
        tuple(members),
        anchored=False,
        lookalikes=tuple(one for one in namesakes if one not in same_key),
        broken=same_key[0] if same_key else None,
    )


def _unique(certificates: Sequence[Facts]) -> list[Facts]:
    """Drop copies: of an anchor that is sent along, the anchor stays."""
    return list({one.digest: one for one in reversed(certificates)}.values())[::-1]
