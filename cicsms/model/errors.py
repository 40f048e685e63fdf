"""The root of every error of this program, and the finding that the gathering ones carry."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from attrs import frozen


class CicsmsError(Exception):
    """Root of every error this program raises on purpose; its text is one sentence for a person."""


class Severity(StrEnum):
    """How much a finding weighs: an error stops the thing that was checked, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@frozen
class Finding:
    """One fault of a file a person wrote: which rule, where, what is wrong and what to do about it.

    ``rule`` is a stable id, ``where`` is ``file:line`` or ``file: place in the document``.
    """

    rule: str
    where: str
    said: str
    remedy: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        """Give the finding as one line."""
        return f"{self.where}: {self.severity} {self.rule}: {self.said} {self.remedy}".rstrip()


class Rejected(CicsmsError):
    """A document was refused; ``findings`` holds every fault of it, not only the first."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)
