"""A run: every job in its own time limit, some at once, each result journalled as it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any, Protocol

from attrs import frozen
from twisted.internet.defer import Deferred, DeferredSemaphore, gatherResults
from twisted.internet.defer import TimeoutError as TookTooLong
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from cicsms.conformance.case import Case, Scope
from cicsms.conformance.grade import Grade
from cicsms.conformance.journal import Journal
from cicsms.conformance.peer.client import Unreachable
from cicsms.conformance.peer.peer import Peer
from cicsms.conformance.plan import Job, Selection, plan
from cicsms.conformance.result import Report, Result
from cicsms.conformance.target import Target
from cicsms.conformance.verdict import Ended, Verdict

DEADLINE = 120.0
"""Seconds a case has."""


class Listener(Protocol):
    """Somebody who is told how a run goes on."""

    def began(self, total: int) -> None:
        """Tell how many results there will be."""

    def ended(self, result: Result) -> None:
        """Tell a result."""


class Rig(Protocol):
    """What the peers of a run have in common: connections, private servers, measured round trip."""

    async def prepare(self) -> dict[str, Any]:
        """Look at the target and return the facts of the run; raises ``Unreachable`` where nothing answers."""

    def peer(self, job: Job, seed: Random) -> Peer:
        """Make the peer of one job."""

    async def close(self) -> None:
        """End private servers and connections."""


@frozen
class Suite:
    """Runs jobs on a rig."""

    clock: IReactorTime
    rig: Rig
    journal: Journal
    listener: Listener
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    log = Logger()

    async def run(self, target: Target, selection: Selection, cases: Sequence[Case] = ()) -> Report:
        """Run the selection and return its report; raises ``Unreachable`` when the target gives no answer at all."""
        jobs = plan(target, selection, cases)
        try:
            facts = await self.rig.prepare() | {"seed": selection.seed, "started": self.now().isoformat(timespec="seconds")}
            self.journal.begin(facts)
            self.listener.began(len(jobs))
            slots = DeferredSemaphore(max(1, selection.parallel))
            during = [job for job in jobs if job.case.scope is not Scope.AFTER]
            waiting = [slots.run(self._started, job, selection) for job in during]
            results: list[Result] = list(await gatherResults(waiting, consumeErrors=True))
            results += [await self._job(job, selection) for job in jobs if job.case.scope is Scope.AFTER]
            self.journal.end()
            return Report(facts, tuple(results))
        finally:
            await self.rig.close()

    def _started(self, job: Job, selection: Selection) -> Deferred[Result]:
        return Deferred.fromCoroutine(self._job(job, selection))

    async def _job(self, job: Job, selection: Selection) -> Result:
        peer = self.rig.peer(job, Random(f"{selection.seed}/{job.case.id}/{job.column}"))  # noqa: S311  a seed is the point
        started, began = self.now(), self.clock.seconds()
        verdict = await self._verdict(job.case, peer)
        result = Result(
            case=job.case.id,
            title=job.case.title,
            clause=job.case.clause,
            expect=job.case.expect,
            importance=job.case.importance,
            column=job.column,
            grade=verdict.grade,
            expected=verdict.expected,
            observed=verdict.observed,
            seconds=round(self.clock.seconds() - began, 3),
            started=started.isoformat(timespec="milliseconds"),
            notes=tuple(peer.notes),
            wire=peer.log.records(),
        )
        self.journal.add(result)
        self.listener.ended(result)
        return result

    async def _verdict(self, case: Case, peer: Peer) -> Verdict:
        """Drive the case; whatever breaks in the harness is an ERROR, never the server's fault."""
        absent = _absent(case, peer)
        if absent:
            return Verdict(Grade.UNIMPLEMENTED, absent)
        try:
            driven = Deferred.fromCoroutine(_driven(case, peer))
            return await driven.addTimeout(DEADLINE + 100 * peer.patience, self.clock)
        except Ended as ended:
            return ended.verdict
        except TookTooLong:
            return Verdict(Grade.ERROR, f"not done after {DEADLINE:g} s", case.expect)
        except Unreachable as silent:
            return Verdict(Grade.ERROR, f"unreachable: {silent}")
        except Exception as broken:  # noqa: BLE001  the runner is one of the two places where everything is caught
            self.log.failure("case {id} broke", id=case.id)
            return Verdict(Grade.ERROR, f"{type(broken).__name__}: {broken}")


async def _driven(case: Case, peer: Peer) -> Verdict:
    return await case.drive(peer)


def _absent(case: Case, peer: Peer) -> str:
    """Say what the profile declares absent that the case needs; empty when nothing is."""
    profile = peer.profile
    absent = {
        "mo": (not profile.mo_methods, "the profile has no inbound messages by webhook"),
        "mt": (not profile.mt_method, "the profile has no outbound messages"),
        "receipts": (not profile.receipt_methods, "the profile has no receipts by webhook"),
    }
    return next((said for name, (missing, said) in absent.items() if missing and name in case.needs), "")
