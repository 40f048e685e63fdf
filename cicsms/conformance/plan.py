"""What a run consists of: which cases against which subjects."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from cicsms.conformance.case import Case, Scope
from cicsms.conformance.catalogue import NothingSelected, all_cases, chosen
from cicsms.conformance.result import SITE
from cicsms.conformance.target import BrokerTarget, Target


@frozen
class Selection:
    """What is asked for: globs of cases and of brokers, schemes, the seed, and how many cases run at once."""

    cases: tuple[str, ...] = ()
    brokers: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ("http", "https")
    seed: int = 1
    parallel: int = 6


@frozen
class Job:
    """One case against one subject."""

    case: Case
    broker: BrokerTarget

    @property
    def column(self) -> str:
        """The name of the subject in reports."""
        return self.broker.column if self.case.scope is Scope.WIRE else SITE


def plan(target: Target, selection: Selection, cases: Sequence[Case] = ()) -> tuple[Job, ...]:
    """Return the jobs of a run in the order of the cases; those that look back on the run come last.

    Raises ``NothingSelected`` when a glob matches nothing or nothing is left.
    """
    known = cases or all_cases()
    ids = chosen([case.id for case in known], selection.cases, "case")
    subjects = _subjects(target, selection)
    jobs = []
    for case in sorted((case for case in known if case.id in ids), key=lambda case: case.scope is Scope.AFTER):
        if case.scope is Scope.WIRE:
            jobs += [Job(case, broker) for broker in subjects if broker.scheme in case.schemes]
        else:
            jobs.append(Job(case, subjects[0]))
    if not jobs:
        raise NothingSelected("nothing is left of this selection")
    return tuple(jobs)


def _subjects(target: Target, selection: Selection) -> list[BrokerTarget]:
    own = [broker for broker in target.brokers if not broker.golden and broker.scheme in selection.schemes]
    names = {alias: broker for broker in own for alias in _aliases(broker)}
    wanted = chosen(names, selection.brokers, "broker")
    found = [broker for broker in own if any(alias in wanted for alias in _aliases(broker))]
    if not found:
        raise NothingSelected(f"the target has no broker over {' or '.join(selection.schemes)}")
    return found


def _aliases(broker: BrokerTarget) -> tuple[str, str, str]:
    """Return the names by which a broker may be chosen: ``twilio``, ``twilio/form``, ``twilio-form-http``."""
    return broker.profile.partition("/")[0], broker.profile, broker.name
