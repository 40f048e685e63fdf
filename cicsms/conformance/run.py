"""The doors of the room: run a selection against a target, and render what a journal holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cicsms.conformance.case import Case
from cicsms.conformance.journal import Journal
from cicsms.conformance.plan import Selection
from cicsms.conformance.result import Report
from cicsms.conformance.rig import RealRig
from cicsms.conformance.suite import Listener, Suite
from cicsms.conformance.target import Target


async def run_suite(
    reactor: Any,
    target: Target,
    selection: Selection,
    listener: Listener,
    *,
    folder: Path,
    journal: Path | None = None,
    cases: Sequence[Case] = (),
) -> Report:
    """Run the selection against the target and return the report.

    ``folder`` holds what the run makes (private servers, broken files); the journal goes there unless told otherwise.
    """
    kept = Journal(journal or folder / "journal.jsonl")
    return await Suite(reactor, RealRig(reactor, target, folder, kept.path), kept, listener).run(target, selection, cases)
