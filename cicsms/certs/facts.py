"""A certificate's facts, read once and guarded: nothing about a hostile certificate raises later."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeVar

from attrs import frozen
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from cicsms.certs.verdict import Named

T = TypeVar("T")
E = TypeVar("E", bound=x509.ExtensionType)

HOSTILE = (
    ValueError,
    TypeError,
    OverflowError,
    NotImplementedError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
)
"""What reading a malformed certificate raises."""

_NEVER = datetime(1, 1, 1, tzinfo=UTC)


@frozen(eq=False)
class Facts:
    """One certificate with what the rules ask of it; ``position`` counts from 1 among those sent, 0 for anchors.

    ``malformed`` says why the extensions can't be read, in which case there are none.
    """

    certificate: x509.Certificate
    digest: bytes
    subject: bytes
    issuer: bytes
    since: datetime
    until: datetime
    extensions: Mapping[x509.ObjectIdentifier, x509.Extension[x509.ExtensionType]]
    malformed: str
    named: Named
    issuer_text: str
    key: Any
    serial: int | None

    @property
    def position(self) -> int:
        """The place among those sent, from 1; 0 for an anchor."""
        return self.named.position

    @property
    def self_issued(self) -> bool:
        """Whether subject and issuer are the same."""
        return self.subject == self.issuer

    def get(self, kind: type[E]) -> E | None:
        """Return an extension's value."""
        found = self.extensions.get(kind.oid)
        return found.value if found is not None and isinstance(found.value, kind) else None

    @property
    def key_id(self) -> bytes | None:
        """The certificate's own key identifier."""
        value = self.get(x509.SubjectKeyIdentifier)
        return value.digest if value is not None else None

    @property
    def issuer_key_id(self) -> bytes | None:
        """The key identifier of whoever signed it."""
        value = self.get(x509.AuthorityKeyIdentifier)
        return value.key_identifier if value is not None else None


def read(certificate: x509.Certificate, position: int = 0, file: str = "") -> Facts:
    """Read a certificate's facts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # cryptography warns of odd serial numbers; SERIAL-BAD says so
        extensions, malformed = _extensions(certificate)
        serial = _guarded(lambda: certificate.serial_number, None)
        subject = _guarded(lambda: certificate.subject.public_bytes(), b"?subject")
        issuer = _guarded(lambda: certificate.issuer.public_bytes(), b"?issuer")
        text = _text(lambda: certificate.subject)
        return Facts(
            certificate=certificate,
            digest=sha256(certificate.public_bytes(Encoding.DER)).digest(),
            subject=subject,
            issuer=issuer,
            since=_guarded(lambda: certificate.not_valid_before_utc, _NEVER),
            until=_guarded(lambda: certificate.not_valid_after_utc, _NEVER),
            extensions=extensions,
            malformed=malformed,
            named=Named(text, "?" if serial is None else f"{serial:x}", position, file),
            issuer_text=text if issuer == subject else _text(lambda: certificate.issuer),
            key=_guarded(certificate.public_key, None),
            serial=serial,
        )


def signed(child: Facts, issuer: Facts) -> bool | None:
    """Tell whether the issuer's key made the child's signature; ``None`` where the algorithm is too old to be tried."""
    if child.issuer != issuer.subject:
        return False
    try:
        child.certificate.verify_directly_issued_by(issuer.certificate)
    except InvalidSignature:
        return False
    except HOSTILE:
        return None
    return True


def _extensions(
    certificate: x509.Certificate,
) -> tuple[Mapping[x509.ObjectIdentifier, x509.Extension[x509.ExtensionType]], str]:
    """Return the extensions by OID, or why they can't be read."""
    try:
        return {extension.oid: extension for extension in certificate.extensions}, ""
    except HOSTILE as wrong:
        return {}, str(wrong) or type(wrong).__name__


def _text(name: Callable[[], x509.Name]) -> str:
    """Give a name as text that a terminal can show."""
    text = _guarded(lambda: name().rfc4514_string(), "unreadable name") or "no name"
    return "".join(c if c.isprintable() else "?" for c in text)[:300]


def _guarded(what: Callable[[], T], otherwise: T) -> T:
    """Return what can be read, else a stand-in."""
    try:
        return what()
    except HOSTILE:
        return otherwise
