"""The check of a chain: every rule, both verifiers, one verdict. Opens nothing, and never raises on a hostile certificate."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from attrs import evolve
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from cicsms.certs import rules_chain, rules_dates, rules_keys, rules_names, rules_revoked, rules_use
from cicsms.certs.chain import Case, Path, Profile, follow
from cicsms.certs.facts import Facts, read
from cicsms.certs.verdict import CertFinding, Link, Severity, Verdict
from cicsms.certs.verifiers import cryptographys, openssls

Rule = Callable[[Case, Path], Iterator[CertFinding]]
RULES: tuple[Rule, ...] = (
    *rules_chain.RULES,
    *rules_names.RULES,
    *rules_dates.RULES,
    *rules_use.RULES,
    *rules_keys.RULES,
    *rules_revoked.RULES,
)
"""Every rule, in the order findings of one severity are shown."""

# Where our own reading of these differs from the verifier's, its yes counts: ours becomes a warning.
_SETTLED = frozenset(
    {
        *("LEAF-EXPIRED", "LEAF-NOT-YET-VALID", "INTERMEDIATE-EXPIRED", "INTERMEDIATE-NOT-YET-VALID", "ANCHOR-EXPIRED"),
        *("EKU-NO-SERVERAUTH", "CA-NOT-CA", "CA-NO-KEYCERTSIGN", "CA-PATHLEN", "CA-EKU-EXCLUDES", "NC-VIOLATION"),
        *("NAME-MISMATCH", "NAME-NO-SAN", "NAME-WILDCARD-DEPTH", "NAME-BAD-PATTERN", "NAME-IP-AS-DNS"),
        *("EXT-UNKNOWN-CRITICAL", "SIG-WEAK", "SIG-INVALID", "CERT-NOT-V3"),
        *("CHAIN-MISSING-INTERMEDIATE", "CHAIN-ISSUER-LOOKALIKE", "ANCHOR-UNTRUSTED", "LEAF-SELF-SIGNED"),
    }
)
# What the verifier's words mean, where none of our rules called it an error.
_MEANT = (
    ("EE must not|cA must not be asserted|must not assert keyCertSign", "LEAF-IS-CA"),
    (r"2\.5\.29\.35: .*missing", "ID-NO-AKI"),
    (r"2\.5\.29\.14: .*missing", "ID-NO-SKI"),
    (r"2\.5\.29\.15: .*missing", "CA-NO-KEYCERTSIGN"),
    ("incorrect criticality|MUST NOT be critical|must be critical", "EXT-CRITICALITY"),
    ("unaccounted-for critical", "EXT-UNKNOWN-CRITICAL"),
    ("EKU", "EKU-ANY"),
    ("serial", "SERIAL-BAD"),
    ("name constraint", "NC-VIOLATION"),
    ("no matching subjectAltName", "NAME-MISMATCH"),
    ("signature algorithm", "SIG-WEAK"),
    ("public key algorithm", "KEY-WEAK-CURVE"),
    ("parsing|parse", "EXT-MALFORMED"),
)


def check(
    *,
    trusted: Iterable[x509.Certificate],
    intermediates: Iterable[x509.Certificate],
    leaf: x509.Certificate,
    hostname: str | None,
    at: datetime,
    profile: Profile | str = Profile.PRIVATE,
    key: PrivateKeyTypes | None = None,
    crls: Iterable[x509.CertificateRevocationList] = (),
) -> Verdict:
    """Judge a chain as a peer will that trusts ``trusted`` and asks for ``hostname`` (a DNS name, an IP address, or any name).

    ``intermediates`` are what is sent after the server certificate ``leaf``, in order. ``at`` is aware of its zone.
    Revocation is looked up in ``crls`` alone.
    """
    sent = tuple(read(one, place) for place, one in enumerate((leaf, *intermediates), 1))
    anchors = tuple(read(one) for one in trusted)
    return judge(Case(sent, sent[0], anchors, hostname, at, Profile(profile), key, crls=tuple(crls)))


def judge(case: Case) -> Verdict:
    """Judge a case: all rules on the path in use, corrected by the verifier whose word counts."""
    opinion = cryptographys(case)
    path = _taken(case, opinion.path) if opinion.path else follow(case)
    findings = [finding for rule in RULES for finding in rule(case, path)]
    findings = _accepted(findings) if opinion.path else _refused(path, findings, opinion.refusal)
    second = openssls(case)
    if opinion.path and second and not any(finding.severity is Severity.ERROR for finding in findings):
        findings += _disagreement(findings, second, case)
    ordered = sorted(findings, key=lambda finding: list(Severity).index(finding.severity))
    expires = min(member.until for member in path.members)
    return Verdict(tuple(ordered), tuple(_links(path)), path.anchored, second, expires)


def _taken(case: Case, certificates: Sequence[x509.Certificate]) -> Path:
    """Return the path the verifier took, as facts."""
    known = {one.certificate: one for one in (*reversed(case.sent), *case.trusted, case.leaf)}
    return Path(tuple(known[one] for one in certificates), anchored=True)


def _accepted(findings: Iterable[CertFinding]) -> list[CertFinding]:
    """Make warnings of the errors in which the verifier overrules us."""
    return [evolve(one, severity=Severity.WARNING) if one.code in _SETTLED and _is_error(one) else one for one in findings]


def _refused(path: Path, findings: list[CertFinding], refusal: str) -> list[CertFinding]:
    """Make sure that a refusal shows as an error: by raising the finding it means, or by one in the verifier's words."""
    if any(_is_error(one) for one in findings if one.code not in ("KEY-MISMATCH", "CHAIN-LEAF-NOT-FIRST", "REVOKED")):
        return findings
    meant = next((code for words, code in _MEANT if re.search(words, refusal)), "PATH-REFUSED")
    if any(one.code == meant for one in findings):
        return [evolve(one, severity=Severity.ERROR, evidence=refusal) if one.code == meant else one for one in findings]
    said = f"No path is acceptable: {refusal}."
    at_fault = path.authorities[0] if "candidates" in refusal and path.authorities else path.members[0]
    return [
        *findings,
        CertFinding(meant, Severity.ERROR, said, "Have the certificate at fault issued again.", at_fault.named, refusal),
    ]


