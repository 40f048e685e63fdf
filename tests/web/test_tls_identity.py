"""What a node presents is judged before it listens: errors refuse, unless they are accepted or nothing is served."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from cicsms.certs import Severity
from cicsms.certs.folder import provide
from cicsms.model.errors import Rejected
from cicsms.model.settings import TlsSite
from cicsms.web.tls import Identity, read_identity

HOST = "sms.example.test"


class IdentityTests(SynchronousTestCase):
    """The identity of a node."""

    def folder(self, fault: str = "sound", host: str = HOST) -> Path:
        """Issue a chain into a folder."""
        folder = Path(self.mktemp())
        provide(folder, hosts=[host], now=datetime.now(UTC), fault=fault)
        return folder

    def pair(self, folder: Path) -> dict[str, Any]:
        """Name the files of a chain."""
        return {"certificate": folder / "fullchain.pem", "key": folder / "server.key"}

    def read(self, folder: Path, days: float = 0, serving: bool = True, **more: Any) -> Identity:
        """Read a node's identity, some days from now."""
        settings: Mapping[str, Any] = {**self.pair(folder), "trust": folder / "trust.pem", **more}
        return read_identity(TlsSite(**settings), datetime.now(UTC) + timedelta(days=days), serving=serving)

    def refused(self, folder: Path, **more: Any) -> list[str]:
        """Hold that an identity is refused, and return the rules."""
        return [one.rule for one in self.assertRaises(Rejected, self.read, folder, **more).findings]

    def test_sound(self) -> None:
        """A sound chain has nothing against it, and tells when its first member expires."""
        identity = self.read(self.folder(), names=[HOST])
        (judged,) = identity.certificates
        self.assertEqual((judged.name, judged.verdict.findings, dict(identity.by_name)), ("default", (), {}))
        assert judged.verdict.expires is not None
        self.assertEqual((judged.verdict.expires - datetime.now(UTC)).days, 364)

    def test_refused(self) -> None:
        """Errors refuse, with certificate and remedy and how to accept them; none hides another."""
        folder = self.folder("leaf-expired")
        error = self.assertRaises(Rejected, self.read, folder, names=["other.test"])
        self.assertEqual({one.rule for one in error.findings}, {"LEAF-EXPIRED", "NAME-MISMATCH"})
        self.assertIn('accept = ["LEAF-EXPIRED"]', str(error))
        self.assertIn("certificate 1: CN=sms.example.test", str(error))
        self.assertEqual(self.refused(self.folder("missing-intermediate")), ["CHAIN-MISSING-INTERMEDIATE"])
        self.assertEqual(self.refused(self.folder("untrusted-root")), ["ANCHOR-UNTRUSTED"])
        self.assertEqual(self.refused(self.folder(), days=400), ["LEAF-EXPIRED"])

    def test_accepted(self) -> None:
        """What the site file accepts is a warning."""
        identity = self.read(self.folder("self-signed"), accept=["LEAF-SELF-SIGNED"])
        (finding,) = identity.certificates[0].verdict.findings
        self.assertEqual((finding.code, finding.severity), ("LEAF-SELF-SIGNED", Severity.WARNING))

    def test_not_serving(self) -> None:
        """Where no broker calls by HTTPS, an expired chain stops nobody."""
        identity = self.read(self.folder("leaf-expired"), serving=False)
        self.assertEqual(identity.certificates[0].verdict.codes(), {"LEAF-EXPIRED"})

    def test_roots(self) -> None:
        """Callers' roots are told apart from those we trust; with none named, an unknown root is a warning."""
        folder, other = self.folder(), self.folder()
        self.assertEqual(self.refused(folder, trust=other / "trust.pem"), ["CHAIN-ISSUER-LOOKALIKE"])
        self.assertTrue(self.read(folder, trust=other / "trust.pem", roots=folder / "trust.pem"))
        (finding,) = self.read(folder, trust=None).certificates[0].verdict.findings
        self.assertEqual((finding.code, finding.severity), ("ANCHOR-UNTRUSTED", Severity.WARNING))

    def test_others(self) -> None:
        """Further certificates are judged for their own names, and found by them."""
        default, second = self.folder(), self.folder(host="b.example.test")
        roots = Path(self.mktemp())
        roots.write_bytes((default / "trust.pem").read_bytes() + (second / "trust.pem").read_bytes())
        identity = self.read(default, roots=roots, others=[self.pair(second)])
        self.assertEqual(list(identity.by_name), ["b.example.test"])
        named = {**self.pair(second), "names": ["C.example.test"]}
        self.assertEqual(self.refused(default, roots=roots, others=[named]), ["NAME-MISMATCH"])

    def test_switchover(self) -> None:
        """The other server of a pair that is not covered is a warning."""
        verdict = self.read(self.folder(), names=[HOST], switchover=["standby.example.test"]).certificates[0].verdict
        self.assertEqual((verdict.codes(), verdict.ok), ({"NAME-SWITCHOVER-UNCOVERED"}, True))

    def test_clients(self) -> None:
        """Whose certificates are demanded is read as it is compared; a bad file is refused with the others."""
        folder = self.folder()
        clients = {"trust": folder / "trust.pem", "names": ["Broker.Test"], "fingerprints": ["AA" * 32], "ports": [8443]}
        identity = self.read(folder, clients=clients)
        assert identity.clients is not None
        self.assertEqual(identity.clients.names, {"broker.test"})
        self.assertEqual(identity.clients.fingerprints, {b"\xaa" * 32})
        self.assertEqual((identity.clients.concern(8443), identity.clients.concern(443)), (True, False))
        bad = {**clients, "trust": folder / "server.key"}
        self.assertEqual(self.refused(folder, clients=bad, key=folder / "no.key"), ["tls-file", "tls-certificate"])
