"""Tests of the journal and of the reports that are made of it."""

from __future__ import annotations

import io
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from attrs import evolve
from rich.console import Console
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.template import Tag

from cicsms.conformance.grade import EX_CLEAN, EX_ERROR, EX_FAILED, EX_WORSE, Grade, exit_code
from cicsms.conformance.journal import BadJournal, Journal, read
from cicsms.conformance.report import as_json, html, terminal
from cicsms.conformance.result import Report, Result, against

RESULT = Result(
    case="2.01",
    title="golden-mo",
    clause="MO",
    expect="A message is stored.",
    importance="MUST",
    column="twilio/form http",
    grade=Grade.OK,
    expected="",
    observed="stored",
    seconds=0.25,
    started="2026-11-23T01:02:03+00:00",
    wire=({"ms": 1.0, "connection": 1, "direction": "<", "length": 40, "data": "<script>alert(1)</script>\x00\r\n"},),
)
FAILED = evolve(RESULT, case="10.01", grade=Grade.FAILED, column="site", expected="a chain", observed="<b>none</b>")
RUN = {"seed": 7, "server": "s 1", "emulator": "e 1", "profiles": {"twilio/form": {"digest": "abc", "evidence": "6/7"}}}


def ensured(coroutine: Coroutine[Deferred[Any], Any, Any]) -> Deferred[Any]:
    """Run a coroutine."""
    return Deferred.fromCoroutine(coroutine)


def html_text(page: Tag) -> Deferred[Any]:
    """Return a page as text."""
    return ensured(html.rendered(page)).addCallback(bytes.decode)


class JournalTests(SynchronousTestCase):
    """What is written can be read."""

    def setUp(self) -> None:
        """Write a journal of two results."""
        self.path = Path(self.mktemp())
        journal = Journal(self.path)
        journal.begin(RUN)
        journal.add(RESULT)
        journal.add(FAILED)
        journal.end()

    def test_is_read_as_it_was_written(self) -> None:
        """The report of a journal has the facts of the run and every result."""
        report = read(self.path)
        self.assertEqual((report.run["seed"], report.complete), (7, True))
        self.assertEqual(report.totals, {Grade.OK: 1, Grade.FAILED: 1})
        self.assertEqual((report.cases, report.columns), (("2.01", "10.01"), ("site", "twilio/form http")))
        self.assertEqual(report.of("10.01")["site"].observed, "<b>none</b>")

    def test_a_cut_journal_keeps_what_it_has(self) -> None:
        """A crash in the middle of a line loses that line, and the report says that the run did not end."""
        text = self.path.read_text().splitlines()
        self.path.write_text("\n".join([*text[:2], text[2][:50]]))
        report = read(self.path)
        self.assertEqual((len(report.results), report.complete, report.exit_code()), (1, False, EX_ERROR))

    def test_what_is_no_journal_is_refused(self) -> None:
        """A file without the facts of a run, a missing file and a damaged record give one clear error."""
        for text in ("", "nonsense", '{"record": "case"}', json.dumps({"record": "run"}) + '\n{"record": "case", "grade": "??"}'):
            self.path.write_text(text)
            self.assertRaises(BadJournal, read, self.path)
        self.assertRaises(BadJournal, read, self.path.parent / "absent")

    def test_a_case_that_ran_again_counts_once(self) -> None:
        """The last result of a case and subject is the one that counts."""
        lines = self.path.read_text().splitlines()
        again = json.dumps(evolve(FAILED, grade=Grade.OK).record())
        self.path.write_text("\n".join([*lines[:-1], again, lines[-1]]))
        self.assertEqual(read(self.path).totals, {Grade.OK: 2})


class ExitTests(SynchronousTestCase):
    """Exit codes of runs."""

    def test_codes(self) -> None:
        """An error or nothing at all goes before a failure; a SHOULD fails a run only when that is asked for."""
        self.assertEqual(exit_code([Grade.OK, Grade.NON_STRICT, Grade.SKIPPED]), EX_CLEAN)
        self.assertEqual(exit_code([Grade.OK, Grade.FAILED]), EX_FAILED)
        self.assertEqual(exit_code([Grade.FAILED, Grade.ERROR]), EX_ERROR)
        self.assertEqual(exit_code([]), EX_ERROR)
        self.assertEqual(exit_code([Grade.NON_STRICT], Grade.NON_STRICT), EX_FAILED)

    def test_against_a_baseline_only_what_is_worse_counts(self) -> None:
        """A known failure is no news; a new one is."""
        known = Report(RUN, (FAILED,))
        self.assertEqual(against(known, known).exit_code(), EX_CLEAN)
        self.assertEqual(against(Report(RUN, (FAILED, evolve(RESULT, grade=Grade.FAILED))), known).exit_code(), EX_WORSE)
        self.assertEqual(against(Report(RUN, (evolve(FAILED, grade=Grade.ERROR),)), known).exit_code(), EX_ERROR)


class ReportTests(SynchronousTestCase):
    """The renderings."""

    def setUp(self) -> None:
        """Have a report of two results."""
        self.report = Report(RUN, (RESULT, FAILED))

    def test_terminal_shows_matrix_trouble_and_totals(self) -> None:
        """A person sees which case failed on which subject, what was expected, and the sums."""
        out = io.StringIO()
        terminal.show(self.report, Console(file=out, width=100, no_color=True))
        text = out.getvalue()
        for word in ("golden-mo", "✗F", "✓O", "expected: a chain", "<b>none</b>", "2 results", "evidence 6/7", "seed 7"):
            self.assertIn(word, text)

    def test_json_has_everything_but_the_wire(self) -> None:
        """The JSON document carries totals and results."""
        path = Path(self.mktemp())
        as_json.write(self.report, path)
        found = json.loads(path.read_text())
        self.assertEqual((found["totals"], found["run"]["seed"]), ({"OK": 1, "FAILED": 1}, 7))
        self.assertNotIn("wire", found["results"][0])

    def test_pages_escape_every_peer_byte(self) -> None:
        """Whatever a peer sent is text on the page, control characters made visible."""
        page = self.page("2.01")
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt;␀␍␊", page)
        self.assertNotIn("<script>alert", page)
        self.assertIn("&lt;b&gt;none&lt;/b&gt;", self.page("10.01"))

    def test_pages_allow_nothing_from_outside(self) -> None:
        """The policy forbids all but the page's own style and script, and both are whole in the page."""
        index = self.successResultOf(html_text(html.index_page(self.report)))
        self.assertIn("default-src &#39;none&#39;" if "&#39;" in index else "default-src 'none'", index)
        self.assertIn(html.SCRIPT, index)
        self.assertIn(html.STYLE, index)
        self.assertNotIn("http://", index)
        self.assertNotIn("https://", index)

    def test_index_links_every_case(self) -> None:
        """Each cell leads to the section of its case and subject."""
        index = self.successResultOf(html_text(html.index_page(self.report)))
        self.assertIn('href="case-2.01.html#twilio-form-http"', index)
        self.assertIn('id="twilio-form-http"', self.page("2.01"))

    def test_writes_a_page_for_each_case(self) -> None:
        """The folder holds the index and the pages it links."""
        folder = Path(self.mktemp())
        self.successResultOf(ensured(html.write(self.report, folder)))
        self.assertEqual({path.name for path in folder.iterdir()}, {"index.html", "case-2.01.html", "case-10.01.html"})

    def page(self, case: str) -> str:
        """Return the page of a case."""
        text: str = self.successResultOf(html_text(html.case_page(self.report, case, (None, None))))
        return text
