"""The verdict on a live host: what the probe saw, and the same check of the chain as for files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from attrs import evolve, frozen
from cryptography import x509

from cicsms.certs.chain import Case, Profile
from cicsms.certs.facts import read
from cicsms.certs.files import private_anchor, sorted_once, trusted_of
from cicsms.certs.judge import judge, leaf_of
from cicsms.certs.rules_probe import found
from cicsms.certs.served import Served
from cicsms.certs.verdict import CertFinding, Verdict


@frozen
class Asked:
    """What a host is held against: the name it must prove, the peers' anchors, whose rules, and the chain expected, if any."""

    name: str
    trust: Sequence[str]
    profile: Profile = Profile.PRIVATE
    public: bool = False
    expected: tuple[x509.Certificate, ...] | None = None
    crls: tuple[x509.CertificateRevocationList, ...] = ()


def judged(served: Served, asked: Asked, at: datetime) -> Verdict:
    """Judge every chain that was served, and what else was seen."""
    findings = list(found(served, asked.expected))
    verdicts = list(_chains(served, asked, at, findings))
    for verdict in verdicts:
        findings += verdict.findings
    first = verdicts[0] if verdicts else Verdict(())
    return evolve(first, findings=sorted_once(findings))


def _chains(served: Served, asked: Asked, at: datetime, findings: list[CertFinding]) -> Iterator[Verdict]:
    """Judge each chain once, wherever it is served."""
    trusted = trusted_of(asked.trust, findings)
    seen: set[tuple[x509.Certificate, ...]] = set()
    for one in served.addresses:
        chain = one.named.chain or (one.old.chain if one.old else ())
        if not chain or chain in seen:
            continue
        seen.add(chain)
        sent = tuple(read(certificate, place, one.address) for place, certificate in enumerate(chain, 1))
        case = Case(sent, leaf_of(sent), trusted, asked.name, at, asked.profile, crls=asked.crls)
        verdict = judge(case)
        findings += private_anchor(verdict, trusted) if asked.public else ()
        yield verdict
