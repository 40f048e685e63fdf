"""Tests of what a run consists of, and of the runner itself."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from cicsms.conformance.case import Case, Scope, case
from cicsms.conformance.catalogue import GROUPS, NothingSelected, all_cases
from cicsms.conformance.grade import Grade
from cicsms.conformance.journal import Journal, read
from cicsms.conformance.peer.client import Unreachable
from cicsms.conformance.peer.peer import Peer
from cicsms.conformance.plan import Job, Selection, plan
from cicsms.conformance.result import Report, Result
from cicsms.conformance.suite import DEADLINE, Suite
from cicsms.conformance.target import Target
from cicsms.conformance.verdict import Verdict, ok, require, skipped
from tests.conformance.stub import peer_of

FACTS: dict[str, Any] = {"server": "s", "emulator": "e", "profiles": {}}


@case("1.01", "first", clause="c", expect="e", scope=Scope.SITE)
async def first(peer: Peer) -> Verdict:
    """Be fine."""
    return ok("fine")


@case("2.01", "wired", clause="c", expect="e")
async def wired(peer: Peer) -> Verdict:
    """Fail."""
    require(False, "something", "nothing")
    return ok()


@case("2.02", "broken", clause="c", expect="e")
async def broken(peer: Peer) -> Verdict:
    """Break in the harness."""
    raise ZeroDivisionError("oops")


@case("2.03", "silent", clause="c", expect="e")
async def silent(peer: Peer) -> Verdict:
    """Find nobody at the other end."""
    raise Unreachable("nobody there")


@case("2.04", "hanging", clause="c", expect="e")
async def hanging(peer: Peer) -> Verdict:
    """Never end."""
    await Deferred()
    return ok()


@case("1.08", "after", clause="c", expect="e", scope=Scope.AFTER)
async def after(peer: Peer) -> Verdict:
    """Look back."""
    raise skipped("nothing to see")


CASES = (after, first, wired, broken, silent, hanging)


@define
class StubRig:
    """Gives every job the same peer."""

    one: Peer
    closed: bool = False

    async def prepare(self) -> dict[str, Any]:
        """Tell the facts."""
        return dict(FACTS)

    def peer(self, job: Job, seed: Random) -> Peer:
        """Return the peer."""
        return self.one

    async def close(self) -> None:
        """Note that it is over."""
        self.closed = True


@define
class Ears:
    """A listener that remembers."""

    total: int = 0
    results: list[Result] = field(factory=list)

    def began(self, total: int) -> None:
        """Remember the number."""
        self.total = total

    def ended(self, result: Result) -> None:
        """Remember the result."""
        self.results.append(result)


class PlanTests(SynchronousTestCase):
    """The choice of cases and subjects."""

    def setUp(self) -> None:
        """Have the target of a world."""
        with peer_of("twilio/form") as peer:
            self.target: Target = peer.target

    def jobs(self, *cases: Case, **selection: Any) -> list[tuple[str, str]]:
        """Return the plan as ids and columns."""
        return [(job.case.id, job.column) for job in plan(self.target, Selection(**selection), cases or CASES)]

    def test_site_once_wire_for_each_subject_after_last(self) -> None:
        """A case of the site runs once, one of the wire for each profile and scheme, and what looks back runs last."""
        found = self.jobs(after, first, wired)
        self.assertEqual(found[-1], ("1.08", "site"))
        self.assertEqual(found[:-1], [("1.01", "site"), ("2.01", "twilio/form http"), ("2.01", "kannel/sendsms http")])

    def test_globs_are_anchored(self) -> None:
        """A glob names a whole id or a whole broker; commas separate several."""
        self.assertEqual({id_ for id_, _ in self.jobs(cases=("2.*,1.01",))}, {"1.01", "2.01", "2.02", "2.03", "2.04"})
        self.assertEqual(self.jobs(cases=("2.01",), brokers=("kannel",)), [("2.01", "kannel/sendsms http")])
        self.assertEqual(self.jobs(cases=("2.01",), brokers=("twilio/*",)), [("2.01", "twilio/form http")])

    def test_what_matches_nothing_is_an_error(self) -> None:
        """A typing mistake in a glob must not look like success."""
        for wrong in ({"cases": ("9.99",)}, {"brokers": ("twili",)}, {"cases": ("2",)}, {"schemes": ("https",)}):
            self.assertRaises(NothingSelected, self.jobs, **wrong)

    def test_every_case_of_the_catalogue_is_in_a_group(self) -> None:
        """Ids are unique and belong to a named group."""
        ids = [known.id for known in all_cases()]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertLessEqual({known.group for known in all_cases()}, set(GROUPS))


class SuiteTests(SynchronousTestCase):
    """The runner."""

    def run_all(self, *cases: Case, parallel: int = 8) -> tuple[Report, Ears, Path]:
        """Run cases to their end on a clock."""
        clock, ears, path = Clock(), Ears(), Path(self.mktemp())
        with peer_of("twilio/form") as peer:
            rig = StubRig(peer)
            suite = Suite(clock, rig, Journal(path), ears)
            selection = Selection(brokers=("twilio",), seed=3, parallel=parallel)
            running = Deferred.fromCoroutine(suite.run(peer.target, selection, cases))
            clock.pump([DEADLINE + 1] * len(cases))
            report: Report = self.successResultOf(running)
            self.assertTrue(rig.closed)
            return report, ears, path

    def test_grades(self) -> None:
        """A broken MUST is FAILED; what breaks in the harness, hangs or finds nobody is ERROR, never the server's fault."""
        report, ears, _ = self.run_all(*CASES)
        self.assertEqual(
            {result.case: result.grade for result in report.results},
            {
                "1.01": Grade.OK,
                "1.08": Grade.SKIPPED,
                "2.01": Grade.FAILED,
                "2.02": Grade.ERROR,
                "2.03": Grade.ERROR,
                "2.04": Grade.ERROR,
            },
        )
        self.assertEqual((ears.total, len(ears.results)), (6, 6))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_a_failure_tells_both_sides(self) -> None:
        """What was expected and what was observed stand in the result."""
        report, _, _ = self.run_all(wired)
        self.assertEqual((report.results[0].expected, report.results[0].observed), ("something", "nothing"))

    def test_the_journal_is_the_report(self) -> None:
        """What is read from the journal is what the run returned."""
        report, _, path = self.run_all(first, wired, parallel=1)
        kept = read(path)
        self.assertEqual((kept.totals, kept.run["seed"], kept.complete), (report.totals, 3, True))
