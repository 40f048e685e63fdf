"""What the verbs that judge certificates have in common: the moment, the answer, the exit code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click

from cicsms.certs.chain import Profile
from cicsms.certs.draw import drawn
from cicsms.certs.files import PUBLIC_LEG
from cicsms.certs.verdict import Severity, Verdict

LEGS = {PUBLIC_LEG: Profile.PUBLIC, "mo-inner": Profile.PRIVATE, "mt": Profile.PUBLIC, "proxy": Profile.PRIVATE}
"""The connections of a site, and whose rules count on each."""


def rules_of(profile: str | None, leg: str | None) -> Profile:
    """Return whose rules count: what was asked for, else what fits the leg."""
    return Profile(profile) if profile else LEGS.get(leg or "", Profile.PRIVATE)


def answer(verdict: Verdict, form: str, rules: Profile, *, strict: bool, more: Mapping[str, Any] | None = None) -> int:
    """Print a verdict and return the exit code: 0 clean, 1 errors, 2 warnings where they count."""
    if form == "json":
        click.echo(json.dumps({"profile": str(rules), **(more or {}), **verdict.as_json()}, indent=2))
    else:
        click.echo("\n".join(drawn(verdict)))
    if not verdict.ok:
        return 1
    return 2 if strict and any(one.severity is Severity.WARNING for one in verdict.findings) else 0


def moment(text: str | None) -> datetime:
    """Read a moment; one without a zone is in UTC."""
    if text is None:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise click.UsageError(f"--at {text!r} is no time; write 2026-12-31 or 2026-12-31T08:00.") from wrong
    return found if found.tzinfo else found.replace(tzinfo=UTC)
