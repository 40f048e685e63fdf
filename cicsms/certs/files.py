"""A check of files: the chain as it would be sent, the key beside it, the peer's anchors, and every name asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from attrs import evolve, frozen
from cryptography import x509

from cicsms.certs import load
from cicsms.certs.chain import Case, Profile
from cicsms.certs.facts import Facts, read
from cicsms.certs.judge import judge, leaf_of
from cicsms.certs.verdict import CertFinding, Severity, Verdict

SYSTEM = "system"
"""The name under which the operating system's anchors are asked for."""
PUBLIC_LEG = "mo-public"


@frozen
class Files:
    """What is checked: PEM files of the chain in the order sent, the key's file, and the anchors' files (or ``system``).

    ``crls`` are the files of revocation lists.
    """

    chain: Sequence[Path]
    trust: Sequence[str]
    key: Path | None = None
    crls: Sequence[Path] = ()


def check_files(
    files: Files,
    *,
    names: Sequence[str],
    at: datetime,
    profile: Profile = Profile.PRIVATE,
    leg: str = "",
    switchover: Sequence[str] = (),
) -> Verdict:
    """Judge files for every name; findings that are the same for all of them are given once.

    ``switchover`` are the names of the other server of a pair.
    """
    findings: list[CertFinding] = []
    sent = sent_of(files.chain, findings)
    trusted = trusted_of(files.trust, findings)
    key = None
    if files.key is not None:
        loaded = load.key(files.key)
        key = loaded.key
        findings += loaded.findings
    crls = crls_of(files.crls, findings)
    if not sent:
        return Verdict(tuple(findings))
    case = Case(sent, leaf_of(sent), trusted, None, at, profile, key, tuple(switchover), crls)
    verdicts = [judge(evolve(case, hostname=name)) for name in names or (None,)]
    for verdict in verdicts:
        findings += verdict.findings
    findings += private_anchor(verdicts[0], trusted) if leg == PUBLIC_LEG else ()
    return evolve(verdicts[0], findings=sorted_once(findings))


def sorted_once(findings: Iterable[CertFinding]) -> tuple[CertFinding, ...]:
    """Put errors first, and give what was found several times once."""
    return tuple(sorted(dict.fromkeys(findings), key=_weight))


def crls_of(paths: Iterable[Path], findings: list[CertFinding]) -> tuple[x509.CertificateRevocationList, ...]:
    """Read revocation lists."""
    loaded = [load.revocation_list(path) for path in paths]
    for one in loaded:
        findings += one.findings
    return tuple(one.crl for one in loaded if one.crl is not None)


def sent_of(paths: Iterable[Path], findings: list[CertFinding]) -> tuple[Facts, ...]:
    """Read the chain's files one after the other."""
    sent: list[Facts] = []
    for path in paths:
        loaded = load.certificates(path)
        findings += loaded.findings
        for certificate in loaded.certificates:
            sent.append(read(certificate, len(sent) + 1, str(path)))
    return tuple(sent)


def trusted_of(names: Iterable[str], findings: list[CertFinding]) -> tuple[Facts, ...]:
    """Read the anchors."""
    trusted: list[Facts] = []
    for name in names:
        if name == SYSTEM:
            trusted += [read(one, 0, "the system's trust") for one in load.system_anchors()]
            continue
        loaded = load.certificates(Path(name))
        findings += loaded.findings
        trusted += [read(one, 0, name) for one in loaded.certificates]
    return tuple(trusted)


def private_anchor(verdict: Verdict, trusted: Sequence[Facts]) -> Iterator[CertFinding]:
    """Say that a broker will not know the anchor, where the system's trust does not hold it."""
    public = load.system_anchors()
    anchor = verdict.path[-1] if verdict.complete else None
    if anchor is None or not public:
        return
    used = [one.certificate for one in trusted if one.named.serial == anchor.certificate.serial]
    if not _any_in(used, public):
        yield CertFinding(
            "ANCHOR-PRIVATE-ON-PUBLIC-LEG",
            Severity.ERROR,
            "Brokers do not know this root: the system's public trust does not hold it.",
            "Use a public certificate on the reverse proxy that brokers call.",
            anchor.certificate,
        )


def _any_in(some: Sequence[x509.Certificate], public: Sequence[x509.Certificate]) -> bool:
    """Tell whether any is among the public ones."""
    return any(one in public for one in some)


def _weight(finding: CertFinding) -> int:
    """Sort errors first."""
    return list(Severity).index(finding.severity)
