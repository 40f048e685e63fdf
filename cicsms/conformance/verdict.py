"""How a case ends: the verdict it returns, and the ways to leave it early."""

from __future__ import annotations

from attrs import frozen

from cicsms.conformance.grade import Grade
from cicsms.model.errors import CicsmsError


@frozen
class Verdict:
    """A grade with what was expected and what was observed, both as text for people."""

    grade: Grade
    observed: str = ""
    expected: str = ""


class Ended(CicsmsError):
    """A case is over before its last line; carries the verdict."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.observed)
        self.verdict = verdict


def ok(observed: str = "") -> Verdict:
    """Everything that must hold was seen."""
    return Verdict(Grade.OK, observed)


def require(condition: object, expected: str, observed: object) -> None:
    """End the case as FAILED unless ``condition`` holds: a MUST."""
    if not condition:
        raise Ended(Verdict(Grade.FAILED, _told(observed), expected))


def skipped(reason: str) -> Ended:
    """Make the end of a case that can't be run here."""
    return Ended(Verdict(Grade.SKIPPED, reason))


def unimplemented(reason: str) -> Ended:
    """Make the end of a case for something the profile declares absent."""
    return Ended(Verdict(Grade.UNIMPLEMENTED, reason))


def _told(observed: object) -> str:
    return observed if isinstance(observed, str) else repr(observed)
