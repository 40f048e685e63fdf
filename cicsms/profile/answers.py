"""The ordered rules that tell what a broker's answer to an MT means, and write that answer on the broker's side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import re2
from attrs import evolve

from cicsms.model.message import Answer, Mt, Outcome
from cicsms.model.wire import HttpReply
from cicsms.profile import fields, jsons, xmls
from cicsms.profile.matching import matches, status_test
from cicsms.profile.node import Node
from cicsms.profile.shapes import Shape
from cicsms.profile.templates import Scope
from cicsms.profile.trees import JsonBody, XmlBody
from cicsms.profile.values import NotReadable
from cicsms.profile.wires import Wire

Test = Callable[[Wire], bool]
OUTCOMES = tuple(str(outcome) for outcome in Outcome)
_BARE = {
    Outcome.ACCEPTED: 200,
    Outcome.REFUSED: 400,
    Outcome.STOPPED: 400,
    Outcome.AUTH_FAILED: 401,
    Outcome.THROTTLED: 429,
    Outcome.RETRY: 503,
    Outcome.UNKNOWN: 500,
}
_INSTEAD = {Outcome.THROTTLED: Outcome.RETRY, Outcome.RETRY: Outcome.THROTTLED, Outcome.STOPPED: Outcome.REFUSED}
"""What a broker says that has no words of its own for an outcome."""


def by_class(status: int) -> Outcome:
    """Return what a status means that no rule names; a 2xx and most of 5xx leave it open whether the message went."""
    if status in (429, 503):
        return Outcome.THROTTLED if status == 429 else Outcome.RETRY
    if status in (401, 403):
        return Outcome.AUTH_FAILED if status == 401 else Outcome.REFUSED
    return Outcome.REFUSED if 300 <= status < 500 else Outcome.UNKNOWN


class Rule:
    """One rule: the statuses and tests it wants, the outcome, and the fields it reads and writes."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.outcome = Outcome(node.tag) if node.tag in OUTCOMES else Outcome.ACCEPTED
        self.shape = Shape(node, "answer")
        self._status = status_test(node.get("status", "100..599"))
        self._tests = tuple(map(test, node.all("if")))
        self.written = node.get("write") != "no"

    def fits(self, wire: Wire) -> bool:
        """Tell whether status and tests hold."""
        return self._status(wire.status) and all(test(wire) for test in self._tests)

    def read(self, wire: Wire, known: Mapping[str, Any] | None = None) -> Answer | None:
        """Return the answer; ``None`` where the rule is not of this reply or lacks a field it needs.

        ``known`` are the fields of the list that this entry stands in; what the entry says itself counts more.
        """
        if not self.fits(wire):
            return None
        try:
            found = self.shape.read(wire)
        except NotReadable:
            return None
        if not found:
            return None
        held = {**known, **found[0]} if known else found[0]
        return Answer(self.outcome, recipient=held.get("recipient", ""), **fields.attributes(held))

    def write(self, scopes: Sequence[Scope]) -> HttpReply:
        """Return the reply that says it."""
        draft = self.shape.write(scopes)
        return HttpReply(int(self.node.get("reply") or _BARE[self.outcome]), draft.lines(), draft.body)


