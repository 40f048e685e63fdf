"""The two verifiers that are asked: cryptography's, whose word counts, and OpenSSL's, for a second opinion."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from ipaddress import ip_address

from attrs import frozen
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from OpenSSL import crypto

from cicsms.certs.chain import Case
from cicsms.certs.facts import HOSTILE, Facts


@frozen
class Opinion:
    """What cryptography's verifier says: the path it took (digests are not kept), or why it took none."""

    path: tuple[x509.Certificate, ...] = ()
    refusal: str = ""


def cryptographys(case: Case) -> Opinion:
    """Ask cryptography's verifier of the public web's rules (RFC 5280 and CA/B)."""
    subject = _subject(case)
    if subject is None:
        return Opinion(refusal="there is no name to ask for")
    if not case.trusted:
        return Opinion(refusal="there is no anchor")
    others = [one.certificate for one in case.sent if one is not case.leaf]
    try:
        builder = PolicyBuilder().time(case.at.astimezone(UTC).replace(tzinfo=None))
        builder = builder.store(Store([anchor.certificate for anchor in case.trusted]))
        return Opinion(tuple(builder.build_server_verifier(subject).verify(case.leaf.certificate, others)))
    except (VerificationError, InvalidSignature, *HOSTILE) as refused:
        return Opinion(refusal=_short(str(refused) or type(refused).__name__))


def openssls(case: Case) -> str:
    """Ask OpenSSL, which does not look at the name; empty where it accepts."""
    try:
        store = crypto.X509Store()
        for anchor in case.trusted:
            store.add_cert(crypto.X509.from_cryptography(anchor.certificate))
        store.set_time(case.at.astimezone(UTC).replace(tzinfo=None))
        leaf, *others = (crypto.X509.from_cryptography(one.certificate) for one in _leaf_first(case))
        crypto.X509StoreContext(store, leaf, others).verify_certificate()
    except crypto.X509StoreContextError as refused:
        return f"{refused} ({_depth(refused)})"
    except (crypto.Error, *HOSTILE) as refused:
        return _short(str(refused) or type(refused).__name__)
    return ""


def _subject(case: Case) -> x509.DNSName | x509.IPAddress | None:
    """Return the name the verifier is to ask for; where none was given, the first one the certificate proves."""
    names = [case.hostname] if case.hostname is not None else _own_names(case.leaf)
    for name in names:
        try:
            return x509.IPAddress(ip_address(name))
        except ValueError:
            pass
        try:
            return x509.DNSName(name.rstrip(".").encode("idna").decode("ascii").lower())
        except ValueError:
            continue
    return None


def _own_names(leaf: Facts) -> list[str]:
    """Return the hosts a certificate is for, wildcards filled in."""
    found = leaf.get(x509.SubjectAlternativeName)
    names = [str(name.value) for name in found or () if isinstance(name, x509.DNSName | x509.IPAddress)]
    return [f"any{name[1:]}" if name.startswith("*.") else name for name in names]


def _leaf_first(case: Case) -> Sequence[Facts]:
    """Return what was sent with the server certificate first."""
    return [case.leaf, *(one for one in case.sent if one is not case.leaf)]


def _depth(refused: crypto.X509StoreContextError) -> str:
    """Say at which depth OpenSSL stopped."""
    return f"certificate {refused.errors[1] + 1} of the path" if len(refused.errors) > 1 else "depth unknown"


def _short(text: str) -> str:
    """Keep a verifier's words to one line, without the dump of the certificate."""
    return " ".join(text.split("(encountered processing")[0].split())[:200]
