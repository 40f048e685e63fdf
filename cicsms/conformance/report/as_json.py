"""The report as one JSON document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cicsms.conformance.result import Report


def document(report: Report) -> dict[str, Any]:
    """Return the report as a tree: the run, the totals, and every result without its wire log."""
    run = {name: value for name, value in report.run.items() if name != "record"}
    results = [{name: value for name, value in one.record().items() if name not in ("record", "wire")} for one in report.results]
    totals = {str(grade): number for grade, number in report.totals.items()}
    return {"run": run, "complete": report.complete, "totals": totals, "results": results}


def write(report: Report, path: Path) -> None:
    """Write the document."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document(report), indent=1, ensure_ascii=False) + "\n", "utf-8")
