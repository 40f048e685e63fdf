"""Make the certificates of a recipe: a pure function of recipe, hosts, moment and kind of key (and of fresh random keys)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address

from attrs import evolve, field, frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cicsms.certs.recipe import Recipe, Spec
from cicsms.model.errors import CicsmsError

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
EC = "ec-p256"
RSA = "rsa-2048"

_PURPOSES = {"serverAuth": ExtendedKeyUsageOID.SERVER_AUTH, "clientAuth": ExtendedKeyUsageOID.CLIENT_AUTH}
_USAGES = {
    "digitalSignature": "digital_signature",
    "nonRepudiation": "content_commitment",
    "keyEncipherment": "key_encipherment",
    "dataEncipherment": "data_encipherment",
    "keyAgreement": "key_agreement",
    "keyCertSign": "key_cert_sign",
    "cRLSign": "crl_sign",
}


class NotIssuable(CicsmsError):
    """What was asked for can't be put into a certificate."""


@frozen
class Made:
    """One certificate with its key."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)


@frozen
class Issued:
    """A chain that was made: what the server sends, what the peer trusts, the server's key, and the host to ask for."""

    recipe: Recipe
    made: Mapping[str, Made]
    asked: str

    @property
    def sent(self) -> tuple[x509.Certificate, ...]:
        """What the server sends, in order."""
        return tuple(self.made[name].certificate for name in self.recipe.sent)

    @property
    def trusted(self) -> tuple[x509.Certificate, ...]:
        """The peer's anchors."""
        return tuple(self.made[name].certificate for name in self.recipe.trusted)

    @property
    def leaf(self) -> x509.Certificate:
        """The server's own certificate."""
        return self.made["server"].certificate

    @property
    def key(self) -> PrivateKey:
        """The key that lies beside the server certificate."""
        return self.made[self.recipe.key].key


def issue(
    recipe: Recipe,
    *,
    hosts: Sequence[str],
    now: datetime,
    key: str = EC,
    days: float | None = None,
    kept: Mapping[str, Made] | None = None,
) -> Issued:
    """Make every certificate of the recipe for ``hosts`` (DNS names and IP addresses; the first is the subject).

    ``days`` replaces the life of the server certificate; ``kept`` holds certificates that are used as they are.
    """
    if not hosts:
        raise NotIssuable("A certificate needs at least one host name or address.")
    specs = dict(recipe.certificates)
    if days is not None:
        specs["server"] = evolve(specs["server"], until=days)
    made = dict(kept or {})
    keys = {
        name: made[name].key if name in made else _new_key(key if spec.key == "default" else spec.key)
        for name, spec in specs.items()
    }
    for name in _issuers_first(specs):
        if name not in made:
            spec = specs[name]
            issuer = (made[spec.issuer].certificate, keys[spec.issuer]) if spec.issuer != name else None
            made[name] = Made(_certificate(spec, keys[name], issuer, hosts, now.replace(microsecond=0)), keys[name])
    return Issued(recipe=recipe, made=made, asked=recipe.asked.replace("{host}", hosts[0]))


def _issuers_first(specs: Mapping[str, Spec]) -> list[str]:
    """Order the names so that whoever signs comes before what it signs."""
    order: list[str] = []
    while len(order) < len(specs):
        ready = [name for name in specs if name not in order and (specs[name].issuer in order or specs[name].issuer == name)]
        if not ready:
            raise NotIssuable("The recipe's issuers form a ring.")
        order += ready
    return order


def _new_key(kind: str) -> PrivateKey:
    """Make a key of a kind such as ``ec-p256`` or ``rsa-3072``."""
    if kind == EC:
        return ec.generate_private_key(ec.SECP256R1())
    family, _, bits = kind.partition("-")
    if family != "rsa" or not bits.isdigit() or not 1024 <= int(bits) <= 8192:
        raise NotIssuable(f"There is no key of the kind {kind!r}; write ec-p256 or, for example, rsa-2048.")
    return rsa.generate_private_key(65537, int(bits))


