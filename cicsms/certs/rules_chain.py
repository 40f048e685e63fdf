"""Rules about the chain as a whole: what was sent, in which order, and where the path ends."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from cicsms.certs.chain import Case, Path
from cicsms.certs.facts import Facts, signed
from cicsms.certs.verdict import CertFinding, Severity


def leaf_first(case: Case, path: Path) -> Iterator[CertFinding]:
    """The server certificate comes first."""
    if case.leaf is not case.sent[0]:
        yield CertFinding(
            "CHAIN-LEAF-NOT-FIRST",
            Severity.ERROR,
            f"The server certificate is sent as number {case.leaf.position}; it must come first.",
            f"Put it first; the right order is {_order(case, path)}.",
            case.leaf.named,
        )


def in_order(case: Case, path: Path) -> Iterator[CertFinding]:
    """Each certificate certifies the one before it (RFC 5246, 7.4.2)."""
    places = {one.digest: one.position for one in reversed(case.sent)}
    used = [places[member.digest] for member in path.authorities if member.digest in places]
    if used != sorted(used):
        yield CertFinding(
            "CHAIN-ORDER",
            Severity.WARNING,
            "The certificates after the server certificate are not in the order in which they signed.",
            f"The right order is {_order(case, path)}.",
            case.sent[used[0] - 1].named,
            f"sent in the order {', '.join(str(place) for place in used)} of the path",
        )


def no_copies(case: Case, path: Path) -> Iterator[CertFinding]:
    """Nothing is sent twice."""
    seen: dict[bytes, int] = {}
    for one in case.sent:
        first = seen.setdefault(one.digest, one.position)
        if first != one.position:
            yield CertFinding(
                "CHAIN-DUPLICATE",
                Severity.WARNING,
                f"Certificate {one.position} is the same as certificate {first}.",
                f"Leave out certificate {one.position}.",
                one.named,
            )


def nothing_foreign(case: Case, path: Path) -> Iterator[CertFinding]:
    """What is sent belongs to the path; another certificate of a member's key is an alternate path."""
    used = {member.digest for member in path.members} | {one.digest for one in path.lookalikes}
    names = {member.subject for member in path.members}
    for one in _once(case.sent):
        if one.digest in used or one is path.broken or _is_root_of(one, path):
            continue
        if one.subject in names:
            yield CertFinding(
                "CHAIN-ALTERNATE-PATH",
                Severity.INFO,
                "This certificate of the same CA leads along another path, which is not the one in use.",
                "Leave it out unless some peers need that path.",
                one.named,
            )
            continue
        yield CertFinding(
            "CHAIN-SUPERFLUOUS",
            Severity.WARNING,
            "This certificate signed nothing in the chain.",
            f"Leave out certificate {one.position}.",
            one.named,
        )


def root_stays_home(case: Case, path: Path) -> Iterator[CertFinding]:
    """A root need not be sent: peers use their own copy."""
    for one in _once(case.sent):
        if one is not case.leaf and one.self_issued and signed(one, one) is not False and _is_root_of(one, path):
            yield CertFinding(
                "CHAIN-ROOT-SENT",
                Severity.INFO,
                "The root is sent along; that is harmless, but peers use their own copy.",
                f"Leave out certificate {one.position}.",
                one.named,
            )


def issuer_known(case: Case, path: Path) -> Iterator[CertFinding]:
    """The path reaches an anchor; if not, tells a missing CA from a re-issued one and from a root nobody trusts."""
    last = path.last
    if not case.trusted:
        yield CertFinding(
            "ANCHOR-NONE", Severity.ERROR, "No anchor was given to check against.", "Name the peer's trusted roots."
        )
    if path.anchored:
        return
    if path.broken is not None:
        yield _signature_wrong(last, path.broken)
    elif path.lookalikes:
        yield _lookalike(last, path.lookalikes[0])
    elif last.self_issued:
        yield _self_signed(case, last)
    elif last is case.leaf:
        yield _missing(last)
    elif case.trusted:
        yield _untrusted(last, f"its issuer {last.issuer_text} is neither trusted nor sent along")


def anchor_is_root(case: Case, path: Path) -> Iterator[CertFinding]:
    """The anchor is self-signed; OpenSSL and Windows accept no other."""
    last = path.last
    if path.anchored and not last.self_issued:
        yield CertFinding(
            "ANCHOR-NOT-SELF-SIGNED",
            Severity.WARNING,
            "The trusted certificate is no root: it is signed by another. OpenSSL peers refuse the chain, and IIS then refuses"
            " client certificates (403.16).",
            f"Trust its issuer {last.issuer_text} (Trusted Roots: Server Group; Intermediates: CIC CA).",
            last.named,
        )


