"""Whatever files hold, a check of them ends in findings."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from twisted.trial.unittest import SynchronousTestCase

from cicsms.certs import Verdict, load, pem
from cicsms.certs.draw import drawn
from cicsms.certs.files import Files, check_files
from cicsms.certs.issue import issue
from cicsms.certs.recipe import recipe

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOST = "sms.example.test"


class FilesTests(SynchronousTestCase):
    """Files of a chain, its key and its anchors."""

    def setUp(self) -> None:
        """Write a sound chain."""
        self.made = issue(recipe(), hosts=[HOST, "192.0.2.1"], now=NOW)
        self.chain = self.file(pem.of_certificates(self.made.sent))
        self.trust = self.file(pem.of_certificates(self.made.trusted))
        self.key = self.file(pem.of_key(self.made.key), 0o600)

    def file(self, content: bytes, mode: int = 0o644) -> Path:
        """Write a file."""
        path = Path(self.mktemp())
        path.write_bytes(content)
        path.chmod(mode)
        return path

    def judge(
        self, *chain: Path, key: Path | None = None, names: tuple[str, ...] = (HOST,), trust: str = "", leg: str = ""
    ) -> Verdict:
        """Check files."""
        return check_files(Files(chain or (self.chain,), [trust or str(self.trust)], key), names=names, at=NOW, leg=leg)

    def test_sound(self) -> None:
        """A sound chain with its key has no finding, for each of its names, in one file or in two."""
        self.assertEqual(self.judge(key=self.key, names=(HOST, "192.0.2.1")).findings, ())
        parts = [self.file(pem.of_certificates([one])) for one in self.made.sent]
        self.assertEqual(self.judge(*parts).findings, ())
        self.assertEqual(self.judge(names=()).findings, ())

    def test_each_name(self) -> None:
        """Every name is judged; what is wrong for all of them is said once."""
        verdict = self.judge(names=(HOST, "other.test", "third.test"))
        self.assertEqual([finding.code for finding in verdict.findings], ["NAME-MISMATCH"] * 2)
        old = issue(recipe("leaf-expired"), hosts=[HOST, "b.test"], now=NOW)
        verdict = self.judge(
            self.file(pem.of_certificates(old.sent)),
            names=(HOST, "b.test"),
            trust=str(self.file(pem.of_certificates(old.trusted))),
        )
        self.assertEqual([finding.code for finding in verdict.findings], ["LEAF-EXPIRED"])

    def test_positions(self) -> None:
        """Findings name the file and the position over all files."""
        leaf, ca = (self.file(pem.of_certificates([one])) for one in self.made.sent)
        named = self.judge(leaf, ca, ca).findings[0].certificate
        assert named is not None
        self.assertEqual((named.position, named.file), (3, str(ca)))

    def test_no_pem(self) -> None:
        """What is no PEM is named by its kind, with the command that converts it."""
        pfx = serialize_key_and_certificates(
            b"x", self.made.made["server"].key, self.made.leaf, None, BestAvailableEncryption(b"x")
        )
        for content, code, remedy in (
            (b"", "INPUT-NO-CERT", "PEM"),
            (bytes(range(256)), "INPUT-NO-CERT", "PEM"),
            (self.made.leaf.public_bytes(Encoding.DER), "INPUT-DER-OR-PFX", "openssl x509"),
            (pfx, "INPUT-DER-OR-PFX", "openssl pkcs12"),
            (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "INPUT-UNPARSABLE", "PEM"),
        ):
            finding = self.judge(self.file(content)).findings[0]
            self.assertEqual(finding.code, code)
            self.assertIn(remedy, finding.remedy)
        self.assertEqual(self.judge(Path("nosuch")).findings[0].code, "INPUT-NO-CERT")

    def test_damaged_among_good(self) -> None:
        """A certificate that can't be read does not hide what is wrong with the others."""
        damaged = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        verdict = self.judge(self.file(pem.of_certificates(self.made.sent) + damaged), names=("other.test",))
        self.assertEqual(verdict.codes(), {"INPUT-UNPARSABLE", "NAME-MISMATCH"})

    def test_huge(self) -> None:
        """A bundle of thousands is cut, and said to be."""
        verdict = self.judge(self.file(pem.of_certificates(self.made.sent) * 200))
        self.assertIn("INPUT-UNPARSABLE", verdict.codes())

    def test_keys(self) -> None:
        """A key that is missing, encrypted, readable by others or another's is named."""
        form = (Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
        for path, code in (
            (Path("nosuch"), "KEY-MISSING"),
            (self.chain, "KEY-MISSING"),
            (self.file(self.made.key.private_bytes(*form)), "KEY-ENCRYPTED"),
            (self.file(pem.of_key(self.made.key), 0o644), "KEY-READABLE"),
            (self.file(pem.of_key(self.made.made["ca"].key)), "KEY-MISMATCH"),
        ):
            self.assertIn(code, self.judge(key=path).codes())

    def test_system(self) -> None:
        """The system's anchors do not know a private root, and brokers will not either."""
        if not load.system_anchors():
            return
        self.assertIn("ANCHOR-UNTRUSTED", self.judge(trust="system").codes())
        self.assertIn("ANCHOR-PRIVATE-ON-PUBLIC-LEG", self.judge(leg="mo-public").codes())
        self.assertTrue(self.judge(leg="mo-inner").ok)

    def test_drawing(self) -> None:
        """The drawing shows who signed whom, what is trusted, and what is missing."""
        whole = "\n".join(drawn(self.judge()))
        self.assertIn("CN=Server Group", whole)
        self.assertIn("trusted", whole)
        self.assertIn("Fit to go live", whole)
        leaf = self.file(pem.of_certificates(self.made.sent[:1]))
        broken = "\n".join(drawn(self.judge(leaf)))
        self.assertIn("CN=CIC CA   MISSING", broken)
        self.assertIn("11237", broken)
        self.assertIn("Not fit", broken)
