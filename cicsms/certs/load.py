"""Certificates and keys from files for a check: whatever a file holds becomes certificates or findings, never an error."""

from __future__ import annotations

import re
import ssl
import warnings
from collections.abc import Iterator
from pathlib import Path

from attrs import field, frozen
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from cicsms.certs import pem
from cicsms.certs.facts import HOSTILE
from cicsms.certs.verdict import CertFinding, Severity

_BLOCK = re.compile(rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----.*?-----END (?:X509 |TRUSTED )?CERTIFICATE-----", re.DOTALL)
_LIMIT = 8 * 2**20
_MOST = 300
"""More certificates than this in one file are left out: no chain has them, and every peer would give up."""


@frozen
class Loaded:
    """The certificates of a file, in order, and what is wrong with it."""

    certificates: tuple[x509.Certificate, ...] = ()
    findings: tuple[CertFinding, ...] = ()


@frozen
class LoadedList:
    """A revocation list and what is wrong with its file."""

    crl: x509.CertificateRevocationList | None = None
    findings: tuple[CertFinding, ...] = ()


@frozen
class LoadedKey:
    """A private key and what is wrong with its file."""

    key: PrivateKeyTypes | None = field(default=None, repr=False)
    findings: tuple[CertFinding, ...] = ()


def certificates(path: Path) -> Loaded:
    """Read every certificate of a PEM file."""
    try:
        content = _content(path)
    except OSError as wrong:
        return Loaded(
            findings=(_fault("INPUT-NO-CERT", f"{path} can't be read: {wrong.strerror}.", "Check path and permissions."),)
        )
    blocks = _BLOCK.findall(content)
    if not blocks:
        return Loaded(findings=(_nothing(path, content),))
    found: list[x509.Certificate] = []
    findings: list[CertFinding] = []
    for place, block in enumerate(blocks[:_MOST], 1):
        one = _parsed(block)
        if isinstance(one, x509.Certificate):
            found.append(one)
        else:
            said = f"Certificate {place} of {path} can't be read: {one}."
            findings.append(_fault("INPUT-UNPARSABLE", said, "Export it again as PEM."))
    if len(blocks) > _MOST:
        said = f"{path} holds {len(blocks)} certificates; only the first {_MOST} were looked at."
        findings.append(_fault("INPUT-UNPARSABLE", said, "Name a file with the chain alone."))
    return Loaded(tuple(found), tuple(findings))


def key(path: Path) -> LoadedKey:
    """Read a private key; a file that others may read is a warning."""
    try:
        content = _content(path)
        mode = path.stat().st_mode
    except OSError as wrong:
        return LoadedKey(
            findings=(_fault("KEY-MISSING", f"{path} can't be read: {wrong.strerror}.", "Check path and permissions."),)
        )
    findings = tuple(_readable(path, mode))
    try:
        return LoadedKey(pem.key_of(content), findings)
    except TypeError:
        remedy = f"Store it without a password, readable by the server only: openssl pkey -in '{path}' -out server.key"
        return LoadedKey(findings=(_fault("KEY-ENCRYPTED", f"The key in {path} is encrypted.", remedy), *findings))
    except HOSTILE:
        said = f"There is no private key in {path} that can be read."
        return LoadedKey(findings=(_fault("KEY-MISSING", said, "Name a file with a PEM private key."), *findings))


def revocation_list(path: Path) -> LoadedList:
    """Read a revocation list, PEM or DER as CAs publish it."""
    try:
        content = _content(path)
        pem_form = b"-----BEGIN X509 CRL-----" in content
        return LoadedList((x509.load_pem_x509_crl if pem_form else x509.load_der_x509_crl)(content))
    except OSError as wrong:
        said = f"{path} can't be read: {wrong.strerror}."
    except HOSTILE:
        said = f"There is no revocation list in {path}."
    return LoadedList(findings=(_fault("INPUT-UNPARSABLE", said, "Name a file with a revocation list (CRL)."),))


def system_anchors() -> tuple[x509.Certificate, ...]:
    """Return what the operating system trusts; nothing where it keeps no file of it."""
    cafile = ssl.get_default_verify_paths().cafile
    if not cafile:
        return ()
    found = (_parsed(block) for block in _BLOCK.findall(Path(cafile).read_bytes()))
    return tuple(one for one in found if isinstance(one, x509.Certificate))


def _parsed(block: bytes) -> x509.Certificate | str:
    """Read one PEM block, or say why it can't be."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # cryptography warns of odd serial numbers; SERIAL-BAD says so
        try:
            return x509.load_pem_x509_certificate(block)
        except HOSTILE as wrong:
            return " ".join(str(wrong).split())[:120]


def _content(path: Path) -> bytes:
    """Read a file, not without end."""
    with path.open("rb") as file:
        return file.read(_LIMIT)


def _nothing(path: Path, content: bytes) -> CertFinding:
    """Say what a file without PEM certificates holds."""
    if content[:1] != b"\x30":
        return _fault("INPUT-NO-CERT", f"There is no certificate in {path}.", "Name a PEM file: -----BEGIN CERTIFICATE-----.")
    try:
        x509.load_der_x509_certificate(content)
    except HOSTILE:
        remedy = f"Convert it: openssl pkcs12 -in '{path}' -nodes -out all.pem"
        return _fault("INPUT-DER-OR-PFX", f"{path} is a binary file, a PFX perhaps, not PEM.", remedy)
    remedy = f"Convert it: openssl x509 -inform DER -in '{path}' -out certificate.pem"
    return _fault("INPUT-DER-OR-PFX", f"{path} is a binary certificate (DER), not PEM.", remedy)


def _readable(path: Path, mode: int) -> Iterator[CertFinding]:
    """Warn of a key that others than its owner may read."""
    if mode & 0o077:
        said = f"Others than its owner may read the key in {path} (mode {mode & 0o777:o})."
        yield CertFinding("KEY-READABLE", Severity.WARNING, said, f"chmod 600 '{path}'")


def _fault(code: str, sentence: str, remedy: str) -> CertFinding:
    """Make an error about a file."""
    return CertFinding(code, Severity.ERROR, sentence, remedy)
