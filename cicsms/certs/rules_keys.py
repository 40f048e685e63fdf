"""Rules about keys, signatures and serial numbers of the path, and about the server's private key."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from cicsms.certs import pem
from cicsms.certs.chain import Case, Path
from cicsms.certs.facts import HOSTILE, Facts
from cicsms.certs.verdict import CertFinding, Severity

_CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1"})
_WEAK = {
    "1.2.840.113549.1.1.4": "MD5",
    "1.2.840.113549.1.1.2": "MD2",
    "1.2.840.113549.1.1.5": "SHA-1",
    "1.3.14.3.2.29": "SHA-1",
    "1.2.840.10045.4.1": "SHA-1",
    "1.2.840.10040.4.3": "SHA-1",
}


def key_fits(case: Case, path: Path) -> Iterator[CertFinding]:
    """The private key, where one is given, belongs to the server certificate."""
    if case.key is None:
        return
    try:
        fits = pem.fits(case.leaf.certificate, case.key)
    except HOSTILE:
        fits = False
    if not fits:
        yield CertFinding(
            "KEY-MISMATCH",
            Severity.ERROR,
            "The private key does not belong to the server certificate.",
            f"Find the key that serial {case.leaf.named.serial} was requested with, or have a certificate issued for this key.",
            case.leaf.named,
        )


def keys_are_strong(case: Case, path: Path) -> Iterator[CertFinding]:
    """Every key of the path is strong enough for peers of today."""
    for one in path.members:
        weak = _weakness(one)
        if weak is not None:
            code, said = weak
            yield CertFinding(code, Severity.ERROR, said, "Make a new key: ECDSA P-256, or RSA of 2048 bits or more.", one.named)


def signatures_are_strong(case: Case, path: Path) -> Iterator[CertFinding]:
    """No signature of the path rests on a broken digest; an anchor's own is not looked at by anybody."""
    for one in path.members:
        digest = _WEAK.get(one.certificate.signature_algorithm_oid.dotted_string)
        if digest and not (one.self_issued and one is path.last):
            said = f"Its signature rests on {digest}, which peers refuse."
            yield CertFinding("SIG-WEAK", Severity.ERROR, said, "Have it issued again, signed with SHA-256.", one.named)


def serials_are_sound(case: Case, path: Path) -> Iterator[CertFinding]:
    """Serial numbers are positive and of 20 octets at most (RFC 5280, 4.1.2.2)."""
    for one in path.members:
        if one.serial is None or one.serial <= 0 or one.serial.bit_length() > 159:
            said = "Its serial number is not a positive number of 20 octets at most; strict peers refuse it."
            yield CertFinding("SERIAL-BAD", Severity.WARNING, said, "Have it issued again.", one.named)


def of_version_three(case: Case, path: Path) -> Iterator[CertFinding]:
    """Certificates are of version 3; only an anchor may be older."""
    for one in path.members:
        try:
            old = one.certificate.version is not x509.Version.v3
        except HOSTILE:
            old = True
        if old and not (path.anchored and one is path.last):
            said = "It is a certificate of an old version, which can't say what it is for."
            yield CertFinding("CERT-NOT-V3", Severity.ERROR, said, "Have it issued again as version 3.", one.named)


def _weakness(one: Facts) -> tuple[str, str] | None:
    """Say what is weak about a key."""
    key = one.key
    if isinstance(key, rsa.RSAPublicKey) and (key.key_size < 2048 or key.key_size % 8):
        return "KEY-WEAK-RSA", f"Its RSA key has {key.key_size} bits; peers want 2048 or more, in whole octets."
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name not in _CURVES:
        return "KEY-WEAK-CURVE", f"Its key is on the curve {key.curve.name}, which peers do not take."
    if isinstance(key, dsa.DSAPublicKey):
        return "KEY-DSA", "Its key is a DSA key, which no peer takes any more."
    return None


RULES = (key_fits, keys_are_strong, signatures_are_strong, serials_are_sound, of_version_three)
