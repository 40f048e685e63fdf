"""Revocation, by the lists that were given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from twisted.trial.unittest import SynchronousTestCase

from cicsms.certs import Verdict, check, load, pem
from cicsms.certs.files import Files, check_files
from cicsms.certs.issue import Issued, issue
from cicsms.certs.recipe import recipe

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOST = "sms.example.test"


def revocations(
    made: Issued, by: str = "ca", revoked: str = "", days: float = 7, key: str = ""
) -> x509.CertificateRevocationList:
    """Make the list of a CA, with one certificate of the chain on it, or none."""
    builder = x509.CertificateRevocationListBuilder(made.made[by].certificate.subject, NOW, NOW + timedelta(days=days))
    if days < 0:
        builder = x509.CertificateRevocationListBuilder(
            made.made[by].certificate.subject, NOW + timedelta(days=2 * days), NOW + timedelta(days=days)
        )
    if revoked:
        entry = x509.RevokedCertificateBuilder(made.made[revoked].certificate.serial_number, NOW - timedelta(days=1))
        builder = builder.add_revoked_certificate(
            entry.add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), False).build()
        )
    return builder.sign(made.made[key or by].key, hashes.SHA256())


class RevokedTests(SynchronousTestCase):
    """A sound chain and the lists of its CAs."""

    def setUp(self) -> None:
        """Make the chain."""
        self.made = issue(recipe(), hosts=[HOST], now=NOW)

    def judge(self, *crls: x509.CertificateRevocationList) -> Verdict:
        """Judge it."""
        sent, trusted = self.made.sent, self.made.trusted
        return check(trusted=trusted, intermediates=sent[1:], leaf=sent[0], hostname=HOST, at=NOW, crls=crls)

    def test_clean(self) -> None:
        """With both CAs' lists, and nothing on them, there is nothing to say."""
        self.assertEqual(self.judge(revocations(self.made), revocations(self.made, "root")).codes(), set())

    def test_revoked(self) -> None:
        """A certificate on its issuer's list is an error that names it and the reason; so is a CA."""
        verdict = self.judge(revocations(self.made, revoked="server"), revocations(self.made, "root"))
        (finding,) = verdict.findings
        self.assertEqual((finding.code, verdict.ok, finding.evidence), ("REVOKED", False, "reason: keyCompromise"))
        verdict = self.judge(revocations(self.made), revocations(self.made, "root", revoked="ca"))
        named = verdict.findings[0].certificate
        self.assertEqual((verdict.findings[0].code, named and named.subject), ("REVOKED", "CN=CIC CA"))

    def test_stale(self) -> None:
        """A list that is out of date, or by another key, is told; what is on an old one counts."""
        root = revocations(self.made, "root")
        self.assertEqual(self.judge(revocations(self.made, days=-1), root).codes(), {"CRL-STALE"})
        self.assertEqual(self.judge(revocations(self.made, days=-1, revoked="server"), root).codes(), {"CRL-STALE", "REVOKED"})
        self.assertEqual(self.judge(revocations(self.made, key="server", revoked="server"), root).codes(), {"CRL-STALE"})

    def test_none(self) -> None:
        """A CA without a list is told, where lists are given at all."""
        self.assertEqual(self.judge(revocations(self.made)).codes(), {"REVOCATION-NONE"})
        self.assertTrue(self.judge(revocations(self.made)).ok)

    def test_files(self) -> None:
        """Lists are read as PEM and as DER; what is none is told."""
        chain, trust = Path(self.mktemp()), Path(self.mktemp())
        chain.write_bytes(pem.of_certificates(self.made.sent))
        trust.write_bytes(pem.of_certificates(self.made.trusted))
        for form in (Encoding.PEM, Encoding.DER):
            path = Path(self.mktemp())
            path.write_bytes(revocations(self.made, revoked="server").public_bytes(form))
            verdict = check_files(Files([chain], [str(trust)], crls=[path]), names=[HOST], at=NOW)
            self.assertEqual(verdict.codes(), {"REVOKED", "REVOCATION-NONE"})
        for path in (chain, Path("nosuch")):
            self.assertEqual(load.revocation_list(path).findings[0].code, "INPUT-UNPARSABLE")
