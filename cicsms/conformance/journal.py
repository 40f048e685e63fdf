"""The journal: JSON Lines, one record a case, appended as it ends; the only source of every report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from cicsms.conformance.result import Report, Result, result_of
from cicsms.model.errors import CicsmsError


class BadJournal(CicsmsError):
    """A file is no journal of a run."""


class Journal:
    """Appends to a journal file; each record is on disk before the next case ends."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file: TextIO = path.open("w", encoding="utf-8")

    def begin(self, run: Mapping[str, Any]) -> None:
        """Write the facts of the run."""
        self._write({"record": "run"} | dict(run))

    def add(self, result: Result) -> None:
        """Write one result."""
        self._write(result.record())

    def end(self) -> None:
        """Write that the run came to its end, and close."""
        self._write({"record": "end"})
        self._file.close()

    def _write(self, record: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(record, ensure_ascii=True) + "\n")
        self._file.flush()


def read(path: Path) -> Report:
    """Return the report of a journal; a last line that was cut off by a crash is left out."""
    try:
        records = list(_records(path))
    except OSError as error:
        raise BadJournal(f"{path}: {error.strerror}") from error
    runs = [record for record in records if record.get("record") == "run"]
    if not runs:
        raise BadJournal(f"{path}: no journal of a conformance run")
    try:
        results = {one.key: one for one in (result_of(record) for record in records if record.get("record") == "case")}
    except (KeyError, TypeError, ValueError) as error:
        raise BadJournal(f"{path}: a record can't be read: {error}") from error
    return Report(runs[-1], tuple(results.values()), any(record.get("record") == "end" for record in records))


def _records(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text("utf-8").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            return
        if isinstance(record, dict):
            yield record
