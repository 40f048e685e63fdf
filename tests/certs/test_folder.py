"""The folder of an issued chain is kept, renewed, and never written over blindly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from twisted.trial.unittest import SynchronousTestCase

from cicsms.certs import pem
from cicsms.certs.folder import Outcome, provide
from cicsms.model.errors import Rejected

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOSTS = ("sms.example.test", "::1")


class FolderTests(SynchronousTestCase):
    """Issuing into a folder."""

    def setUp(self) -> None:
        """Name a fresh folder."""
        self.folder = Path(self.mktemp()) / "with a space"

    def provide(self, hosts: tuple[str, ...] = HOSTS, at: datetime = NOW, key: str = "ec-p256", fault: str = "sound") -> Outcome:
        """Issue into the folder."""
        return provide(self.folder, hosts=hosts, now=at, key=key, fault=fault)

    def content(self, name: str) -> bytes:
        """Read a file of the folder."""
        return (self.folder / name).read_bytes()

    def test_files(self) -> None:
        """All files are there, the full chain is the server certificate and the CIC CA, and keys are for their owner only."""
        self.assertTrue(self.provide().wrote)
        self.assertEqual(self.content("fullchain.pem"), self.content("server.pem") + self.content("chain.pem"))
        server = x509.load_pem_x509_certificate(self.content("server.pem"))
        self.assertTrue(pem.fits(server, pem.key_of(self.content("server.key"))))
        for name in ("server.key", "ca.key"):
            self.assertEqual((self.folder / name).stat().st_mode & 0o777, 0o600)

    def test_kept(self) -> None:
        """A second call writes nothing and says so."""
        self.provide()
        before = self.content("server.pem")
        again = self.provide()
        self.assertFalse(again.wrote)
        self.assertIn("Kept", again.said[0])
        self.assertEqual(self.content("server.pem"), before)

    def test_renewed_under_the_same_root(self) -> None:
        """A certificate near its end, or asked for another host, is renewed; peers need not import anything new."""
        self.provide()
        trust = self.content("trust.pem")
        for hosts, at in ((("other.example.test",), NOW), (("other.example.test",), NOW + timedelta(days=340))):
            before = self.content("server.pem")
            self.assertIn("Renewed", self.provide(hosts, at).said[0])
            self.assertNotEqual(self.content("server.pem"), before)
            self.assertEqual(self.content("trust.pem"), trust)

    def test_new_authority(self) -> None:
        """Where the CIC CA would expire before the server certificate, or its key is gone, the whole chain is new."""
        self.provide()
        trust = self.content("trust.pem")
        self.assertIn("new chain", self.provide(at=NOW + timedelta(days=3400)).said[0])
        self.assertNotEqual(self.content("trust.pem"), trust)
        (self.folder / "ca.key").unlink()
        self.assertIn("new chain", self.provide(("other.example.test",)).said[0])

    def test_other_key(self) -> None:
        """Asking for another kind of key renews the server certificate."""
        self.provide()
        self.assertTrue(self.provide(key="rsa-2048").wrote)
        self.assertFalse(self.provide(key="rsa-2048").wrote)

    def test_damaged(self) -> None:
        """A folder whose manifest is unreadable is foreign as a whole."""
        self.provide()
        (self.folder / "issued.json").write_text("[")
        with self.assertRaises(Rejected):
            self.provide(("other.example.test",))

    def test_foreign(self) -> None:
        """Files of another origin are all named and left alone."""
        self.folder.mkdir(parents=True)
        for name in ("server.pem", "server.key"):
            (self.folder / name).write_text("mine")
        refused = self.assertRaises(Rejected, self.provide)
        self.assertEqual(len(refused.findings), 2)
        self.assertEqual(self.content("server.pem"), b"mine")
        self.assertFalse((self.folder / "trust.pem").exists())

    def test_fault(self) -> None:
        """A chain with a fault is made anew each time, and leaves no authority key behind to renew under."""
        self.provide()
        self.assertTrue(self.provide(fault="no-san").wrote)
        self.assertTrue(self.provide(fault="no-san").wrote)
        self.assertFalse((self.folder / "ca.key").exists())
        self.assertIn("new chain", self.provide().said[0])
