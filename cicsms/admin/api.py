"""The API: every handler translates, calls, and translates back."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Protocol, TypeVar, cast

import orjson
from attrs import frozen
from klein import Klein
from pydantic import BaseModel, ValidationError
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from werkzeug.exceptions import HTTPException

from cicsms.admin import views
from cicsms.admin.bodies import Accepted, Detail, Health, NewMessage, Page, Query, ReceiptQuery, Receipts
from cicsms.admin.metrics import Figures
from cicsms.admin.openapi import Operation, document
from cicsms.admin.problem import MEDIA_TYPE, Problem, invalid
from cicsms.admin.refusals import problem_of
from cicsms.admin.token import Token
from cicsms.model.errors import CicsmsError
from cicsms.model.state import State
from cicsms.pipeline.outbound import Outbound, Wish
from cicsms.store.queries import Queries

Model = TypeVar("Model", bound=BaseModel)

BODY_LIMIT = 256 * 1024
"""Bytes of a call's body; the longest message needs a quarter of it."""

REFUSED_SEND = {
    403: "No access to this number, or not our sender.",
    404: "No such broker or account.",
    409: "The Idempotency-Key was used for another message.",
    422: "The body is wrong, no route takes the number, or it is no number.",
    503: "Nothing was kept; come again after Retry-After.",
}

OPERATIONS = (
    Operation(
        "POST",
        "/api/v1/messages",
        "Send a text message; the reply comes when it is durable.",
        Accepted,
        status=202,
        body=NewMessage,
        problems=REFUSED_SEND,
        headers={"Idempotency-Key": "The same key with the same body is one message, however often it is sent."},
    ),
    Operation("GET", "/api/v1/messages", "List messages, newest first.", Page, query=Query, problems={422: "A wrong query."}),
    Operation("GET", "/api/v1/messages/{id}", "One message with all that happened.", Detail, problems={404: "Unknown id."}),
    Operation("GET", "/api/v1/receipts", "List parked receipts.", Receipts, query=ReceiptQuery),
    Operation("GET", "/api/v1/health", "How this node is.", Health, open=True),
    Operation("GET", "/metrics", "Figures in the Prometheus text format."),
    Operation("POST", "/api/v1/reload", "Read the site's files again.", status=204, problems={422: "Refused; the old stay."}),
)


class Node(Protocol):
    """The server as the API knows it."""

    def health(self) -> Deferred[Health]:
        """Say how the node is."""

    def reload(self) -> None:
        """Read the configuration again; raise ``Rejected`` and keep the old one where it is wrong."""