class Several(Rule):
    """A rule for replies that list an answer for each recipient: rules of its own judge each entry."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self.rules = tuple(Rule(child) for child in node.children if child.tag in OUTCOMES)
        self._written = node.get("write")
        self._document = next(group for group in self.shape.groups if isinstance(group, JsonBody | XmlBody))

    def serves(self, outcomes: set[Any]) -> bool:
        """Tell whether answers of these outcomes are written as a list."""
        wanted = {"mixed": len(outcomes) > 1, "accepted": Outcome.ACCEPTED in outcomes}
        return wanted.get(self._written, True)

    def answers(self, wire: Wire, mt: Mt) -> tuple[Answer, ...] | None:
        """Return an answer for each recipient of ``mt``; ``None`` where the reply is not of this rule."""
        if not self.fits(wire):
            return None
        known: dict[str, Any] = {}
        try:
            entries = self._document.entries(wire)
            refused = self._document.refused(wire)
            self._document.take(wire, known)
        except NotReadable:
            return None
        if not entries and not refused:
            return None
        found = [_judged(self.rules, wire.within(entry), known) for entry in entries or ()]
        if self._document.level.of_parts:
            return tuple(evolve(_joined(found), recipient=recipient) for recipient in mt.recipients)
        return _beside(refused, found, mt) if refused else _paired(found, mt)

    def reply(self, scopes: Sequence[Mapping[str, Any]], strict: bool) -> HttpReply | None:
        """Return the reply that lists these answers; ``None`` where one has no rule here, or (``strict``) one not its own."""
        filled = []
        for scope in scopes:
            fill = self._filler(scope, strict)
            named = self._document.level.left_out is not None and scope.get("outcome") is Outcome.REFUSED
            if fill is None and not named:
                return None
            filled.append({**scope, "fill": fill} if fill else scope)
        return self.write(filled) if any("fill" in scope for scope in filled) else None

    def _filler(self, scope: Scope, strict: bool) -> Callable[[Any], None] | None:
        able = [rule for rule in self.rules if rule.outcome == scope.get("outcome") and rule.written]
        for rule in able:
            fill = _document(rule).level.filler(scope)
            if isinstance(self._document, JsonBody) and self._read_back(fill) is not rule:
                continue
            return fill
        return _document(able[0]).level.filler(scope) if able and not strict else None

    def _read_back(self, fill: Callable[[Any], None]) -> Rule | None:
        item: dict[Any, Any] = {}
        fill(item)
        wire = Wire(HttpReply(200)).within(item.get(jsons.SELF, item))
        return next((rule for rule in self.rules if rule.read(wire)), None)


def _document(rule: Rule) -> JsonBody | XmlBody:
    return next(group for group in rule.shape.groups if isinstance(group, JsonBody | XmlBody))


def _judged(rules: Sequence[Rule], wire: Wire, known: Mapping[str, Any]) -> Answer:
    for rule in rules:
        answer = rule.read(wire, known)
        if answer is not None:
            return answer
    return Answer(Outcome.UNKNOWN)


def _paired(found: list[Answer], mt: Mt) -> tuple[Answer, ...]:
    """Give each recipient its answer: the one that names it, else the one at its place."""
    named = {answer.recipient.lstrip("+0"): answer for answer in reversed(found) if answer.recipient}
    out = []
    for place, recipient in enumerate(mt.recipients):
        answer = named.get(recipient.lstrip("+0"))
        if answer is None and place < len(found) and (not found[place].recipient or len(mt.recipients) == len(found) == 1):
            answer = found[place]
        out.append(evolve(answer or Answer(Outcome.UNKNOWN), recipient=recipient))
    return tuple(out)


def _joined(found: list[Answer]) -> Answer:
    """Return the answer to a message whose parts are answered one by one; one that went in part failed, and is not sent again."""
    failed = [answer for answer in found if answer.outcome is not Outcome.ACCEPTED]
    answer = found[0]
    if failed and len(failed) < len(found):
        sent = next(one for one in found if one not in failed)
        answer = evolve(failed[0], outcome=Outcome.REFUSED, broker_id=sent.broker_id, wait=None)
    return evolve(answer, parts=0 if len(failed) == len(found) else len(found))


def _beside(refused: frozenset[str], found: list[Answer], mt: Mt) -> tuple[Answer, ...]:
    """Give each recipient its answer where those refused are listed apart, and the others' answers stand in their order."""
    bad = {number.lstrip("+0") for number in refused}
    others = tuple(recipient for recipient in mt.recipients if recipient.lstrip("+0") not in bad)
    paired = iter(_paired(found, evolve(mt, recipients=others)))
    return tuple(
        Answer(Outcome.REFUSED, recipient=recipient) if recipient.lstrip("+0") in bad else next(paired)
        for recipient in mt.recipients
    )


