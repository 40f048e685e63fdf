"""What a check says: a verdict with every finding, each naming the certificate at fault and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from attrs import frozen


class Severity(StrEnum):
    """How much a finding weighs: an error blocks going live, a warning does not, information is for the record."""

    ERROR = "ERROR"
    WARNING = "WARNING"
    INFO = "INFO"


@frozen
class Named:
    """The certificate a finding is about: subject, serial number in hex, position among those sent (from 1), and file.

    ``position`` is 0 for one that was not sent, such as an anchor.
    """

    subject: str
    serial: str
    position: int = 0
    file: str = ""

    def __str__(self) -> str:
        """Give it as words."""
        place = f"certificate {self.position}" if self.position else "trusted certificate"
        return f"{place}: {self.subject}, serial {self.serial}" + (f", {self.file}" if self.file else "")


@frozen
class CertFinding:
    """One fault of a chain: a stable code, what was seen, one sentence, the remedy, and the code a broker would report."""

    code: str
    severity: Severity
    sentence: str
    remedy: str
    certificate: Named | None = None
    evidence: str = ""

    @property
    def broker_code(self) -> str:
        """What Twilio, for one, reports for it; empty where nothing fits."""
        return _TWILIO.get(self.code, "11220" if self.severity is Severity.ERROR and self.certificate is not None else "")

    def as_json(self) -> dict[str, Any]:
        """Give it as a JSON object."""
        named = self.certificate
        return {
            "code": self.code,
            "severity": str(self.severity),
            "certificate": None
            if named is None
            else {"subject": named.subject, "serial": named.serial, "position": named.position, "file": named.file},
            "evidence": self.evidence,
            "sentence": self.sentence,
            "remedy": self.remedy,
            "broker_code": self.broker_code,
        }


@frozen
class Link:
    """A member of the path in use, as it is drawn: from the server certificate up to the anchor."""

    certificate: Named
    issuer: str
    until: str
    anchor: bool = False


@frozen
class Verdict:
    """The outcome: every finding, errors first, and the path in use (what was found of it, where it is broken).

    ``openssl`` is OpenSSL's own view of the same chain, in its words; empty where it has nothing against it. ``expires`` is
    when the first member of the path does.
    """

    findings: tuple[CertFinding, ...]
    path: tuple[Link, ...] = ()
    complete: bool = False
    openssl: str = ""
    expires: datetime | None = None

    @property
    def ok(self) -> bool:
        """Whether peers will accept the chain: no finding is an error."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)

    def codes(self) -> frozenset[str]:
        """Return the codes of all findings."""
        return frozenset(finding.code for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Give it as a JSON object."""
        return {
            "ok": self.ok,
            "complete": self.complete,
            "path": [str(link.certificate) for link in self.path],
            "openssl": self.openssl,
            "expires": self.expires.isoformat() if self.expires else None,
            "findings": [finding.as_json() for finding in self.findings],
        }


# Twilio's errors: 11220 handshake, 11235 name, 11236 expired, 11237 no path to a trusted CA.
_TWILIO: Mapping[str, str] = {
    "NAME-MISMATCH": "11235",
    "NAME-NO-SAN": "11235",
    "NAME-WILDCARD-DEPTH": "11235",
    "NAME-BAD-PATTERN": "11235",
    "NAME-IP-AS-DNS": "11235",
    "LEAF-EXPIRED": "11236",
    "LEAF-NOT-YET-VALID": "11236",
    "INTERMEDIATE-EXPIRED": "11236",
    "INTERMEDIATE-NOT-YET-VALID": "11236",
    "ANCHOR-EXPIRED": "11236",
    "CHAIN-MISSING-INTERMEDIATE": "11237",
    "CHAIN-ISSUER-LOOKALIKE": "11237",
    "ANCHOR-NONE": "11237",
    "ANCHOR-UNTRUSTED": "11237",
    "LEAF-SELF-SIGNED": "11237",
}
