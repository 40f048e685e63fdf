"""The folder of an issued chain: keeps what is valid, renews what is not, and never writes over a file it did not make."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from attrs import frozen
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from cicsms.certs import pem
from cicsms.certs.issue import EC, Issued, Made, general_name, issue
from cicsms.certs.recipe import SOUND, Recipe, recipe
from cicsms.model.errors import Finding, Rejected

RENEW_BEFORE = timedelta(days=30)
"""A server certificate that expires sooner than this is renewed."""
MANIFEST = "issued.json"
_SECRET = frozenset({"server.key", "ca.key"})


@frozen
class Outcome:
    """What was done in a folder: one sentence for each file, and whether any was written."""

    said: tuple[str, ...]
    wrote: bool


def provide(
    folder: Path, *, hosts: Sequence[str], now: datetime, key: str = EC, days: float | None = None, fault: str = SOUND
) -> Outcome:
    """Make sure that ``folder`` holds a valid chain for ``hosts``; one with a fault is always made anew.

    Raises ``Rejected`` where a file of another origin is in the way.
    """
    wanted = recipe(fault)
    if fault == SOUND and _still_good(folder, hosts, now, key):
        return Outcome((f"Kept {folder}: the chain is valid for {', '.join(hosts)}.",), wrote=False)
    kept = _authority(folder, wanted, now, days) if fault == SOUND else {}
    issued = issue(wanted, hosts=hosts, now=now, key=key, days=days, kept=kept)
    contents = _contents(issued, with_authority=fault == SOUND)
    stale = () if "ca.key" in contents else ("ca.key",)
    _write(folder, contents, stale)
    first = f"Renewed the server certificate under the CIC CA of {folder}." if kept else f"Issued a new chain: {wanted.title}"
    return Outcome((first, *(f"Wrote {folder / name}." for name in contents)), wrote=True)


def _contents(issued: Issued, *, with_authority: bool) -> dict[str, bytes]:
    """Lay the chain out as files."""
    files = {
        "server.key": pem.of_key(issued.key),
        "server.pem": pem.of_certificates(issued.sent[:1]),
        "chain.pem": pem.of_certificates(issued.sent[1:]),
        "fullchain.pem": pem.of_certificates(issued.sent),
        "trust.pem": pem.of_certificates(issued.trusted),
    }
    return files | ({"ca.key": pem.of_key(issued.made["ca"].key)} if with_authority else {})


def _still_good(folder: Path, hosts: Sequence[str], now: datetime, key: str) -> bool:
    """Tell whether the folder's chain serves these hosts for a while: names, dates, key and signatures."""
    try:
        server = x509.load_pem_x509_certificate((folder / "server.pem").read_bytes())
        chain = x509.load_pem_x509_certificates((folder / "fullchain.pem").read_bytes())
        sent = [server, *x509.load_pem_x509_certificates((folder / "chain.pem").read_bytes())]
        trusted = x509.load_pem_x509_certificates((folder / "trust.pem").read_bytes())
        private = pem.key_of((folder / "server.key").read_bytes())
    except (OSError, ValueError, TypeError):
        return False
    return (
        sent == chain
        and pem.fits(server, private)
        and _kind(server) == key
        and all(_verifies(host, server, chain[1:], trusted, now + RENEW_BEFORE) for host in hosts)
    )


def _verifies(
    host: str, leaf: x509.Certificate, chain: Sequence[x509.Certificate], trusted: Sequence[x509.Certificate], at: datetime
) -> bool:
    """Tell whether a peer accepts the chain for this host at this moment."""
    name = general_name(host)
    if not isinstance(name, x509.DNSName | x509.IPAddress):
        return False
    builder = PolicyBuilder().time(at.replace(tzinfo=None)).store(Store(list(trusted)))
    try:
        builder.build_server_verifier(name).verify(leaf, list(chain))
    except VerificationError:
        return False
    return True


def _kind(certificate: x509.Certificate) -> str:
    """Name the kind of key a certificate holds, as a recipe would."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"rsa-{key.key_size}"
    return EC if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1" else "other"


def _authority(folder: Path, wanted: Recipe, now: datetime, days: float | None) -> Mapping[str, Made]:
    """Return the root and the CIC CA of the folder where they still can sign a server certificate; else nothing."""
    try:
        ca = x509.load_pem_x509_certificate((folder / "chain.pem").read_bytes())
        root = x509.load_pem_x509_certificate((folder / "trust.pem").read_bytes())
        key = pem.key_of((folder / "ca.key").read_bytes())
        ca.verify_directly_issued_by(root)
    except (OSError, ValueError, TypeError, InvalidSignature):
        return {}
    life = wanted.certificates["server"].until if days is None else days
    if min(ca.not_valid_after_utc, root.not_valid_after_utc) < now + timedelta(days=life):
        return {}
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) or not pem.fits(ca, key):
        return {}
    return {"ca": Made(ca, key), "root": Made(root, key)}


def _write(folder: Path, contents: Mapping[str, bytes], stale: Sequence[str]) -> None:
    """Write the files, keys for their owner only, and remember their digests; refuse before the first if any is foreign."""
    known = _known(folder)
    _refuse_foreign(folder, [*contents, *stale], known)
    folder.mkdir(parents=True, exist_ok=True)
    digests = sorted(known | {sha256(content).hexdigest() for content in contents.values()})
    _replace(folder / MANIFEST, json.dumps({"written": digests}, indent=1).encode() + b"\n", 0o644)
    for name, content in contents.items():
        _replace(folder / name, content, 0o600 if name in _SECRET else 0o644)
    for name in stale:
        (folder / name).unlink(missing_ok=True)


def _refuse_foreign(folder: Path, names: Sequence[str], known: frozenset[str]) -> None:
    """Raise ``Rejected`` with every file in the way that was not written by this module."""
    found = [folder / name for name in names if (folder / name).exists()]
    foreign = [path for path in found if sha256(path.read_bytes()).hexdigest() not in known]
    if foreign:
        raise Rejected(
            [
                Finding(
                    "certs-foreign", str(path), "this file was not written by cicsms.", "Move it away, or name another folder."
                )
                for path in foreign
            ]
        )


def _known(folder: Path) -> frozenset[str]:
    """Return the digests of everything that was ever written into the folder."""
    try:
        return frozenset(json.loads((folder / MANIFEST).read_bytes())["written"])
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()


def _replace(path: Path, content: bytes, mode: int) -> None:
    """Put a file in place as a whole, never readable by others in between."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    beside.replace(path)
