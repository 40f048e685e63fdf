"""The PEM files of a TLS identity, read as ``cryptography`` objects, with readable refusals."""

from __future__ import annotations

from pathlib import Path

from attrs import field, frozen
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from OpenSSL import SSL

from cicsms.certs import pem
from cicsms.certs.facts import HOSTILE
from cicsms.model.errors import Finding, Rejected

_LIMIT = 2**20
"""The largest PEM file that is read; a bundle of all public CAs is a quarter of it."""


@frozen
class Credentials:
    """A certificate, its private key, and the CA certificates sent along, in the order they are sent.

    ``source`` names the certificate's file, for messages.
    """

    certificate: x509.Certificate
    key: PrivateKeyTypes = field(repr=False)
    chain: tuple[x509.Certificate, ...] = ()
    source: str = ""


def read_credentials(certificate: Path, key: Path, chain: Path | None = None) -> Credentials:
    """Read a certificate (or a full chain that begins with it), its key, and more CA certificates to send.

    Raises ``Rejected`` with every fault found: a file that is missing or no PEM, an encrypted key, a key of another
    certificate.
    """
    findings: list[Finding] = []
    first = _gather(findings, certificate)
    more = _gather(findings, chain) if chain is not None else ()
    private = _key(findings, key)
    if first and private is not None and not pem.fits(first[0], private):
        findings.append(_mismatch(certificate, first[0], key))
    if findings or private is None:
        raise Rejected(findings)
    return Credentials(first[0], private, (*first[1:], *more), str(certificate))


def read_certificates(path: Path) -> tuple[x509.Certificate, ...]:
    """Read every certificate of a PEM file; raises ``Rejected`` where there is none or one is unreadable."""
    findings: list[Finding] = []
    found = _gather(findings, path)
    if findings:
        raise Rejected(findings)
    return found


def _gather(findings: list[Finding], path: Path) -> tuple[x509.Certificate, ...]:
    """Read certificates, or note what is wrong with their file."""
    content = _content(findings, path)
    if content is None:
        return ()
    if b"-----BEGIN CERTIFICATE-----" not in content:
        findings.append(_no_pem(path, content))
        return ()
    try:
        return tuple(x509.load_pem_x509_certificates(content))
    except HOSTILE as wrong:
        findings.append(
            Finding("tls-certificate", str(path), f"a certificate in it can't be read: {wrong}.", "Export it again as PEM.")
        )
        return ()


def _no_pem(path: Path, content: bytes) -> Finding:
    """Say what a file holds instead of PEM certificates, and how to convert it."""
    if content[:1] == b"\x30":
        return Finding(
            "tls-binary",
            str(path),
            "this is a binary file (DER or PFX), not PEM.",
            f"Convert it: openssl x509 -inform DER -in '{path}' -out server.pem; a PFX file: openssl pkcs12 -in '{path}' -nodes.",
        )
    return Finding(
        "tls-certificate", str(path), "there is no PEM certificate in it.", "It must hold -----BEGIN CERTIFICATE-----."
    )


def _key(findings: list[Finding], path: Path) -> PrivateKeyTypes | None:
    """Read a private key, or note what is wrong with its file."""
    content = _content(findings, path)
    if content is None:
        return None
    try:
        return pem.key_of(content)
    except TypeError:
        remedy = f"Store it without a password, readable by the server only: openssl pkey -in '{path}' -out server.key"
        findings.append(Finding("tls-key-encrypted", str(path), "the private key is encrypted.", remedy))
    except HOSTILE:
        findings.append(
            Finding(
                "tls-key",
                str(path),
                "there is no private key in it that can be read.",
                "It must hold a PEM private key (PKCS#8).",
            )
        )
    return None


def _content(findings: list[Finding], path: Path) -> bytes | None:
    """Read a file of a sensible size, or note why it can't be."""
    try:
        with path.open("rb") as file:
            content = file.read(_LIMIT + 1)
    except OSError as wrong:
        findings.append(
            Finding("tls-file", str(path), f"the file can't be read: {wrong.strerror}.", "Check the path and its permissions.")
        )
        return None
    if len(content) > _LIMIT:
        findings.append(Finding("tls-file", str(path), "the file is larger than 1 MB.", "Name a PEM file of a few certificates."))
        return None
    return content


def _mismatch(path: Path, certificate: x509.Certificate, key: Path) -> Finding:
    """Say that a key belongs to another certificate."""
    return Finding(
        "tls-key-mismatch",
        str(key),
        f"this key does not belong to the certificate of {certificate.subject.rfc4514_string() or 'no subject'} in {path}.",
        "Name the key the certificate was requested with, or have the certificate issued again for this key.",
    )


def refused_by_openssl(credentials: Credentials, refused: SSL.Error) -> Finding:
    """Say which certificate OpenSSL will not work with, and why."""
    reasons = "; ".join(str(reason[-1]) for reason in refused.args[0]) if refused.args and refused.args[0] else "no reason given"
    subject = credentials.certificate.subject.rfc4514_string() or "no subject"
    remedy = "Use a key of RSA-2048 or more, or ECDSA P-256, signed with SHA-256, and the key that belongs to the certificate."
    return Finding(
        "tls-refused", credentials.source or subject, f"OpenSSL refuses the certificate of {subject}: {reasons}.", remedy
    )
