"""Chains are made as their recipes say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.certs import pem
from cicsms.certs.issue import Issued, NotIssuable, issue
from cicsms.certs.recipe import NoRecipe, Recipe, Spec, recipe, recipes

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOSTS = ("sms.example.test", "127.0.0.1")


def made(name: str = "sound", key: str = "ec-p256") -> Issued:
    """Make the chain of a recipe for the hosts of this test."""
    return issue(recipe(name), hosts=HOSTS, now=NOW, key=key)


def accepted(chain: Issued, at: datetime = NOW) -> bool:
    """Tell whether cryptography's verifier accepts what the server sends, whatever comes first in it."""
    verifier = (
        PolicyBuilder()
        .time(at.replace(tzinfo=None))
        .store(Store(list(chain.trusted)))
        .build_server_verifier(x509.DNSName(chain.asked))
    )
    try:
        verifier.verify(chain.sent[0], list(chain.sent[1:]))
    except VerificationError:
        return False
    return True


class SoundChainTests(SynchronousTestCase):
    """The development chain."""

    def test_accepted(self) -> None:
        """A strict verifier accepts the sound chain, with either kind of key."""
        self.assertTrue(accepted(made()))
        self.assertTrue(accepted(made(key="rsa-2048")))

    def test_names(self) -> None:
        """Host names become DNS names, addresses become IP addresses; the first host is the subject."""
        chain = made()
        names = chain.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        self.assertEqual(names.get_values_for_type(x509.DNSName), ["sms.example.test"])
        self.assertEqual([str(ip) for ip in names.get_values_for_type(x509.IPAddress)], ["127.0.0.1"])
        self.assertEqual(chain.leaf.subject.rfc4514_string(), "CN=sms.example.test")

    def test_keys(self) -> None:
        """P-256 is the default, RSA comes on request, and every certificate has a key of its own."""
        self.assertIsInstance(made().key, ec.EllipticCurvePrivateKey)
        self.assertIsInstance(made(key="rsa-2048").key, rsa.RSAPrivateKey)
        self.assertEqual(len({pem.of_key(one.key) for one in made().made.values()}), 3)

    def test_long_host(self) -> None:
        """A host name too long for a common name leaves the subject empty and lives in the alternative names."""
        host = "a" * 60 + ".example.test"
        chain = issue(recipe(), hosts=[host], now=NOW)
        self.assertEqual(chain.leaf.subject.rfc4514_string(), "")
        self.assertTrue(accepted(chain))

    def test_refusals(self) -> None:
        """No host, a host that is none, and an unknown kind of key are refused in words."""
        for hosts, key in (([], "ec-p256"), (["x" * 80 + "\N{SNOWMAN}"], "ec-p256"), (HOSTS, "rsa-512"), (HOSTS, "dsa")):
            with self.assertRaises(NotIssuable):
                issue(recipe(), hosts=hosts, now=NOW, key=key)

    def test_keys_stay_out_of_repr(self) -> None:
        """A chain that is printed shows no private key."""
        self.assertNotIn("PrivateKey", repr(made()))

    def test_ring(self) -> None:
        """Issuers that sign each other are refused."""
        ring = {"a": Spec(subject="a", issuer="b"), "b": Spec(subject="b", issuer="a")}
        with self.assertRaises(NotIssuable):
            issue(Recipe("ring", "", "", "", ring, ("a",), ("b",), "a"), hosts=HOSTS, now=NOW)

    @given(st.integers(1, 3000))
    def test_days(self, days: int) -> None:
        """The server certificate lives as long as was asked for."""
        chain = issue(recipe(), hosts=HOSTS, now=NOW, days=days)
        self.assertEqual(chain.leaf.not_valid_after_utc, NOW + timedelta(days=days))


class FaultTests(SynchronousTestCase):
    """The one-fault chains."""

    # What cryptography's verifier does not see (measured): these need rules of our own.
    SILENT = frozenset(
        {
            *("no-digital-signature", "root-before-ca", "superfluous-ca", "leaf-twice", "root-sent", "ca-trusted"),
            *("rsa-1024", "key-mismatch", "expires-soon", "long-lifetime", "ca-expires-first"),
        }
    )

    def test_all(self) -> None:
        """There are 31 faults, each with a title and the code of its finding, no two alike."""
        faults = [one for one in recipes().values() if one.finding]
        self.assertEqual(len(faults), 31)
        self.assertEqual(len({one.finding for one in faults}), 31)
        self.assertEqual(len({one.title for one in faults}), 31)

    def test_refused(self) -> None:
        """Every chain whose fault a path verifier sees is refused by one, and the others pass it."""
        chains = {name: made(name) for name in recipes()}
        self.assertEqual({name for name, chain in chains.items() if accepted(chain)}, self.SILENT | {"sound"})

    def test_key_mismatch(self) -> None:
        """The key that lies beside the certificate is another one."""
        chain = made("key-mismatch")
        self.assertNotEqual(chain.key.public_key(), chain.leaf.public_key())

    def test_reissued(self) -> None:
        """The re-issued CA has the name of the one that signed, and another key."""
        chain = made("ca-reissued")
        self.assertEqual(chain.sent[1].subject, chain.leaf.issuer)
        self.assertNotEqual(chain.sent[1].public_key(), chain.made["earlier"].certificate.public_key())

    def test_sha1(self) -> None:
        """The SHA-1 certificate says so in both places that name the algorithm."""
        leaf = made("sha1").leaf
        self.assertEqual(leaf.signature_algorithm_oid.dotted_string, "1.2.840.113549.1.1.5")
        self.assertIn(bytes.fromhex("2a864886f70d010105"), leaf.tbs_certificate_bytes)

    def test_sha1_wants_rsa(self) -> None:
        """SHA-1 under an issuer without RSA is refused."""
        specs = {"server": Spec(subject="x", issuer="server", digest="sha1")}
        with self.assertRaises(NotIssuable):
            issue(Recipe("x", "", "", "", specs, ("server",), ("server",), "server"), hosts=HOSTS, now=NOW)

    def test_unknown(self) -> None:
        """A recipe that does not exist is refused with the names of those that do."""
        self.assertIn("no-san", str(self.assertRaises(NoRecipe, recipe, "nosuch")))
