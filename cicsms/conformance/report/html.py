"""The report as static pages that fetch nothing: an index with the matrix, a page for each case, every peer byte escaped."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from twisted.web.template import Tag, flattenString, tags

from cicsms.conformance.catalogue import GROUPS
from cicsms.conformance.grade import Grade
from cicsms.conformance.result import Report, Result

_ROOM = files("cicsms.conformance.report")
STYLE = (_ROOM / "page.css").read_text("utf-8")
SCRIPT = (_ROOM / "page.js").read_text("utf-8")
_DIRECTIONS = {">": ("sent", "sent"), "<": ("received", "received"), "-": ("remark", "")}


async def write(report: Report, folder: Path) -> Path:
    """Write the pages into ``folder`` and return the index."""
    _made(folder)
    cases = report.cases
    for place, case in enumerate(cases):
        around = (cases[place - 1] if place else None, cases[place + 1] if place + 1 < len(cases) else None)
        (folder / page_name(case)).write_bytes(await rendered(case_page(report, case, around)))
    index = folder / "index.html"
    index.write_bytes(await rendered(index_page(report)))
    return index


def _made(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)


async def rendered(page: Tag) -> bytes:
    """Write a page as bytes, escaped by the template engine."""
    body: bytes = await flattenString(None, page)
    return b"<!DOCTYPE html>\n" + body


def page_name(case: str) -> str:
    """Return the file name of a case's page."""
    return f"case-{case}.html"


def index_page(report: Report) -> Tag:
    """Make the index: the facts of the run, totals to filter by, and the matrix."""
    heads = [tags.th("case"), tags.th("what"), *(tags.th(column) for column in report.columns)]
    return _page(
        "Conformance report",
        tags.h1("Conformance report"),
        tags.p(_facts(report), class_="facts"),
        tags.div(*(_chip(grade, number) for grade, number in report.totals.items()), class_="totals"),
        tags.p(tags.input(type="search", placeholder="Filter by text", **{"aria-label": "Filter by text"})),
        tags.div(tags.table(tags.thead(tags.tr(*heads)), tags.tbody(*_rows(report))), class_="scroll"),
        tags.h2("Evidence"),
        tags.ul(*(tags.li(_evidence(name, known)) for name, known in report.run.get("profiles", {}).items())),
        script=True,
    )


def _facts(report: Report) -> str:
    run = report.run
    whole = "" if report.complete else " The run did not come to its end."
    return (
        f"{run.get('server', '?')} and {run.get('emulator', '?')}, judged by cicsms {run.get('suite', '?')},"
        f" {run.get('started', '?')}, seed {run.get('seed', '?')}, round trip {run.get('round_trip_ms', '?')} ms.{whole}"
    )


def _evidence(name: str, known: Mapping[str, Any]) -> str:
    return f"{name}: evidence for {known.get('evidence', '?')} directions; definition {str(known.get('digest', '?'))[:16]}"


def _chip(grade: Grade, number: int) -> Tag:
    said = f"{grade.glyph} {grade} {number}"
    return tags.button(said, class_=f"chip {grade}", type="button", **{"data-grade": str(grade), "aria-pressed": "false"})


def _rows(report: Report) -> Iterable[Tag]:
    for case in report.cases:
        found = report.of(case)
        title = next(iter(found.values())).title
        cells = [_cell(found.get(column)) for column in report.columns]
        grades = " ".join(sorted({str(result.grade) for result in found.values()}))
        link = tags.a(case, href=page_name(case))
        yield tags.tr(tags.td(link, class_="id"), tags.td(title), *cells, **{"data-grades": grades})


def _cell(result: Result | None) -> Tag:
    if result is None:
        return tags.td()
    said = f"{result.grade.glyph} {result.grade}"
    link = tags.a(said, href=f"{page_name(result.case)}#{_anchor(result)}", class_=str(result.grade))
    return tags.td(link, class_="grade")


def _anchor(result: Result) -> str:
    return "".join(c if c.isalnum() else "-" for c in result.column)


def case_page(report: Report, case: str, around: tuple[str | None, str | None]) -> Tag:
    """Make the page of one case: its requirement, and what each subject did."""
    found = report.of(case)
    first = next(iter(found.values()))
    group = GROUPS.get(case.partition(".")[0], "")
    before, after = around
    links = [tags.a("All cases", href="index.html")]
    links += [
        tags.a(f"{word} {other}", href=page_name(other)) for word, other in (("Before:", before), ("Next:", after)) if other
    ]
    return _page(
        f"{case} {first.title}",
        tags.nav(*links),
        tags.h1(f"{case} {first.title}"),
        tags.p(f"{group}. {first.importance}. {first.clause}", class_="facts"),
        tags.p(first.expect),
        *(_section(found[column]) for column in report.columns if column in found),
    )


def _section(result: Result) -> Tag:
    again = f"cicsms conformance run --case {result.case} --broker {result.column.partition(' ')[0]}"
    parts = [
        tags.h2(tags.span(f"{result.grade.glyph} {result.grade}", class_=str(result.grade)), f"  {result.column}"),
        tags.div(_side("Expected", result.expected or result.expect), _side("Observed", result.observed), class_="sides"),
        tags.p(f"{result.seconds:.2f} s, started {result.started}. Again: {again}", class_="facts"),
    ]
    if result.wire:
        entries = [_entry(entry) for entry in result.wire]
        parts.append(tags.details(tags.summary(f"Wire log, {len(result.wire)} entries"), *entries))
    return tags.section(*parts, id=_anchor(result))


def _side(title: str, text: str) -> Tag:
    return tags.div(tags.h3(title), tags.p(visible(text)))


def _entry(entry: Mapping[str, Any]) -> Tag:
    style, word = _DIRECTIONS.get(str(entry["direction"]), ("remark", "?"))
    head = f"{entry['ms']:>9.2f} ms  connection {entry['connection']}  {word} {entry['length']} bytes\n"
    return tags.pre(head, visible(str(entry["data"])), class_=style)


def visible(text: str) -> str:
    """Make control characters visible; line breaks stay, with a sign for the carriage return."""
    shown = text.replace("\r\n", "␍␊\n").replace("\r", "␍")
    return "".join(c if c == "\n" or ord(c) >= 32 else chr(0x2400 + ord(c)) for c in shown if not 0xD800 <= ord(c) <= 0xDFFF)


def _page(title: str, *content: Tag, script: bool = False) -> Tag:
    """Make a page whose policy allows nothing but its own style and script."""
    policy = f"default-src 'none'; style-src '{_digest(STYLE)}'; base-uri 'none'; form-action 'none'"
    if script:
        policy += f"; script-src '{_digest(SCRIPT)}'"
    return tags.html(
        tags.head(
            tags.meta(charset="utf-8"),
            tags.meta(**{"http-equiv": "Content-Security-Policy", "content": policy}),
            tags.meta(name="viewport", content="width=device-width, initial-scale=1"),
            tags.title(title),
            tags.style(STYLE),
        ),
        tags.body(*content, *([tags.script(SCRIPT)] if script else [])),
        lang="en",
    )


def _digest(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()
