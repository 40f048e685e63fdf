"""Every fault of a chain is named, a sound chain is clean, and nothing that certificates can hold raises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from time import perf_counter
from typing import Any

from attrs import evolve
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.certs import Severity, Verdict, check
from cicsms.certs.chain import Case
from cicsms.certs.facts import read
from cicsms.certs.issue import Issued, issue
from cicsms.certs.judge import judge, leaf_of
from cicsms.certs.recipe import recipe, recipes

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOST = "sms.example.test"


def made(fault: str = "sound", **leaf: Any) -> Issued:
    """Make a chain, with changes of the server certificate."""
    drawn = recipe(fault)
    changed = evolve(drawn.certificates["server"], **leaf)
    return issue(evolve(drawn, certificates={**drawn.certificates, "server": changed}), hosts=[HOST], now=NOW)


def judged(chain: Issued, hostname: str | None = HOST, **more: Any) -> Verdict:
    """Judge a chain whose server certificate comes first."""
    fields = {"trusted": chain.trusted, "intermediates": chain.sent[1:], "leaf": chain.leaf, "hostname": hostname, "at": NOW}
    return check(**{**fields, **more})


def sent(chain: Issued) -> Verdict:
    """Judge a chain as it is sent, with its key."""
    facts = tuple(read(one, place) for place, one in enumerate(chain.sent, 1))
    trusted = tuple(read(one) for one in chain.trusted)
    return judge(Case(facts, leaf_of(facts), trusted, chain.asked, NOW, key=chain.key))


class FaultTests(SynchronousTestCase):
    """The one-fault chains."""

    def test_sound(self) -> None:
        """The sound chain has no finding, under either profile's rules but for its length of life, and takes milliseconds."""
        begun = perf_counter()
        verdict = sent(made())
        self.assertLess(perf_counter() - begun, 0.5)
        self.assertTrue(verdict.ok)
        self.assertEqual(verdict.findings, ())
        self.assertEqual((len(verdict.path), verdict.complete, verdict.openssl), (3, True, ""))
        self.assertEqual(judged(made(), profile="public").codes(), {"LIFETIME-TOO-LONG"})

    def test_all_named(self) -> None:
        """Each of the 31 faults is flagged and named, with a remedy and the certificate at fault."""
        for name, one in recipes().items():
            if not one.finding:
                continue
            findings = {finding.code: finding for finding in sent(made(name)).findings}
            self.assertIn(one.finding, findings, name)
            self.assertTrue(findings[one.finding].remedy)
            self.assertIsNotNone(findings[one.finding].certificate)

    def test_no_noise(self) -> None:
        """Nothing but the fault is an error, and only the root in the wrong place is worth a second word."""
        for name, one in recipes().items():
            verdict = sent(made(name))
            others = verdict.codes() - {one.finding}
            self.assertEqual(others, {"CHAIN-ROOT-SENT"} if name == "root-before-ca" else set(), name)

    def test_certificate_at_fault(self) -> None:
        """The finding names the certificate at fault by subject, serial and position."""
        chain = made("ca-expired")
        named = sent(chain).findings[0].certificate
        assert named is not None
        self.assertEqual((named.subject, named.position, int(named.serial, 16)), ("CN=CIC CA", 2, chain.sent[1].serial_number))

    def test_broker_codes(self) -> None:
        """The code a broker would report stands beside the finding."""
        for name, code in {"no-san": "11235", "leaf-expired": "11236", "untrusted-root": "11237", "rsa-1024": "11220"}.items():
            self.assertEqual(sent(made(name)).findings[0].broker_code, code)

    def test_many_at_once(self) -> None:
        """Several faults of one chain are all named."""
        chain = made("ca-expired", names=("other.example.test",), purposes=("clientAuth",), key="rsa-1024")
        self.assertLessEqual(
            {"INTERMEDIATE-EXPIRED", "NAME-MISMATCH", "EKU-NO-SERVERAUTH", "KEY-WEAK-RSA"}, judged(chain).codes()
        )