def _certificate(
    spec: Spec, key: PrivateKey, issuer: tuple[x509.Certificate, PrivateKey] | None, hosts: Sequence[str], now: datetime
) -> x509.Certificate:
    """Make one certificate and sign it."""
    subject = _subject(spec.subject.replace("{host}", hosts[0]))
    signer = issuer[1] if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=spec.since))
        .not_valid_after(now + timedelta(days=spec.until))
    )
    for extension, critical in _extensions(spec, key, signer, hosts, named=len(subject.rdns) > 0):
        builder = builder.add_extension(extension, critical)
    certificate = builder.sign(signer, hashes.SHA256())
    return _signed_with_sha1(certificate, signer) if spec.digest == "sha1" else certificate


def _subject(common_name: str) -> x509.Name:
    """Make a name of a common name; one that is too long for the field (64, RFC 5280) leaves the subject empty."""
    if not common_name or len(common_name) > 64:
        return x509.Name([])
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _extensions(
    spec: Spec, key: PrivateKey, signer: PrivateKey, hosts: Sequence[str], *, named: bool
) -> list[tuple[x509.ExtensionType, bool]]:
    """List the extensions of a certificate with their criticality (RFC 5280, 4.2.1)."""
    out: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(spec.authority, spec.pathlen if spec.authority else None), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False),
    ]
    if spec.usage:
        out.append((_usage(spec.usage), True))
    if spec.purposes:
        out.append((x509.ExtendedKeyUsage([_PURPOSES[purpose] for purpose in spec.purposes]), False))
    if spec.names:
        out.append((x509.SubjectAlternativeName(_names(spec, hosts)), not named))
    if spec.permitted:
        out.append((x509.NameConstraints([x509.DNSName(name) for name in spec.permitted], None), True))
    if spec.unknown:
        out.append((x509.UnrecognizedExtension(x509.ObjectIdentifier(spec.unknown), b"\x05\x00"), True))
    return out


def _usage(named: Sequence[str]) -> x509.KeyUsage:
    """Make a key usage of the names RFC 5280 gives its bits."""
    bits = {argument: name in named for name, argument in _USAGES.items()}
    return x509.KeyUsage(**bits, encipher_only=False, decipher_only=False)


def _names(spec: Spec, hosts: Sequence[str]) -> list[x509.GeneralName]:
    """Make the alternative names, with the hosts in the place kept for them."""
    texts: list[str] = []
    for name in spec.names:
        texts += hosts if name == "{hosts}" else [name.replace("{host}", hosts[0])]
    return [general_name(text) for text in dict.fromkeys(texts)]


def general_name(text: str) -> x509.GeneralName:
    """Make an alternative name of an IP address, an e-mail address or a DNS name (international ones as A-labels)."""
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        pass
    try:
        if "@" in text:
            return x509.RFC822Name(text)
        return x509.DNSName(text if text.isascii() else text.encode("idna").decode("ascii"))
    except ValueError as wrong:
        raise NotIssuable(f"{text!r} is neither a host name nor an address: {wrong}") from wrong


_SHA256_WITH_RSA = bytes.fromhex("2a864886f70d01010b")
_SHA1_WITH_RSA = bytes.fromhex("2a864886f70d010105")


def _signed_with_sha1(certificate: x509.Certificate, signer: PrivateKey) -> x509.Certificate:
    """Sign again with SHA-1, which cryptography no longer does: for RSA only the last byte of the algorithm's OID differs."""
    if not isinstance(signer, rsa.RSAPrivateKey):
        raise NotIssuable("A SHA-1 signature needs an RSA issuer.")
    body = certificate.tbs_certificate_bytes.replace(_SHA256_WITH_RSA, _SHA1_WITH_RSA)
    signature = signer.sign(body, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303  the fault this recipe is there to show
    whole = certificate.public_bytes(Encoding.DER).replace(certificate.tbs_certificate_bytes, body)
    whole = whole.replace(_SHA256_WITH_RSA, _SHA1_WITH_RSA).replace(certificate.signature, signature)
    return x509.load_der_x509_certificate(whole)
