"""The MT of a profile: the request written and read, and the answers to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote_to_bytes

from attrs import evolve

from cicsms.model.errors import CicsmsError
from cicsms.model.message import Answer, Mt, Outcome
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.profile import fields, urls
from cicsms.profile.answers import Answers
from cicsms.profile.callbacks import CallbackTemplate
from cicsms.profile.digests import Digest, with_digests
from cicsms.profile.node import Node
from cicsms.profile.proving import Basic, Signed
from cicsms.profile.rows import Row, row
from cicsms.profile.shapes import Shape
from cicsms.profile.templates import Scope, pattern
from cicsms.profile.values import NotReadable, Registration
from cicsms.profile.wires import Wire
from cicsms.text.parts import smallest


class NotWritable(CicsmsError):
    """The message cannot be put into this profile's form; the sentence names what is missing."""


class Submissions:
    """How outbound messages are handed to the broker, both sides of it."""

    def __init__(self, node: Node, receipt: Node | None) -> None:
        self.answers = Answers(node.first("answer") or Node("answer"))
        self._method = node.get("method", "POST")
        self._gateway, self._path = node.get("gateway"), node.get("path")
        self._shape = Shape(node, "mt")
        self._basic = tuple(map(Basic, node.all("basic")))
        self._signed = tuple(map(Signed, node.all("signed")))
        self._template = CallbackTemplate(receipt) if receipt and node.get("callback") == "template" else None
        self._segments, self._names = pattern(self._path.partition("?")[0])
        self._places = {f"path.{at.get('name')}": row(at, "mt") for group in node.all("path") for at in group.all("at")}
        self._digests = tuple(map(Digest, node.all("digest")))

    def write(
        self, mt: Mt, registration: Registration, scope: dict[str, Any], fills: tuple[tuple[str, str], ...], now: datetime | None
    ) -> HttpRequest:
        """Return the request; an option that stands for a field overrides what the message has there."""
        scope |= fields.of_mt(mt)
        for name, option in fills:
            if scope.get(option):
                scope[name] = scope[option]
        if now is not None and mt.validity is not None:
            scope["expires"] = now + timedelta(seconds=mt.validity)
        if self._template and "callback" in scope:
            scope["callback"] = self._template.extended(scope["callback"], mt.reference, scope)
        if now is not None:
            scope["sent"] = now
        scope = self._derived(scope)
        path = self._path if registration.mt_path is None else registration.mt_path
        scheme, authority, fill = urls.joined(registration.gateway or self._gateway, path)
        written = fill(scope)
        if written is None:
            raise NotWritable(f"The outgoing path {path} has a hole that account and options leave empty.")
        draft = self._shape.write((scope,))
        headers = tuple(line for basic in self._basic for line in basic.lines(scope)) + draft.lines()
        request = HttpRequest(self._method, urls.target(written, draft.query), headers, draft.body, scheme, authority)
        return self._proven(request, scope, now) if self._signed else request

    def _derived(self, scope: dict[str, Any]) -> dict[str, Any]:
        """Return a scope with what is made of its fields: places of the path, then digests."""
        if self._places:
            made = {name: place.write(scope) for name, place in self._places.items()}
            scope |= {name: str(value) for name, value in made.items() if value is not None}
        return with_digests(self._digests, scope) if self._digests else scope

    def _proven(self, request: HttpRequest, scope: Scope, now: datetime | None) -> HttpRequest:
        if all(signed.off(scope) for signed in self._signed):
            return request
        if now is None:
            raise NotWritable("A signed request needs to know the time.")
        dated = {**scope, "now": now}
        for signed in self._signed:
            request = signed.seal(request, dated, request.url)
        proof = tuple(line for signed in self._signed for line in signed.sign(request, dated, request.url))
        return evolve(request, headers=(*proof, *request.headers))

    def read(self, request: HttpRequest, now: datetime | None) -> tuple[Mt, ...]:
        """Return the messages of a request."""
        return tuple(self._message(found, now) for found in self._found(Wire(request)))

    def _found(self, wire: Wire) -> list[dict[str, Any]]:
        values = self._path_values(wire)
        given: dict[str, Any] = {name: value for name, value in values.items() if fields.kind("mt", name)}
        for name, place in self._places.items():
            if place.field is not None and values.get(name):
                given[place.field] = _read(place, values[name])
        return self._shape.read(wire, given)

    def _path_values(self, wire: Wire) -> dict[str, str]:
        found = self._segments.search(wire.target)
        texts = [unquote_to_bytes(raw).decode("utf-8", "replace") for raw in found.groups()] if found else []
        return dict(zip(self._names, texts, strict=False))

    def _message(self, found: dict[str, Any], now: datetime | None) -> Mt:
        values = fields.attributes(found)
        recipients = values.pop("recipients", ()) or ((found["recipient"],) if "recipient" in found else ())
        if not recipients:
            raise NotReadable("The recipient is missing.")
        expires = found.get("expires")
        if isinstance(expires, datetime) and now is not None and "validity" not in values:
            values["validity"] = _validity(expires, now)
        callback = values.get("callback", "")
        if self._template and callback and "reference" not in values:
            values["callback"], values["reference"] = self._template.taken_apart(callback)
        if "alphabet" not in values:
            values["alphabet"] = smallest(values.get("text", ""))
        return Mt(recipients=tuple(recipients), **{"sender": "", "text": "", **values})

    def authentic(self, request: HttpRequest, scope: Scope) -> bool:
        """Tell whether credentials, secret places and the account in the path are those of the registration."""
        wire = Wire(request)
        if self._digests:
            try:
                scope = self._derived(self._told(self._found(wire)[0], scope))
            except NotReadable:
                return False
        for name, value in self._path_values(wire).items():
            wanted = next((scope[one] for one in name.split("|") if scope.get(one)), None)
            if wanted is not None and not fields.kind("mt", name) and value != wanted:
                return False
        held = all(one.holds(request, scope) for one in self._basic) and all(one.holds(request, scope) for one in self._signed)
        return held and self._shape.proven(request, scope)

    def _told(self, found: dict[str, Any], scope: Scope) -> dict[str, Any]:
        """Return what a digest was made of: account, moment, and what the request says."""
        numbers = found.get("recipients") or ((found["recipient"],) if "recipient" in found else ())
        named = {"recipients": numbers, "recipient": numbers[0]} if numbers else {}
        moment = {"sent": scope["now"]} if "now" in scope else {}
        return {**scope, **moment, **found, **named}

    def reply(self, answers: Sequence[Answer], mt: Mt | None, scope: Scope) -> HttpReply:
        """Return the broker's reply that says ``answers``."""
        about: dict[str, Any] = {f"mt.{name}": value for name, value in fields.of_mt(mt).items()} if mt else {}
        about |= {"count": len(answers), "taken": sum(answer.outcome is Outcome.ACCEPTED for answer in answers)}
        scopes: list[Scope] = []
        for place, answer in enumerate(answers):
            recipient = mt.recipients[place] if mt and place < len(mt.recipients) else None
            own = {"recipient": recipient, "mt.recipient": recipient} if recipient else {}
            scopes.append({**scope, "count": len(answers), **about, **own, **fields.of_answer(answer)})
        return self.answers.write(scopes)


def _read(place: Row, text: str) -> Any:
    try:
        return place.read(text)
    except ValueError as error:
        raise NotReadable(f"The path has no {place.field} where it should.") from error


def _validity(expires: datetime, now: datetime) -> int:
    """Return the seconds until ``expires``; a form without a year (read as 1900) means the next such day."""
    if expires.year == 1900:
        expires = expires.replace(year=now.astimezone(UTC).year)
        if expires < now - timedelta(days=1):
            expires = expires.replace(year=expires.year + 1)
    return max(0, round((expires - now).total_seconds()))
