"""What a node presents, read from the files its site file names, and judged before anything listens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from attrs import evolve, frozen
from cryptography import x509

from cicsms.certs.files import SYSTEM, Files, check_files
from cicsms.certs.verdict import CertFinding, Severity, Verdict
from cicsms.model.errors import Finding, Rejected
from cicsms.model.settings import TlsClients, TlsNamed, TlsPair, TlsSite
from cicsms.web.tls_clients import Clients
from cicsms.web.tls_files import Credentials, read_certificates, read_credentials

DEFAULT = "default"
"""How the certificate is called that is presented to clients that name no other."""


@frozen
class Judged:
    """A certificate of the node with what the check says of its chain; ``name`` is the first one it is presented for."""

    name: str
    credentials: Credentials
    verdict: Verdict


@frozen
class Identity:
    """Everything that the HTTPS ports of a node present, and whose certificates they demand."""

    certificates: tuple[Judged, ...]
    by_name: Mapping[str, Credentials]
    clients: Clients | None = None

    @property
    def default(self) -> Credentials:
        """What is presented to a client that names none of the others."""
        return self.certificates[0].credentials


def read_identity(tls: TlsSite, now: datetime, *, serving: bool) -> Identity:
    """Read and judge; raises ``Rejected`` with every fault of every file.

    A chain with errors is refused only where HTTPS is served (``serving``), and but for the codes that the site file accepts.
    """
    findings: list[Finding] = []
    judged: list[Judged] = []
    by_name: dict[str, Credentials] = {}
    for pair in (tls, *tls.others):
        try:
            credentials = read_credentials(pair.certificate, pair.key, pair.chain)
        except Rejected as refused:
            findings += refused.findings
            continue
        names = () if pair is tls else _names(pair, credentials)
        verdict = _accepted(_judge(tls, pair, now), tls.accept)
        judged.append(Judged(names[0] if names else DEFAULT, credentials, verdict))
        by_name |= dict.fromkeys(names, credentials)
        findings += _refusals(pair, verdict) if serving else ()
    clients = _clients(tls.clients, findings)
    if findings:
        raise Rejected(findings)
    return Identity(tuple(judged), by_name, clients)


def _judge(tls: TlsSite, pair: TlsPair, now: datetime) -> Verdict:
    """Judge one chain by the roots callers trust; where none of ours leads anywhere, by the system's as well."""
    files = [pair.certificate, *([pair.chain] if pair.chain else [])]
    hosts = pair.names if isinstance(pair, TlsNamed | TlsSite) else ()
    given = [str(one) for one in (tls.roots or tls.trust,) if one is not None]

    def check(trust: Sequence[str]) -> Verdict:
        return check_files(
            Files(files, trust, pair.key), names=hosts, at=now, switchover=() if hosts is not tls.names else tls.switchover
        )

    verdict = check(given or [SYSTEM])
    if verdict.complete or tls.roots is not None:
        return verdict
    wider = check([*given, SYSTEM]) if given else verdict
    return wider if wider.complete or given else _unknown_root(verdict)


def _unknown_root(verdict: Verdict) -> Verdict:
    """Where the site file names no root at all, one that the system does not know is no error: callers may know it."""

    def weighed(one: CertFinding) -> CertFinding:
        if one.code not in ("ANCHOR-UNTRUSTED", "ANCHOR-NONE"):
            return one
        remedy = 'Name the root that callers trust: roots = "server-group.pem" in [tls].'
        return evolve(one, severity=Severity.WARNING, remedy=remedy)

    return evolve(verdict, findings=tuple(weighed(one) for one in verdict.findings))


def _accepted(verdict: Verdict, codes: Sequence[str]) -> Verdict:
    """Make warnings of the errors that the site file accepts."""
    findings = tuple(evolve(one, severity=Severity.WARNING) if one.code in codes else one for one in verdict.findings)
    return evolve(verdict, findings=findings)


def _refusals(pair: TlsPair, verdict: Verdict) -> Iterator[Finding]:
    """Give the errors of a chain as findings about the node's files."""
    for one in verdict.findings:
        if one.severity is Severity.ERROR:
            where = str(one.certificate) if one.certificate else str(pair.certificate)
            remedy = f'{one.remedy} To go live with it as it is, write accept = ["{one.code}"] in [tls].'
            yield Finding(one.code, where, one.sentence, remedy)


def _names(pair: TlsPair, credentials: Credentials) -> tuple[str, ...]:
    """Return the server names that a further certificate is for, in lower case."""
    if isinstance(pair, TlsNamed) and pair.names:
        return tuple(name.lower() for name in pair.names)
    try:
        found = credentials.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return tuple(name.lower() for name in found.get_values_for_type(x509.DNSName))


def _clients(settings: TlsClients | None, findings: list[Finding]) -> Clients | None:
    """Read whose certificates are demanded."""
    if settings is None:
        return None
    return Clients(
        _anchors(settings.trust, findings),
        frozenset(name.lower() for name in settings.names),
        frozenset(bytes.fromhex(one) for one in settings.fingerprints),
        frozenset(settings.ports),
    )


def _anchors(path: Path, findings: list[Finding]) -> tuple[x509.Certificate, ...]:
    """Read anchors, or note what is wrong with their file."""
    try:
        return read_certificates(path)
    except Rejected as refused:
        findings += refused.findings
        return ()
