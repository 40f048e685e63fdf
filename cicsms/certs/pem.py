"""Certificates and keys as PEM text, and back."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)


def of_certificates(certificates: Sequence[x509.Certificate]) -> bytes:
    """Write certificates one after the other."""
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)


def of_key(key: PrivateKeyTypes) -> bytes:
    """Write a private key, unencrypted, as PKCS#8."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def key_of(pem: bytes) -> PrivateKeyTypes:
    """Read an unencrypted private key; raises ``ValueError`` or ``TypeError`` (encrypted) where there is none."""
    return load_pem_private_key(pem, None)


def fits(certificate: x509.Certificate, key: PrivateKeyTypes) -> bool:
    """Tell whether the private key belongs to the certificate."""
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return certificate.public_key().public_bytes(*form) == key.public_key().public_bytes(*form)
