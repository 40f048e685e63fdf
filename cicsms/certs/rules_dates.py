"""Rules about time: is every member of the path valid now, for how long, and is that too long?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from cicsms.certs.chain import Case, Path, Profile
from cicsms.certs.facts import Facts
from cicsms.certs.verdict import CertFinding, Severity

SOON = timedelta(days=30)
PRIVATE_LIMIT = timedelta(days=825)
"""Apple's systems refuse server certificates that live longer, private CAs included."""
_PUBLIC_LIMITS = (
    (datetime(2029, 3, 15, tzinfo=UTC), timedelta(days=47)),
    (datetime(2027, 3, 15, tzinfo=UTC), timedelta(days=100)),
    (datetime(2026, 3, 15, tzinfo=UTC), timedelta(days=200)),
    (datetime(2020, 9, 1, tzinfo=UTC), timedelta(days=398)),
)
"""CA/Browser Forum, Baseline Requirements 6.3.2: by the day of issue."""


def valid_now(case: Case, path: Path) -> Iterator[CertFinding]:
    """Every member of the path is valid at this moment."""
    for place, member in enumerate(path.members):
        kind = "LEAF" if place == 0 else "ANCHOR" if path.anchored and member is path.last else "INTERMEDIATE"
        who = {"LEAF": "server certificate", "ANCHOR": "trusted root", "INTERMEDIATE": "CA certificate"}[kind]
        if member.until < case.at:
            ago = (case.at - member.until).days
            said = f"The {who} expired on {member.until:%Y-%m-%d}, {ago} days ago."
            remedy = "Renew it." if kind == "LEAF" else "Fetch the renewed certificate of this CA, and what it signed."
            yield CertFinding(
                f"{kind}-EXPIRED", Severity.ERROR, said, remedy, member.named, f"valid until {member.until:%Y-%m-%d %H:%M} UTC"
            )
        elif case.at < member.since:
            said = f"The {who} is not valid before {member.since:%Y-%m-%d %H:%M} UTC."
            code = "INTERMEDIATE-NOT-YET-VALID" if kind == "ANCHOR" else f"{kind}-NOT-YET-VALID"
            yield CertFinding(code, Severity.ERROR, said, "Check the clocks of both machines, or wait.", member.named)


def for_a_while(case: Case, path: Path) -> Iterator[CertFinding]:
    """No member of the path expires within a month; the first to expire is named."""
    first = min(path.members, key=lambda member: member.until)
    if case.at <= first.until < case.at + SOON:
        yield CertFinding(
            "EXPIRES-SOON",
            Severity.WARNING,
            f"It is the first of the chain to expire: on {first.until:%Y-%m-%d}, in {(first.until - case.at).days} days.",
            "Plan its renewal now.",
            first.named,
        )


def outlived_by_its_issuers(case: Case, path: Path) -> Iterator[CertFinding]:
    """No CA expires before the server certificate it stands above."""
    for member in path.authorities:
        if case.at <= member.until < case.leaf.until:
            yield CertFinding(
                "CHAIN-EXPIRES-BEFORE-LEAF",
                Severity.WARNING,
                f"This CA expires on {member.until:%Y-%m-%d}, before the server certificate ({case.leaf.until:%Y-%m-%d}).",
                "Plan for the earlier date: the whole chain ends then.",
                member.named,
            )


def not_for_too_long(case: Case, path: Path) -> Iterator[CertFinding]:
    """The server certificate does not live longer than peers allow."""
    life, limit = case.leaf.until - case.leaf.since, _limit(case.leaf, case.profile)
    if life > limit + timedelta(days=1):  # a day's grace for how the ends are counted
        yield CertFinding(
            "LIFETIME-TOO-LONG",
            Severity.WARNING if case.profile is Profile.PUBLIC else Severity.INFO,
            f"The server certificate lives {life.days} days; {limit.days} are allowed.",
            "Have it issued again for a shorter time.",
            case.leaf.named,
        )


def _limit(leaf: Facts, profile: Profile) -> timedelta:
    """Return the longest life for a certificate of that day of issue."""
    limit = PRIVATE_LIMIT
    if profile is Profile.PUBLIC:
        limit = next((limit for since, limit in _PUBLIC_LIMITS if leaf.since >= since), PRIVATE_LIMIT)
    return limit


RULES = (valid_now, for_a_while, outlived_by_its_issuers, not_for_too_long)
