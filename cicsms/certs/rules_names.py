"""Rules about names: does the certificate prove the host that peers will ask for (RFC 9525)?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address

from attrs import frozen
from cryptography import x509
from cryptography.x509.oid import NameOID

from cicsms.certs.chain import Case, Path
from cicsms.certs.facts import HOSTILE, Facts
from cicsms.certs.verdict import CertFinding, Severity

_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_PATTERN = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})*")


@frozen
class Names:
    """The alternative names of a certificate: DNS names in lower case, good patterns and bad ones, and addresses."""

    good: tuple[str, ...]
    bad: tuple[str, ...]
    addresses: tuple[str, ...]

    @classmethod
    def of(cls, leaf: Facts) -> Names:
        """Read them."""
        found = leaf.get(x509.SubjectAlternativeName) or ()
        dns = [name.value.lower() for name in found if isinstance(name, x509.DNSName)]
        return cls(
            good=tuple(name for name in dns if _PATTERN.fullmatch(name)),
            bad=tuple(name for name in dns if not _PATTERN.fullmatch(name)),
            addresses=tuple(str(name.value) for name in found if isinstance(name, x509.IPAddress)),
        )

    def __str__(self) -> str:
        """List them, not too many."""
        every = [*self.good, *self.bad, *self.addresses]
        return ", ".join(every[:8]) + (f" and {len(every) - 8} more" if len(every) > 8 else "") or "no host"


def proves_the_host(case: Case, path: Path) -> Iterator[CertFinding]:
    """The host asked for is among the alternative names; the common name does not count."""
    names = Names.of(case.leaf)
    if case.leaf.malformed or case.hostname is None:
        return
    if not (names.good or names.bad or names.addresses):
        yield _fault(
            case, "NAME-NO-SAN", "The certificate has no alternative name of a host; the common name does not count.", "none"
        )
    elif not _proves(names, case.hostname):
        yield _mismatch(case, case.hostname, names)


def covers_nothing_odd(case: Case, path: Path) -> Iterator[CertFinding]:
    """Every DNS name is one that peers can compare, and no wildcard covers a whole top-level domain."""
    names = Names.of(case.leaf)
    for name in names.bad:
        if case.hostname is None or _proves(names, case.hostname):
            yield CertFinding(
                "NAME-BAD-PATTERN",
                Severity.WARNING,
                f"The alternative name {name!r} is no host name or wildcard; strict peers refuse the whole certificate for it.",
                "Have the certificate issued again without it.",
                case.leaf.named,
                name,
            )
    for name in names.good:
        if name.startswith("*.") and name.count(".") == 1:
            yield CertFinding(
                "NAME-WILDCARD-TOO-BROAD",
                Severity.WARNING,
                f"The wildcard {name} covers a whole top-level domain; many peers refuse it.",
                "Have the certificate issued again for the hosts it is needed for.",
                case.leaf.named,
                name,
            )


def common_name_is_listed(case: Case, path: Path) -> Iterator[CertFinding]:
    """A common name that looks like a host stands among the alternative names, too."""
    try:
        found = case.leaf.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        common = [str(one.value).lower() for one in found]
    except HOSTILE:
        return
    names = Names.of(case.leaf)
    listed = {*names.good, *names.bad, *names.addresses}
    for name in common:
        if listed and name not in listed and "." in name and (_PATTERN.fullmatch(name) or _address(name)):
            yield CertFinding(
                "NAME-CN-NOT-IN-SAN",
                Severity.WARNING,
                f"The common name {name} is not among the alternative names, and counts for nothing.",
                f"If peers ask for {name}, have the certificate issued again with DNS:{name}.",
                case.leaf.named,
                name,
            )


def covers_the_other_server(case: Case, path: Path) -> Iterator[CertFinding]:
    """After a switchover callers meet the other server of the pair, by its name or the same."""
    names = Names.of(case.leaf)
    for host in case.switchover:
        if not case.leaf.malformed and not _proves(names, host):
            yield CertFinding(
                "NAME-SWITCHOVER-UNCOVERED",
                Severity.WARNING,
                f"The other server of the pair, {host}, is not covered: after a switchover callers refuse it.",
                f"Have it issued again with {'IP' if _address(host) else 'DNS'}:{host} as well, and serve it on both.",
                case.leaf.named,
                f"names: {names}",
            )


def _mismatch(case: Case, host: str, names: Names) -> CertFinding:
    """Say in which way the names miss the host."""
    wanted = _plain(host)
    if _address(host):
        if wanted in names.good or wanted in names.bad:
            return _fault(
                case, "NAME-IP-AS-DNS", f"The address {host} is written as a DNS name; it must be an IP address.", str(names)
            )
        return _fault(case, "NAME-MISMATCH", f"The certificate is not for the address {host}.", str(names))
    deep = [name for name in names.good if name.startswith("*.") and wanted.endswith(name[1:])]
    if deep:
        said = f"The wildcard {deep[0]} covers one label only; {host} is deeper."
        return _fault(case, "NAME-WILDCARD-DEPTH", said, str(names))
    if names.bad and not names.good:
        said = f"The only alternative names are no host names or wildcards, so {host} is not proved."
        return _fault(case, "NAME-BAD-PATTERN", said, str(names))
    return _fault(case, "NAME-MISMATCH", f"The certificate is for {names}, not for {host}.", str(names))


def _fault(case: Case, code: str, sentence: str, evidence: str) -> CertFinding:
    """Make a finding whose remedy is a new certificate with the right name."""
    host = case.hostname or "the host"
    name = f"IP:{host}" if _address(host) else f"DNS:{host}"
    return CertFinding(
        code,
        Severity.ERROR,
        sentence,
        f"Have it issued again with the alternative name {name}.",
        case.leaf.named,
        f"names: {evidence}",
    )


def _proves(names: Names, host: str) -> bool:
    """Tell whether the names prove a host."""
    address = _address(host)
    if address:
        return address in names.addresses
    wanted = _plain(host)
    _, dot, parent = wanted.partition(".")
    return wanted in names.good or (bool(dot) and f"*.{parent}" in names.good)


def _plain(host: str) -> str:
    """Give a host as certificates spell it: A-labels, lower case, no trailing dot."""
    try:
        return host.rstrip(".").encode("idna").decode("ascii").lower()
    except ValueError:
        return host.lower()


def _address(host: str) -> str:
    """Return an IP address in its normal form; empty for a name."""
    try:
        return str(ip_address(host))
    except ValueError:
        return ""


RULES = (proves_the_host, covers_nothing_odd, common_name_is_listed, covers_the_other_server)
