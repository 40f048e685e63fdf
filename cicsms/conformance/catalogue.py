"""Every case there is, in the order of its number, and the choice of some by glob."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from types import ModuleType

from cicsms.conformance.case import Case
from cicsms.conformance.cases import (
    authentication,
    encodings,
    health,
    hygiene,
    identity,
    mo,
    mt,
    mt_errors,
    paths,
    receipts,
    robustness,
    tls,
)
from cicsms.model.errors import CicsmsError

MODULES: tuple[ModuleType, ...] = (
    identity,
    hygiene,
    mo,
    encodings,
    authentication,
    robustness,
    receipts,
    mt,
    mt_errors,
    tls,
    paths,
    health,
)
GROUPS = {
    "1": "Configuration and identity",
    "2": "MO basics",
    "3": "MO text and encodings",
    "4": "MO authentication and rejection",
    "5": "MO robustness",
    "6": "Receipts",
    "7": "MT basics",
    "8": "MT error handling",
    "9": "Proxy",
    "10": "TLS server",
    "11": "TLS client",
    "12": "Shared ports and paths",
    "13": "Health checks and switchover",
    "14": "Performance and soak",
}


class NothingSelected(CicsmsError):
    """A glob names no case or no broker of this target."""


def all_cases() -> tuple[Case, ...]:
    """Return every case, by number."""
    found = (value for module in MODULES for value in vars(module).values() if isinstance(value, Case))
    return tuple(sorted(found, key=lambda case: case.order))


def chosen(names: Iterable[str], globs: Sequence[str], what: str) -> frozenset[str]:
    """Return the names that any of the anchored ``globs`` matches (commas separate several); all of them for no glob.

    A glob that matches nothing is an error: a typing mistake must not look like success.
    """
    known = list(names)
    wanted = [part.strip() for glob in globs for part in glob.split(",") if part.strip()]
    for glob in wanted:
        if not any(fnmatchcase(name, glob) for name in known):
            raise NothingSelected(f"no {what} is named {glob!r}; there are: {', '.join(sorted(set(known))) or 'none'}")
    return frozenset(name for name in known if not wanted or any(fnmatchcase(name, glob) for glob in wanted))