@frozen
class Api:
    """The API of one node; ``token`` is what its callers prove themselves with."""

    token: Token
    outbound: Outbound
    queries: Queries
    figures: Figures
    node: Node
    version: str

    log = Logger()
    app = Klein()

    @app.route("/api/v1/messages", methods=["POST"])
    async def send(self, request: IRequest) -> bytes:
        """Take a message to send."""
        self._admit(request)
        asked = _read_body(request, NewMessage)
        taken = await self.outbound.submit(
            Wish(
                to=asked.to,
                text=asked.text,
                sender=asked.from_ or "",
                broker=asked.broker or "",
                account=asked.account or "",
                reference=asked.reference or "",
                validity=asked.validity,
                priority=asked.priority,
                message_class=asked.message_class,
                key=_idempotency_key(request),
            )
        )
        request.setResponseCode(HTTPStatus.ACCEPTED)
        request.setHeader(b"Location", f"/api/v1/messages/{taken.id}".encode())
        return _json(request, Accepted(id=taken.id, state=State.QUEUED, parts=taken.parts))

    @app.route("/api/v1/messages", methods=["GET"])
    async def messages(self, request: IRequest) -> bytes:
        """List messages."""
        self._admit(request)
        return _json(request, views.page(await self.queries.messages(views.search(_read_query(request, Query)))))

    @app.route("/api/v1/messages/<string:id>", methods=["GET"])
    async def message(self, request: IRequest, id: str) -> bytes:  # noqa: A002  named as in the path
        """Show one message."""
        self._admit(request)
        record = await self.queries.message(id)
        if record is None:
            raise Problem(HTTPStatus.NOT_FOUND, "unknown-message", "No message has this id; it may have been purged.")
        return _json(request, views.detail(record))

    @app.route("/api/v1/receipts", methods=["GET"])
    async def receipts(self, request: IRequest) -> bytes:
        """List parked receipts."""
        self._admit(request)
        query = _read_query(request, ReceiptQuery)
        found = await self.queries.parked(query.limit, query.broker or "")
        return _json(request, Receipts(receipts=tuple(map(views.receipt, found))))

    @app.route("/api/v1/health", methods=["GET"])
    async def health(self, request: IRequest) -> bytes:
        """Say how the node is; open to all, as it tells no secrets."""
        health = await self.node.health()
        if health.status != "ok":
            request.setResponseCode(HTTPStatus.SERVICE_UNAVAILABLE)
        return _json(request, health)

    @app.route("/metrics", methods=["GET"])
    async def metrics(self, request: IRequest) -> bytes:
        """Give the figures."""
        self._admit(request)
        request.setHeader(b"Content-Type", b"text/plain; version=0.0.4; charset=utf-8")
        return self.figures.text(await self.queries.counts())

    @app.route("/api/v1/reload", methods=["POST"])
    def reload(self, request: IRequest) -> bytes:
        """Read the site's files again."""
        self._admit(request)
        self.node.reload()
        request.setResponseCode(HTTPStatus.NO_CONTENT)
        return b""

    @app.route("/api/v1/openapi.json", methods=["GET"])
    def openapi(self, request: IRequest) -> bytes:
        """Give the description of this API."""
        request.setHeader(b"Content-Type", b"application/json")
        return orjson.dumps(document("cicsms", self.version, OPERATIONS))

    @app.handle_errors(CicsmsError)
    def refused(self, request: IRequest, failure: Failure) -> bytes:
        """Turn an error of this program into problem details."""
        return _problem(request, problem_of(cast(CicsmsError, failure.value)))

    @app.handle_errors(HTTPException)
    def unrouted(self, request: IRequest, failure: Failure) -> bytes:
        """Turn an unknown path or method into problem details."""
        status = HTTPStatus(cast(HTTPException, failure.value).code or 500)
        return _problem(request, Problem(status, status.phrase.lower().replace(" ", "-"), "See /api/v1/openapi.json."))

    @app.handle_errors(Exception)
    def failed(self, request: IRequest, failure: Failure) -> bytes:
        """Answer a fault of this program: the log has the traceback, the caller has none."""
        self.log.failure("{method} {path} failed inside", failure, method=request.method, path=request.path)
        return _problem(request, Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "fault", "The server's log has the details."))

    def _admit(self, request: IRequest) -> None:
        """Refuse a caller without the token."""
        scheme, _, token = (request.getHeader(b"Authorization") or b"").partition(b" ")
        if scheme.lower() != b"bearer" or not self.token.admits(token.strip()):
            said = "Send the header Authorization: Bearer TOKEN with the token of the site file."
            raise Problem(HTTPStatus.UNAUTHORIZED, "unauthorized", said, headers={"WWW-Authenticate": "Bearer"})


def _idempotency_key(request: IRequest) -> str:
    """Return the caller's idempotency key; empty = none."""
    key: bytes = request.getHeader(b"Idempotency-Key") or b""
    if len(key) > 200:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "An Idempotency-Key has at most 200 characters.")
    return key.decode("latin-1")


def _read_body(request: IRequest, model: type[Model]) -> Model:
    """Read a JSON body."""
    content = request.content.read(BODY_LIMIT + 1)
    if len(content) > BODY_LIMIT:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", f"A body has at most {BODY_LIMIT} bytes.")
    try:
        return model.model_validate_json(content)
    except ValidationError as wrong:
        raise invalid(wrong) from None


def _read_query(request: IRequest, model: type[Model]) -> Model:
    """Read the query of a URL; the first of a repeated name counts."""
    given: dict[str, Any] = {
        name.decode("latin-1"): values[0].decode("utf-8", "replace") for name, values in request.args.items()
    }
    try:
        return model.model_validate(given)
    except ValidationError as wrong:
        raise invalid(wrong) from None


def _json(request: IRequest, body: BaseModel) -> bytes:
    """Write a body."""
    request.setHeader(b"Content-Type", b"application/json")
    return body.model_dump_json(by_alias=True).encode()


def _problem(request: IRequest, problem: Problem) -> bytes:
    """Write problem details."""
    request.setResponseCode(problem.status)
    request.setHeader(b"Content-Type", MEDIA_TYPE.encode())
    for name, value in problem.headers.items():
        request.setHeader(name.encode(), value.encode())
    return problem.body().model_dump_json().encode()
