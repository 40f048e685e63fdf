"""TLS files are refused in words before anything listens."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from twisted.trial.unittest import SynchronousTestCase

from cicsms.certs import pem
from cicsms.model.errors import Rejected
from cicsms.web.tls import read_certificates, read_credentials
from tests.web.handshake import chain


class FilesTests(SynchronousTestCase):
    """Reading certificate, key and chain."""

    def setUp(self) -> None:
        """Write the files of a sound chain."""
        self.made = chain()
        self.cert = self.file(pem.of_certificates(self.made.sent[:1]))
        self.chain = self.file(pem.of_certificates(self.made.sent[1:]))
        self.key = self.file(pem.of_key(self.made.key))

    def file(self, content: bytes) -> Path:
        """Write a file."""
        path = Path(self.mktemp())
        path.write_bytes(content)
        return path

    def rules(self, certificate: Path, key: Path, more: Path | None = None) -> list[str]:
        """Return the rules that the files break."""
        return [finding.rule for finding in self.assertRaises(Rejected, read_credentials, certificate, key, more).findings]

    def test_three_files_or_two(self) -> None:
        """A chain beside the certificate and a full chain in its file come to the same."""
        full = self.file(pem.of_certificates(self.made.sent))
        for found in (read_credentials(self.cert, self.key, self.chain), read_credentials(full, self.key)):
            self.assertEqual((found.certificate, found.chain), (self.made.leaf, self.made.sent[1:]))

    def test_missing(self) -> None:
        """Every file that is missing is named at once."""
        self.assertEqual(self.rules(Path("no1"), Path("no2"), Path("no3")), ["tls-file"] * 3)

    def test_other_key(self) -> None:
        """A key of another certificate is found without OpenSSL."""
        self.assertEqual(self.rules(self.cert, self.file(pem.of_key(chain().key))), ["tls-key-mismatch"])

    def test_encrypted_key(self) -> None:
        """An encrypted key comes with the command that decrypts it."""
        form = (Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
        path = self.file(self.made.key.private_bytes(*form))
        refused = self.assertRaises(Rejected, read_credentials, self.cert, path)
        self.assertEqual(refused.findings[0].rule, "tls-key-encrypted")
        self.assertIn("openssl pkey", refused.findings[0].remedy)

    def test_other_forms(self) -> None:
        """DER, PFX, empty, damaged and huge files are told apart from PEM, whichever of the files they are."""
        der = self.file(self.made.leaf.public_bytes(Encoding.DER))
        damaged = self.file(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        self.assertEqual(self.rules(der, self.key), ["tls-binary"])
        self.assertEqual(self.rules(self.file(b""), self.key), ["tls-certificate"])
        self.assertEqual(self.rules(damaged, self.key), ["tls-certificate"])
        self.assertEqual(self.rules(self.file(bytes(2**20 + 1)), self.key), ["tls-file"])
        self.assertEqual(self.rules(self.cert, self.cert), ["tls-key"])

    def test_anchors(self) -> None:
        """All certificates of a bundle are read."""
        self.assertEqual(read_certificates(self.file(pem.of_certificates(self.made.sent))), self.made.sent)

    def test_key_stays_out_of_repr(self) -> None:
        """Credentials that are printed show no key."""
        self.assertNotIn("PrivateKey", repr(read_credentials(self.cert, self.key)))
