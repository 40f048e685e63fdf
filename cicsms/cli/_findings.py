"""Findings on the screen: one line each in a pipe, spread and coloured on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from cicsms.model.errors import Finding, Severity

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


def show(findings: Iterable[Finding], err: bool = False) -> bool:
    """Print findings, errors first, where they are the output or (``err``) in its stead; tell whether there were errors."""
    stream = sys.stderr if err else sys.stdout
    ordered = sorted(findings, key=lambda finding: finding.severity is not Severity.ERROR)
    for finding in ordered:
        click.echo(_spread(finding) if stream.isatty() else str(finding), err=err)
    return any(finding.severity is Severity.ERROR for finding in ordered)


def counted(number: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def summed(findings: Iterable[Finding]) -> str:
    """Write how many errors and warnings there are; empty when there are none."""
    severities = [finding.severity for finding in findings]
    counts = [(severities.count(severity), severity.value) for severity in Severity]
    return ", ".join(counted(number, noun) for number, noun in counts if number)


def _spread(finding: Finding) -> str:
    """Write a finding for a person at a terminal."""
    head = click.style(f"{finding.severity}", fg=_COLOURS[finding.severity], bold=True)
    return f"{finding.where}\n  {head} {finding.said} {click.style(f'[{finding.rule}]', dim=True)}\n  {finding.remedy}".rstrip()
