"""The tables of ``docs/certificates.md``: the faulty chains as the check names them, and every code there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from cicsms.certs.chain import Case
from cicsms.certs.codes import CODES
from cicsms.certs.facts import read
from cicsms.certs.issue import issue
from cicsms.certs.judge import judge, leaf_of
from cicsms.certs.recipe import Recipe, recipes
from cicsms.certs.verdict import Verdict

_HOST = "sms.example.test"


def faults(now: datetime) -> str:
    """Make every faulty chain, have it judged, and write what is said of each."""
    rows = ["| `--fault` | what is wrong | finding | severity | Twilio says | what to do |", "|---|---|---|---|---|---|"]
    for name, one in recipes().items():
        if one.finding:
            rows.append("| " + " | ".join(_row(name, one, judged(one, now))) + " |")
    return "\n".join(rows) + "\n"


def codes() -> str:
    """Write every code with what it means."""
    rows = ["| finding | what it means |", "|---|---|"]
    return "\n".join([*rows, *(f"| `{code}` | {said} |" for code, said in CODES.items())]) + "\n"


def judged(one: Recipe, now: datetime) -> Verdict:
    """Make a recipe's chain and judge it as it is sent, with the key beside it."""
    made = issue(one, hosts=[_HOST], now=now)
    sent = tuple(read(certificate, place) for place, certificate in enumerate(made.sent, 1))
    trusted = tuple(read(certificate) for certificate in made.trusted)
    return judge(Case(sent, leaf_of(sent), trusted, made.asked, now, key=made.key))


def _row(name: str, one: Recipe, verdict: Verdict) -> Iterator[str]:
    """Give the cells of a fault."""
    found = next(finding for finding in verdict.findings if finding.code == one.finding)
    yield f"`{name}`"
    yield one.title
    yield f"`{found.code}`"
    yield str(found.severity)
    yield found.broker_code
    yield re.sub(r"(key id|serial) [0-9a-f]+", r"\1 ...", found.remedy)
