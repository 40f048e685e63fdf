"""Rules about revocation, by the lists that were given; nothing is fetched (RFC 5280, 5 and 6.3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cryptography import x509

from cicsms.certs.chain import Case, Path
from cicsms.certs.facts import HOSTILE, Facts
from cicsms.certs.verdict import CertFinding, Severity


def not_revoked(case: Case, path: Path) -> Iterator[CertFinding]:
    """No member of the path is on its issuer's list, and the list is one that counts."""
    if not case.crls:
        return
    for place, one in enumerate(path.members):
        issuer = path.members[place + 1] if place + 1 < len(path.members) else None
        if issuer is None:
            continue
        found = [crl for crl in case.crls if _issuer(crl) == one.issuer]
        sound = [crl for crl in found if _signed(crl, issuer)]
        if not found:
            said = f"None of the revocation lists given is by its issuer {one.issuer_text}."
            yield CertFinding("REVOCATION-NONE", Severity.INFO, said, "Give that CA's list, too.", one.named)
        elif not sound:
            said = f"The revocation list of {one.issuer_text} is not signed by this CA's key."
            yield CertFinding("CRL-STALE", Severity.WARNING, said, "Fetch the list again.", one.named)
        else:
            yield from _listed(case, one, max(sound, key=_updated))


def _listed(case: Case, one: Facts, crl: x509.CertificateRevocationList) -> Iterator[CertFinding]:
    """Say that a certificate is on a list, or that the list is out of date."""
    ends = crl.next_update_utc
    if ends is None or ends < case.at:
        said = f"The revocation list of {one.issuer_text} is out of date; peers that ask for one refuse the chain."
        until = f"valid until {ends:%Y-%m-%d %H:%M} UTC" if ends else "it names no next update"
        yield CertFinding("CRL-STALE", Severity.WARNING, said, "Have the CA publish a new list.", one.named, until)
    entry = crl.get_revoked_certificate_by_serial_number(one.serial) if one.serial is not None else None
    if entry is not None:
        said = f"It was revoked on {entry.revocation_date_utc:%Y-%m-%d}."
        yield CertFinding("REVOKED", Severity.ERROR, said, "Have a new one issued.", one.named, _reason(entry))


def _issuer(crl: x509.CertificateRevocationList) -> bytes:
    """Return the name of whoever made a list."""
    try:
        return crl.issuer.public_bytes()
    except HOSTILE:
        return b"?"


def _updated(crl: x509.CertificateRevocationList) -> datetime:
    """Return when a list was made."""
    return crl.last_update_utc


def _signed(crl: x509.CertificateRevocationList, issuer: Facts) -> bool:
    """Tell whether a list is by the CA's key."""
    try:
        return crl.is_signature_valid(issuer.key)
    except HOSTILE:
        return False


def _reason(entry: x509.RevokedCertificate) -> str:
    """Say why, where the list does."""
    try:
        return f"reason: {entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value}"
    except (x509.ExtensionNotFound, *HOSTILE):
        return ""


RULES = (not_revoked,)