def _disagreement(findings: Iterable[CertFinding], second: str, case: Case) -> list[CertFinding]:
    """Say that OpenSSL refuses what is accepted, unless a finding has said why already."""
    if any(one.code in ("ANCHOR-NOT-SELF-SIGNED", "ID-NO-AKI", "ID-NO-SKI") for one in findings):
        return []
    said = f"Peers that use OpenSSL will refuse the chain: {second}."
    return [CertFinding("VERIFIERS-DISAGREE", Severity.WARNING, said, "Ask what the peer uses, and try it.", case.leaf.named)]


def _links(path: Path) -> Iterator[Link]:
    """Give the path for drawing."""
    for member in path.members:
        yield Link(member.named, member.issuer_text, f"{member.until:%Y-%m-%d}", path.anchored and member is path.last)


def _is_error(finding: CertFinding) -> bool:
    """Tell an error."""
    return finding.severity is Severity.ERROR


def leaf_of(sent: Sequence[Facts]) -> Facts:
    """Find the server certificate in what is sent, in whatever order: the one that signed none of the others."""
    issuers = {one.issuer for one in sent if not one.self_issued}
    candidates = [one for one in sent if one.subject not in issuers and not _is_authority(one)] or [
        one for one in sent if not _is_authority(one)
    ]
    return candidates[0] if candidates else sent[0]


def _is_authority(one: Facts) -> bool:
    """Tell a CA."""
    basic = one.get(x509.BasicConstraints)
    return basic is not None and basic.ca