class NameTests(SynchronousTestCase):
    """Names and what they prove."""

    def codes(self, names: tuple[str, ...], host: str | None = HOST, subject: str = "") -> set[str]:
        """Judge a certificate with these names."""
        return set(judged(made(names=names, subject=subject or (names[0] if names else "x")), host).codes())

    def test_proved(self) -> None:
        """Exact names, wildcards of one label, addresses and international names are proved, whatever the spelling."""
        for names, host in (
            ((HOST,), "SMS.Example.Test."),
            (("*.example.test",), HOST),
            (("192.0.2.1",), "192.0.2.1"),
            (("2001:db8::1",), "2001:DB8:0::1"),
            (
                ("b\N{LATIN SMALL LETTER U WITH DIAERESIS}ro.example.test",),
                "b\N{LATIN SMALL LETTER U WITH DIAERESIS}ro.example.test",
            ),
        ):
            self.assertEqual(self.codes(names, host), set(), host)

    def test_missed(self) -> None:
        """Each way of missing the host has a name of its own."""
        for names, host, code in (
            (("other.test",), HOST, "NAME-MISMATCH"),
            (("example.test",), HOST, "NAME-MISMATCH"),
            (("*.sms.example.test",), HOST, "NAME-MISMATCH"),
            (("*.test",), HOST, "NAME-WILDCARD-DEPTH"),
            (("192.0.2.1",), HOST, "NAME-MISMATCH"),
            ((HOST,), "192.0.2.1", "NAME-MISMATCH"),
            (("a@b.test",), HOST, "NAME-NO-SAN"),
            ((), HOST, "NAME-NO-SAN"),
            (("a.*.test",), HOST, "NAME-BAD-PATTERN"),
        ):
            self.assertIn(code, self.codes(names, host), (names, host))

    def test_address_as_name(self) -> None:
        """An address written as a DNS name proves nothing."""
        chain = made()
        builder = _like(chain, x509.SubjectAlternativeName([x509.DNSName("192.0.2.1")]))
        self.assertIn("NAME-IP-AS-DNS", judged(chain, "192.0.2.1", leaf=builder).codes())

    def test_odd_but_proved(self) -> None:
        """A bad pattern beside a good name, a wildcard too broad and a common name apart are warnings."""
        self.assertEqual(self.codes((HOST, "a.*.test")), {"NAME-BAD-PATTERN"})
        self.assertEqual(self.codes((HOST, "*.test")), {"NAME-WILDCARD-TOO-BROAD"})
        self.assertEqual(self.codes((HOST,), subject="old.example.test"), {"NAME-CN-NOT-IN-SAN"})
        self.assertTrue(judged(made(names=(HOST, "a.*.test"))).ok)

    def test_any_name(self) -> None:
        """Without a host to ask for, everything else is judged."""
        self.assertTrue(judged(made(names=("*.other.test",), subject="x"), None).ok)
        self.assertFalse(judged(made("leaf-expired"), None).ok)

    def test_no_host(self) -> None:
        """A host that can be none is never proved."""
        for host in ("", "a..b", "x" * 300, "*.example.test", "\0"):
            self.assertFalse(judged(made(), host).ok, host)


