"""The control API under ``/emulator/v1``: orders in, views out, as JSON; and the page at ``/``."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any, TypeVar

import orjson
from klein import Klein
from pydantic import BaseModel, ValidationError
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest

from cicsms.emulator.admission import Admission, Forbidden
from cicsms.emulator.desk import Desk, NoMessage
from cicsms.emulator.entries import NoEntry
from cicsms.emulator.loading import places
from cicsms.emulator.openapi import document
from cicsms.emulator.orders import AnswerOrder, LedgerQuery, MoOrder, ReceiptOrder, ResetOrder
from cicsms.emulator.page import FILES
from cicsms.emulator.settings import BrokerEntry
from cicsms.emulator.showing import show_entry, show_exchange
from cicsms.emulator.views import AnswersView, AnswerView, EntriesView, HealthView, LedgerView, ProblemView
from cicsms.model.errors import CicsmsError

Order = TypeVar("Order", bound=BaseModel)


class Control:
    """The control API of one emulator; ``anchors`` (PEM) is what a client needs to trust the HTTPS port."""

    app = Klein()

    def __init__(self, desk: Desk, admission: Admission, anchors: bytes = b"") -> None:
        self._desk = desk
        self._anchors = anchors
        self._admission = admission

    @app.route("/emulator/v1/health", methods=["GET"])
    def health(self, request: IRequest) -> bytes:
        """Say that the emulator is up."""
        desk = self._desk
        view = HealthView(
            version=version("cicsms"),
            seed=desk.seed,
            brokers=len(desk.entries),
            exchanges=len(desk.ledger),
            dropped=desk.ledger.dropped,
            pending_receipts=desk.receipts.pending,
        )
        return _json(request, view)

    @app.route("/emulator/v1/brokers", methods=["GET"])
    def brokers(self, request: IRequest) -> bytes:
        """List the played brokers."""
        self._admit(request)
        return _json(request, EntriesView(brokers=[show_entry(entry) for entry in self._desk.entries]))

    @app.route("/emulator/v1/brokers", methods=["POST"])
    def play(self, request: IRequest) -> bytes:
        """Play one more broker account, or replace the one of the same name."""
        self._admit(request)
        return _json(request, show_entry(self._desk.entries.put(_body(request, BrokerEntry))), 201)

    @app.route("/emulator/v1/brokers/<name>", methods=["DELETE"])
    def retire(self, request: IRequest, name: str) -> bytes:
        """Play a broker account no longer."""
        self._admit(request)
        self._desk.entries.remove(name)
        return _empty(request)

    @app.route("/emulator/v1/mo", methods=["POST"])
    async def mo(self, request: IRequest) -> bytes:
        """Let a phone send a text."""
        self._admit(request)
        return _json(request, await self._desk.mo(_body(request, MoOrder)))

    @app.route("/emulator/v1/receipts", methods=["POST"])
    async def receipts(self, request: IRequest) -> bytes:
        """Report on a message."""
        self._admit(request)
        return _json(request, await self._desk.receipt(_body(request, ReceiptOrder)))

    @app.route("/emulator/v1/answers", methods=["POST"])
    def answer(self, request: IRequest) -> bytes:
        """Script the answer to the next MTs."""
        self._admit(request)
        self._desk.answer(_body(request, AnswerOrder))
        return self._script(request, 201)

    @app.route("/emulator/v1/answers", methods=["GET"])
    def answers(self, request: IRequest) -> bytes:
        """List the scripted answers that are still to be given."""
        self._admit(request)
        return self._script(request, 200)

    @app.route("/emulator/v1/ledger", methods=["GET"])
    async def ledger(self, request: IRequest) -> bytes:
        """List the traffic, or wait for what is to come."""
        self._admit(request)
        words = {name.decode("utf-8", "replace"): values[-1].decode("utf-8", "replace") for name, values in _words(request)}
        asked = LedgerQuery.model_validate(words)
        ledger = self._desk.ledger
        if asked.wait:
            waiting = ledger.wait(asked.query, asked.wait)
            await waiting
        found = [show_exchange(exchange) for exchange in ledger.find(asked.query, asked.limit)]
        return _json(request, LedgerView(exchanges=found, last=ledger.last, dropped=ledger.dropped))

    @app.route("/emulator/v1/ledger", methods=["DELETE"])
    def forget(self, request: IRequest) -> bytes:
        """Forget all traffic."""
        self._admit(request)
        self._desk.ledger.clear()
        return _empty(request)

    @app.route("/emulator/v1/reset", methods=["POST"])
    def reset(self, request: IRequest) -> bytes:
        """Forget the traffic, the script and what is pending."""
        self._admit(request)
        self._desk.reset(_body(request, ResetOrder).broker or "")
        return _empty(request)

    @app.route("/emulator/v1/openapi.json", methods=["GET"])
    def openapi(self, request: IRequest) -> bytes:
        """Describe this API."""
        request.setHeader(b"Content-Type", b"application/json")
        return orjson.dumps(document(version("cicsms")))

    @app.route("/emulator/v1/trust.pem", methods=["GET"])
    def trust(self, request: IRequest) -> bytes:
        """Give the anchors that the certificate of the HTTPS port hangs on."""
        request.setHeader(b"Content-Type", b"application/x-pem-file")
        return self._anchors

    @app.route("/", methods=["GET"])
    @app.route("/<name>", methods=["GET"])
    def page(self, request: IRequest, name: str = "page.html") -> bytes:
        """Give the page and its files."""
        kind, content = FILES.get(name, (b"text/plain; charset=utf-8", b"There is nothing here; the page is at /.\n"))
        request.setResponseCode(200 if name in FILES else 404)
        request.setHeader(b"Content-Type", kind)
        request.setHeader(b"Content-Security-Policy", b"default-src 'self'; frame-ancestors 'none'")
        return content

    @app.handle_errors(Forbidden)
    def forbidden(self, request: IRequest, failure: Failure) -> bytes:
        """Say why the caller may not give orders."""
        status = getattr(failure.value, "status", 403)
        return _json(request, ProblemView(problems=[str(failure.value)]), status)

    @app.handle_errors(CicsmsError)
    def refused(self, request: IRequest, failure: Failure) -> bytes:
        """Say why an order was refused."""
        error = failure.value
        status = 404 if isinstance(error, (NoEntry, NoMessage)) else 409
        return _json(request, ProblemView(problems=str(error).splitlines()), status)

    @app.handle_errors(ValidationError)
    def malformed(self, request: IRequest, failure: Failure) -> bytes:
        """Say every fault of an order."""
        failure.trap(ValidationError)
        error: Any = failure.value
        return _json(request, ProblemView(problems=places(error)), 400)

    def _script(self, request: IRequest, status: int) -> bytes:
        pending = [AnswerView(left=left, answer=answer) for answer, left in self._desk.script.pending()]
        return _json(request, AnswersView(answers=pending), status)

    def _admit(self, request: IRequest) -> None:
        """Hold that the caller may give orders."""
        self._admission.admit(request)


def _body(request: IRequest, kind: type[Order]) -> Order:
    """Read the JSON body of a request as an order."""
    content: Any = request.content
    return kind.model_validate_json(content.read() or b"{}")


def _words(request: IRequest) -> Iterable[tuple[bytes, list[bytes]]]:
    """Give the words of a query."""
    found: dict[bytes, list[bytes]] = request.args or {}
    return found.items()


def _json(request: IRequest, view: BaseModel, status: int = 200) -> bytes:
    request.setResponseCode(status)
    request.setHeader(b"Content-Type", b"application/json")
    request.setHeader(b"Cache-Control", b"no-store")
    return view.model_dump_json(by_alias=True).encode()


def _empty(request: IRequest) -> bytes:
    request.setResponseCode(204)
    return b""
