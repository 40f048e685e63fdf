"""A profile and its evidence on the screen: a line for each check, differences and what was set aside below it."""

from __future__ import annotations

from pathlib import Path

import click

from cicsms.profile import evidence
from cicsms.profile.profile import Profile


def proof(profile: Profile, folder: Path | None) -> int:
    """Hold a profile against its evidence and tell the outcome; return the exit code."""
    items = evidence.of_profile(profile.name, folder)
    if not items:
        click.echo(f"There is no evidence about {profile.name}. How to write some: docs/brokers/define.md.", err=True)
        return 2
    results = [result for item in items for result in evidence.check(profile, item)]
    for result in results:
        click.echo(f"{'ok ' if result.ok else 'RED'} {result.item:36} {result.side:10} {result.said}")
        for line in (*result.difference.splitlines(), *(f"set aside: {aside}" for aside in result.set_aside)):
            click.echo(f"      {line}")
    red = sum(not result.ok for result in results)
    click.echo(f"{profile.name}: {len(results)} checks, {red} red; evidence {evidence.level(items)}.")
    return 1 if red else 0
