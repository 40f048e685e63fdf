"""A verdict as lines for a terminal: the chain as it was found, and every finding with its remedy."""

from __future__ import annotations

from collections.abc import Iterator

from cicsms.certs.verdict import CertFinding, Link, Severity, Verdict


def drawn(verdict: Verdict) -> Iterator[str]:
    """Draw the chain, list the findings, and say how it ends."""
    yield from _chain(verdict)
    for finding in verdict.findings:
        yield ""
        yield from _finding(finding)
    yield ""
    yield _end(verdict)


def _chain(verdict: Verdict) -> Iterator[str]:
    """Draw who signed whom, until when, and what is missing."""
    for depth, link in enumerate(verdict.path):
        lead = "" if depth == 0 else "   " * (depth - 1) + "└─ "
        yield f"{lead}{link.certificate.subject}   until {link.until}   {_place(link)}"
    if verdict.path and not verdict.complete:
        last = verdict.path[-1]
        own = last.issuer == last.certificate.subject
        said = "signed by itself, and not trusted" if own else f"{last.issuer}   MISSING: neither sent nor trusted"
        yield "   " * (len(verdict.path) - 1) + f"└─ {said}"


def _place(link: Link) -> str:
    """Say where a member comes from."""
    sent = f"sent as {link.certificate.position}" if link.certificate.position else ""
    return ", ".join(part for part in (sent, "trusted" if link.anchor else "") if part) or "not sent"


def _finding(finding: CertFinding) -> Iterator[str]:
    """Give a finding as a few lines."""
    yield f"{finding.severity:7} {finding.code}" + (
        f"   (Twilio would report {finding.broker_code})" if finding.broker_code else ""
    )
    if finding.certificate is not None:
        yield f"        {finding.certificate}"
    yield f"        {finding.sentence}"
    if finding.evidence:
        yield f"        seen: {finding.evidence}"
    yield f"        do:   {finding.remedy}"


def _end(verdict: Verdict) -> str:
    """Sum up."""
    counts = {severity: sum(one.severity is severity for one in verdict.findings) for severity in Severity}
    second = f" OpenSSL says: {verdict.openssl}." if verdict.openssl else ""
    if not verdict.ok:
        return f"Not fit to go live: {counts[Severity.ERROR]} errors, {counts[Severity.WARNING]} warnings.{second}"
    return f"Fit to go live: no errors, {counts[Severity.WARNING]} warnings.{second}"