class Answers:
    """All rules of a profile, in order; the first that fits counts."""

    def __init__(self, node: Node) -> None:
        self.rules = tuple(Several(child) if child.tag == "several" else Rule(child) for child in node.children)

    def read(self, reply: HttpReply, mt: Mt) -> tuple[Answer, ...]:
        """Return what the reply says, for each recipient; it never raises."""
        wire = Wire(reply)
        for rule in self.rules:
            if isinstance(rule, Several):
                answers = rule.answers(wire, mt)
                if answers is not None:
                    return answers
            elif (answer := rule.read(wire)) is not None:
                return tuple(evolve(answer, recipient=recipient) for recipient in mt.recipients)
        outcome = by_class(reply.status)
        return tuple(Answer(outcome, recipient=recipient, said=f"HTTP {reply.status}") for recipient in mt.recipients)

    def write(self, scopes: Sequence[Scope]) -> HttpReply:
        """Return the reply that says these answers (a scope each), by the first rule that would be read back as itself."""
        outcomes = {scope.get("outcome") for scope in scopes}
        lists = [rule for rule in self.rules if isinstance(rule, Several) and rule.serves(outcomes)]
        lists = lists if scopes[0].get("recipient") else []
        outcome = scopes[0].get("outcome", Outcome.REFUSED)
        able = self._able(outcome)
        if not able and outcome in _INSTEAD:
            able = self._able(_INSTEAD[outcome])
        listed = next((reply for rule in lists if (reply := rule.reply(scopes, True))), None)
        alone = listed or next((reply for rule in able if self._read_back(reply := rule.write(scopes)) is rule), None)
        loose = alone or next((reply for rule in lists if (reply := rule.reply(scopes, False))), None)
        return loose or (able[0].write(scopes) if able else HttpReply(_BARE[outcome]))

    def _able(self, outcome: Outcome) -> list[Rule]:
        return [rule for rule in self.rules if not isinstance(rule, Several) and rule.outcome is outcome and rule.written]

    def _read_back(self, reply: HttpReply) -> Rule | None:
        wire = Wire(reply)
        return next((rule for rule in self.rules if not isinstance(rule, Several) and rule.read(wire)), None)


def test(node: Node) -> Test:
    """Return the test of an ``if`` element: on a JSON or XML path, a header, or (none of them) the text of the body."""
    get, holds = _place(node), _predicate(node)

    def check(wire: Wire) -> bool:
        try:
            return holds(get(wire))
        except NotReadable:
            return False

    return check


def _place(node: Node) -> Callable[[Wire], Any]:
    if node.has("json"):
        at = jsons.getter(node.get("json"))
        return lambda wire: at(wire.json(()), {})
    if node.has("xml"):
        inside = xmls.getter(node.get("xml"))
        return lambda wire: inside(wire.xml(()), {})
    if node.has("form"):
        member = node.get("form").encode()
        return lambda wire: _decoded(wire.fields.get(member))
    if node.has("query"):
        asked = node.get("query").encode()
        return lambda wire: _decoded(wire.asked.get(asked))
    if node.has("header"):
        name = node.get("header").lower().encode()
        return lambda wire: next((value.decode("latin-1") for key, value in wire.headers if key.lower() == name), None)
    return lambda wire: wire.body.decode(wire.charset, "replace")


def _decoded(octets: bytes | None) -> str | None:
    return None if octets is None else octets.decode("utf-8", "replace")


def _predicate(node: Node) -> Callable[[Any], bool]:
    if node.has("is"):
        match = matches(node.get("is"), node.get("case") == "ignore")
        return lambda value: isinstance(value, str) and match(value)
    if node.has("starts"):
        return lambda value: isinstance(value, str) and value.startswith(node.get("starts"))
    if node.has("has"):
        return lambda value: isinstance(value, str) and node.get("has") in value
    if node.has("matches"):
        pattern = re2.compile(node.get("matches"))
        return lambda value: isinstance(value, str) and pattern.search(value) is not None
    wanted = node.get("set", "yes") == "yes"
    return lambda value: (value not in (None, "", ())) is wanted
