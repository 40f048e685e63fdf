"""What a case can come to, and the exit codes made of it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

EX_CLEAN = 0
EX_FAILED = 1
EX_ERROR = 2
EX_WORSE = 3
EX_USAGE = 64


class Grade(StrEnum):
    """The grade of one case against one subject."""

    OK = "OK"
    NON_STRICT = "NON-STRICT"
    """A SHOULD is broken."""
    INFORMATIONAL = "INFORMATIONAL"
    """Nothing is specified; what was seen is recorded."""
    FAILED = "FAILED"
    """A MUST is broken."""
    UNIMPLEMENTED = "UNIMPLEMENTED"
    """The profile declares it absent."""
    UNVERIFIED = "UNVERIFIED"
    """Passed, but only against evidence derived from the profile itself."""
    SKIPPED = "SKIPPED"
    """Not run, for the reason given."""
    ERROR = "ERROR"
    """The harness's own fault, never blamed on the server."""

    @property
    def glyph(self) -> str:
        """One sign, so that colour is never the only carrier."""
        return _SIGNS[self][0]

    @property
    def letter(self) -> str:
        """One letter, for narrow columns."""
        return _SIGNS[self][1]

    @property
    def colour(self) -> str:
        """The colour's name, as terminals know it."""
        return _SIGNS[self][2]

    @property
    def badness(self) -> int:
        """How bad it is; a run is as bad as its worst case."""
        return _BADNESS.get(self, 0)


_SIGNS = {
    Grade.OK: ("✓", "O", "green"),
    Grade.NON_STRICT: ("≈", "N", "yellow"),
    Grade.INFORMATIONAL: ("i", "I", "cyan"),
    Grade.FAILED: ("✗", "F", "red"),
    Grade.UNIMPLEMENTED: ("·", "-", "bright_black"),
    Grade.UNVERIFIED: ("?", "U", "magenta"),
    Grade.SKIPPED: ("»", "S", "bright_black"),
    Grade.ERROR: ("!", "E", "bright_red"),
}
_BADNESS = {Grade.NON_STRICT: 1, Grade.FAILED: 2, Grade.ERROR: 3}


def exit_code(grades: Iterable[Grade], fail_on: Grade = Grade.FAILED) -> int:
    """Return the exit code of a run: an ERROR or an empty run goes before a failure."""
    seen = set(grades)
    if not seen or Grade.ERROR in seen:
        return EX_ERROR
    return EX_FAILED if any(grade.badness >= fail_on.badness for grade in seen) else EX_CLEAN
