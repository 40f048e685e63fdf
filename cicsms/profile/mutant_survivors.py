"""Survivors that were looked at: a small reviewed file beside the evidence says of each why nothing can kill it.

``evidence/survivors.toml`` speaks of every broker, ``evidence/<broker>/survivors.toml`` of one. An entry has ``mutant``, the
mutant's name in which ``*`` stands for anything, and ``reason``. An entry that no survivor needs is an error.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import define, field

from cicsms.model.errors import Finding, Rejected
from cicsms.profile.evidence import home
from cicsms.profile.mutant_trial import Trial

FILE = "survivors.toml"


@define
class Entry:
    """One explanation, and whether a survivor needed it."""

    where: str
    broker: str
    mutant: str
    reason: str
    used: bool = False
    _match: re.Pattern[str] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._match = re.compile(".*".join(map(re.escape, self.mutant.split("*"))), re.DOTALL)

    def fits(self, trial: Trial) -> bool:
        """Tell whether the entry speaks of the trial's mutant."""
        return self.broker in ("", trial.broker) and self._match.fullmatch(trial.name) is not None


@define
class Explained:
    """All explanations at hand."""

    entries: Sequence[Entry]

    @classmethod
    def load(cls, folder: Path | None = None) -> Explained:
        """Read the file of all brokers and that of each."""
        place = folder or home()
        files = [place / FILE, *sorted(place.glob(f"*/{FILE}"))]
        return cls(
            [
                entry
                for file in files
                if file.is_file()
                for entry in _entries(file, "" if file.parent == place else file.parent.name)
            ]
        )

    def reason(self, trial: Trial) -> str:
        """Return why a survivor survives; empty where nobody has said. An entry of the broker itself comes first."""
        fitting = [entry for entry in self.entries if entry.fits(trial)]
        for entry in fitting:
            entry.used = True
        return fitting[-1].reason if fitting else ""

    def stale(self, brokers: Iterable[str]) -> list[Finding]:
        """Return the entries that no survivor needed, of those that speak of the brokers tried."""
        tried = set(brokers)
        return [
            Finding("stale-survivor", entry.where, f"Nothing that survives is '{entry.mutant}'.", "Remove the entry.")
            for entry in self.entries
            if not entry.used and entry.broker in tried
        ]


def _entries(file: Path, broker: str) -> list[Entry]:
    where = f"{broker}/{FILE}" if broker else FILE
    try:
        listed = tomllib.loads(file.read_text("utf-8"))["survivor"]
        return [Entry(where, broker, str(entry["mutant"]), str(entry["reason"])) for entry in listed]
    except (KeyError, TypeError, ValueError) as wrong:
        said = f"Not a list of [[survivor]] tables with mutant and reason: {wrong}."
        raise Rejected([Finding("survivors", where, said, "Write mutant and reason for each.")]) from wrong