def leaf_not_own_issuer(case: Case, path: Path) -> Iterator[CertFinding]:
    """A self-signed server certificate works only where the peer has imported exactly this one."""
    if path.anchored and path.last.digest == case.leaf.digest:
        yield CertFinding(
            "LEAF-SELF-SIGNED",
            Severity.WARNING,
            "The server certificate is itself the anchor; it works only where exactly this one was imported.",
            "Have it issued by the CIC CA or a public CA.",
            case.leaf.named,
        )


def _missing(last: Facts) -> CertFinding:
    """A CA certificate between the server certificate and the root is not sent."""
    hints = [f"key id {last.issuer_key_id.hex()}"] if last.issuer_key_id else []
    hints += [f"it may be found at {url}" for url in _addresses(last)]
    return CertFinding(
        "CHAIN-MISSING-INTERMEDIATE",
        Severity.ERROR,
        f"The certificate of the issuer {last.issuer_text} is not sent, and it is not trusted.",
        "Append it to the chain that the server sends"
        + (f" ({', '.join(hints)})" if hints else "")
        + "; on CIC, export the CIC CA.",
        last.named,
        f"issuer {last.issuer_text}",
    )


def _lookalike(last: Facts, other: Facts) -> CertFinding:
    """A CA of the right name has another key."""
    wanted = last.issuer_key_id.hex() if last.issuer_key_id else "unknown"
    return CertFinding(
        "CHAIN-ISSUER-LOOKALIKE",
        Severity.ERROR,
        f"A certificate of the issuer {last.issuer_text} is there, but it has another key: the CA was issued again.",
        f"Fetch the CA certificate with key id {wanted}, or have this certificate issued again by the new CA.",
        last.named,
        f"wanted key id {wanted}; found {other.key_id.hex() if other.key_id else 'unknown'} in {other.named}",
    )


def _signature_wrong(last: Facts, issuer: Facts) -> CertFinding:
    """Name and key are right and the signature is not."""
    return CertFinding(
        "SIG-INVALID",
        Severity.ERROR,
        "The signature of this certificate is wrong, though its issuer's name and key id fit: the file is damaged or forged.",
        "Fetch the certificate again from whoever issued it.",
        last.named,
        f"tried the key of {issuer.named}",
    )


def _self_signed(case: Case, last: Facts) -> CertFinding:
    """The path ends in itself, and nobody trusts it."""
    if last is not case.leaf:
        return _untrusted(last, "this root is not trusted")
    return CertFinding(
        "LEAF-SELF-SIGNED",
        Severity.ERROR,
        "The server certificate is signed by itself, and the peer does not trust it.",
        "Have it issued by the CIC CA or a public CA; or import exactly this certificate at the peer.",
        last.named,
    )


def _untrusted(last: Facts, why: str) -> CertFinding:
    """The path is there, and its end is not trusted."""
    return CertFinding(
        "ANCHOR-UNTRUSTED",
        Severity.ERROR,
        f"The chain leads to a root that the peer does not trust: {why}.",
        f"Import {last.issuer_text} into the peer's Trusted Roots, or buy a public certificate for this leg; if it is no root,"
        " send it along.",
        last.named,
    )


def _addresses(one: Facts) -> list[str]:
    """Return where a certificate says its issuer's can be found; nothing is fetched."""
    access = one.get(x509.AuthorityInformationAccess)
    wanted = AuthorityInformationAccessOID.CA_ISSUERS
    return [str(place.access_location.value) for place in access or () if place.access_method == wanted][:3]


def _order(case: Case, path: Path) -> str:
    """Give the right order as the numbers under which the members were sent."""
    places = {one.digest: one.position for one in reversed(case.sent)}
    members = [member for member in path.members if member.digest in places and (not member.self_issued or member is case.leaf)]
    return ", ".join(str(places[member.digest]) for member in members)


def _once(sent: tuple[Facts, ...]) -> list[Facts]:
    """Drop copies, of which another rule speaks."""
    return list({one.digest: one for one in reversed(sent)}.values())[::-1]


def _is_root_of(one: Facts, path: Path) -> bool:
    """Tell whether this is the root of the path, in this certificate or another of the same name and key."""
    last = path.last
    return one.digest == last.digest or (
        one.self_issued and one.subject in (last.subject, last.issuer) and one.key_id == last.key_id
    )


RULES = (
    leaf_first,
    in_order,
    no_copies,
    nothing_foreign,
    root_stays_home,
    issuer_known,
    anchor_is_root,
    leaf_not_own_issuer,
)