class UseTests(SynchronousTestCase):
    """Extensions, keys and serial numbers that recipes do not make."""

    def code(self, *extensions: x509.ExtensionType, **more: Any) -> set[str]:
        """Judge a server certificate with these extensions in place of the sound ones."""
        chain = made()
        return set(judged(chain, leaf=_like(chain, *extensions, **more)).codes())

    def test_must_staple(self) -> None:
        """A certificate that demands stapling is an error."""
        self.assertEqual(self.code(x509.TLSFeature([x509.TLSFeatureType.status_request])), {"MUST-STAPLE"})

    def test_purposes(self) -> None:
        """No purpose, any purpose, and a client's purpose from a public CA are named."""
        self.assertEqual(self.code(drop=x509.ExtendedKeyUsage), {"EKU-MISSING"})
        self.assertIn("EKU-ANY", self.code(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])))
        both = made(purposes=("serverAuth", "clientAuth"))
        self.assertIn("EKU-CLIENTAUTH-PUBLIC", judged(both, profile="public").codes())
        self.assertNotIn("EKU-CLIENTAUTH-PUBLIC", judged(both).codes())

    def test_identifiers(self) -> None:
        """A missing authority key identifier is named."""
        self.assertIn("ID-NO-AKI", self.code(drop=x509.AuthorityKeyIdentifier))

    def test_keys(self) -> None:
        """DSA keys, odd curves and odd RSA sizes are named."""
        self.assertIn("KEY-DSA", self.code(key=dsa.generate_private_key(2048)))
        self.assertIn("KEY-WEAK-CURVE", self.code(key=ec.generate_private_key(ec.SECP224R1())))
        self.assertIn("KEY-WEAK-RSA", self.code(key=rsa.generate_private_key(65537, 2052)))

    def test_wrong_signature(self) -> None:
        """A signature that does not fit, where name and key id do, is told from a re-issued CA."""
        chain = made()
        der = bytearray(chain.leaf.public_bytes(Encoding.DER))
        der[-1] ^= 1
        self.assertIn("SIG-INVALID", judged(chain, leaf=x509.load_der_x509_certificate(bytes(der))).codes())

    def test_constraints(self) -> None:
        """Excluded names and addresses outside a permitted network are violations."""
        for rules in (
            x509.NameConstraints(None, [x509.DNSName("example.test")]),
            x509.NameConstraints([x509.IPAddress(ip_network("192.0.2.0/24"))], None),
        ):
            chain = made(names=(HOST, "198.51.100.1"))
            root, ca = chain.made["root"], chain.made["ca"]
            bound = _like(chain, rules, of=ca.certificate, key=ca.key, by=root.key, critical=True)
            self.assertIn("NC-VIOLATION", judged(chain, intermediates=[bound]).codes())

    def test_marks(self) -> None:
        """Extensions wrongly marked critical, or not, are named, on the server certificate and on CAs."""
        chain = made()
        names = x509.SubjectAlternativeName([x509.DNSName(HOST)])
        self.assertIn("EXT-CRITICALITY", judged(chain, leaf=_like(chain, names, critical=True)).codes())
        self.assertIn("EXT-CRITICALITY", self.authority(x509.BasicConstraints(True, 0)))

    def authority(self, *extensions: x509.ExtensionType, **more: Any) -> set[str]:
        """Judge a chain whose CIC CA has these extensions in place of the sound ones."""
        chain = made()
        root, ca = chain.made["root"], chain.made["ca"]
        changed = _like(chain, *extensions, of=ca.certificate, key=ca.key, by=root.key, **more)
        return set(judged(chain, intermediates=[changed]).codes())

    def test_authorities(self) -> None:
        """What CAs lack or forbid is named."""
        self.assertEqual(self.authority(drop=x509.KeyUsage), {"CA-NO-KEYCERTSIGN"})
        self.assertEqual(self.authority(drop=x509.BasicConstraints), {"CA-NOT-CA"})
        self.assertEqual(self.authority(drop=x509.SubjectKeyIdentifier), {"ID-NO-SKI"})
        self.assertEqual(self.authority(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])), {"CA-EKU-EXCLUDES"})
        self.assertEqual(self.authority(x509.NameConstraints([x509.DNSName("example.test")], None)), {"NC-NOT-CRITICAL"})

    def test_verifiers_word(self) -> None:
        """What only the verifier objects to is an error in its words."""
        constraints = x509.NameConstraints([x509.DNSName("example.test")], None)
        chain = made()
        verdict = judged(chain, leaf=_like(chain, constraints, critical=True))
        self.assertEqual(verdict.codes(), {"PATH-REFUSED"})
        self.assertIn("prohibited extension", verdict.findings[0].sentence)

    def test_key(self) -> None:
        """The key may be given; one that does not fit is an error though the path is sound."""
        chain = made()
        self.assertTrue(judged(chain, key=chain.key).ok)
        self.assertEqual(judged(chain, key=made().key).codes(), {"KEY-MISMATCH"})


class ChainTests(SynchronousTestCase):
    """Paths and anchors."""

    def test_no_anchor(self) -> None:
        """Without anchors nothing is accepted, and that is what is said."""
        self.assertIn("ANCHOR-NONE", judged(made(), trusted=[]).codes())

    def test_pinned(self) -> None:
        """A self-signed certificate that is trusted itself is at most a warning of its own kind."""
        chain = made("self-signed")
        self.assertIn("LEAF-SELF-SIGNED", judged(chain, trusted=[chain.leaf]).codes())

    def test_cross_signed(self) -> None:
        """A CA that two roots signed is used along the path that holds; the other is for the record.

        OpenSSL does not go back from a wrong turn, which is a warning.
        """
        chain, other = made(), made()
        ca = chain.made["ca"]
        cross = _like(chain, of=ca.certificate, key=ca.key, by=other.made["root"].key)
        for intermediates in ([cross, chain.sent[1]], [chain.sent[1], cross]):
            verdict = judged(chain, intermediates=intermediates)
            self.assertTrue(verdict.ok)
            self.assertLessEqual(verdict.codes(), {"CHAIN-ALTERNATE-PATH", "CHAIN-ORDER", "VERIFIERS-DISAGREE"})

    def test_loop(self) -> None:
        """CAs that sign each other end in a verdict, in good time."""
        chain = made()
        names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"CA {n % 3}")]) for n in range(200)]
        key = ec.generate_private_key(ec.SECP256R1())
        ring = [_ca(names[n], names[n + 1], key, n + 1) for n in range(199)]
        leaf = _like(chain, issuer=names[0], by=key)
        begun = perf_counter()
        self.assertFalse(judged(chain, leaf=leaf, intermediates=ring).ok)
        self.assertLess(perf_counter() - begun, 5)

    def test_dates(self) -> None:
        """The moment decides."""
        chain = made()
        for days, code in ((-2, "LEAF-NOT-YET-VALID"), (340, "EXPIRES-SOON"), (366, "LEAF-EXPIRED"), (9000, "ANCHOR-EXPIRED")):
            self.assertIn(code, judged(chain, at=NOW + timedelta(days=days)).codes())

    def test_json(self) -> None:
        """A verdict as JSON carries what the text does."""
        found = sent(made("no-san")).as_json()
        self.assertFalse(found["ok"])
        finding = found["findings"][0]
        self.assertEqual((finding["code"], finding["severity"], finding["certificate"]["position"]), ("NAME-NO-SAN", "ERROR", 1))
        self.assertTrue(finding["sentence"])
        self.assertTrue(finding["remedy"])


class HostileTests(SynchronousTestCase):
    """Certificates that nobody would make on purpose."""

    chain = made()
    der = chain.leaf.public_bytes(Encoding.DER)
    ca = chain.sent[1].public_bytes(Encoding.DER)

    @given(st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), min_size=1, max_size=4), st.booleans())
    def test_never_raises(self, changes: list[tuple[int, int]], authority: bool) -> None:
        """Whatever bytes of a certificate are changed, if it parses at all there is a verdict, and never a yes to a forgery."""
        der = bytearray(self.ca if authority else self.der)
        for place, value in changes:
            der[place % len(der)] = value
        try:
            hostile = x509.load_der_x509_certificate(bytes(der))
        except (ValueError, x509.InvalidVersion):
            return
        changed = {"intermediates": [hostile]} if authority else {"leaf": hostile}
        verdict = judged(self.chain, **changed)
        if bytes(der) not in (self.ca, self.der):
            self.assertFalse(verdict.ok)
        for finding in verdict.findings:
            self.assertIsInstance(finding.severity, Severity)
            self.assertTrue(finding.as_json()["sentence"].isprintable())


def _like(
    chain: Issued,
    *extensions: x509.ExtensionType,
    drop: type | None = None,
    of: Any = None,
    key: Any = None,
    by: Any = None,
    issuer: x509.Name | None = None,
    critical: bool = False,
) -> x509.Certificate:
    """Make a certificate like another (the server's unless told), with some extensions replaced, added or dropped."""
    model: x509.Certificate = of or chain.leaf
    signer = by or chain.made["ca"].key
    key = key or chain.made["server"].key
    builder = (
        x509.CertificateBuilder(
            model.issuer if issuer is None else issuer, model.subject, key.public_key(), x509.random_serial_number()
        )
        .not_valid_before(model.not_valid_before_utc)
        .not_valid_after(model.not_valid_after_utc)
    )
    replaced = {one.oid for one in extensions} | ({drop.oid} if drop else set()) | {x509.AuthorityKeyIdentifier.oid}  # type: ignore[attr-defined]
    for old in model.extensions:
        if old.oid not in replaced:
            builder = builder.add_extension(old.value, old.critical)
    if drop is not x509.AuthorityKeyIdentifier:
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False)
    for one in extensions:
        builder = builder.add_extension(one, critical)
    return builder.sign(signer, hashes.SHA256())


def _ca(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, serial: int) -> x509.Certificate:
    """Make a bare CA."""
    return (
        x509.CertificateBuilder(issuer, subject, key.public_key(), serial)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=400))
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, hashes.SHA256())
    )
