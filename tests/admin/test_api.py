"""The API, called as a client calls it, in memory."""

from __future__ import annotations

import json
from typing import Any, cast

from treq.client import HTTPClient
from treq.testing import StubTreq
from twisted.internet.defer import Deferred, succeed

from cicsms.admin.api import OPERATIONS, Api
from cicsms.admin.bodies import LONGEST, Health
from cicsms.admin.metrics import Figures
from cicsms.admin.token import Token
from cicsms.model.errors import Finding, Rejected
from cicsms.model.message import Receipt
from cicsms.model.state import State
from cicsms.pipeline.lines import Line
from cicsms.pipeline.outbound import Outbound
from cicsms.pipeline.references import References
from cicsms.store.entries import KeepReceipts
from cicsms.store.errors import StoreBusy
from tests.pipeline.support import HANDSET, PipelineCase

TOKEN = "api-token-of-the-test"


class Node:
    """A node that is well and whose files are wrong."""

    def health(self) -> Deferred[Health]:
        """Say that all is well."""
        return succeed(Health(status="ok", name="n1", version="0", brokers=2, queued=0, unknown=0, parked=0))

    def reload(self) -> None:
        """Refuse the files."""
        raise Rejected([Finding("route-default", "c.toml:3", "There is no default route.", "Add one.")])


class ApiCase(PipelineCase):
    """A test that calls the API of a site."""

    def setUp(self) -> None:
        """Put the API before the site."""
        super().setUp()
        self.durable: list[Line] = []
        references = References(self.clock.seconds)
        self.way_out = Outbound(self.store, self.store.new_id, references, self.durable.append)
        self.way_out.lines, self.way_out.routes = self.setup.lines, self.setup.outbound
        api = Api(Token.of(TOKEN), self.way_out, self.store.queries, Figures(), Node(), "0")
        self.http = cast(HTTPClient, StubTreq(api.app.resource()))

    def call(self, method: str, path: str, body: Any = None, token: str = TOKEN, **headers: str) -> tuple[int, Any]:
        """Call the API and return the status and the body, read as JSON where it is."""
        said = {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        request = cast(Any, self.http).request(method, f"http://api{path}", headers=said, data=data)
        reply = self.successResultOf(request)
        content: bytes = self.successResultOf(reply.content())
        kind = (reply.headers.getRawHeaders("Content-Type") or [""])[0]
        self.last = reply
        return reply.code, json.loads(content) if "json" in kind else content

    def post(self, **changes: Any) -> tuple[int, Any]:
        """Hand in a message with some fields changed."""
        return self.call("POST", "/api/v1/messages", {"to": HANDSET, "text": "hello", "broker": "twilio"} | changes)


class MessageTests(ApiCase):
    """Messages by the API."""

    def test_send(self) -> None:
        """A message is accepted with its id and its place, after it is durable."""
        status, said = self.post(reference="order 7")
        self.assertEqual((status, said["state"], said["parts"]), (202, "queued", 1))
        self.assertEqual(self.last.headers.getRawHeaders("Location"), [f"/api/v1/messages/{said['id']}"])
        _, detail = self.call("GET", f"/api/v1/messages/{said['id']}")
        self.assertEqual((detail["message"]["reference"], detail["parts"][0]["text"]), ("order 7", "hello"))

    def test_idempotency_key(self) -> None:
        """The same key gives the same id; with another body it is a conflict."""
        body = {"to": HANDSET, "text": "hello", "broker": "twilio"}
        first = self.call("POST", "/api/v1/messages", body, Idempotency_Key="k")
        again = self.call("POST", "/api/v1/messages", body, Idempotency_Key="k")
        other = self.call("POST", "/api/v1/messages", body | {"text": "other"}, Idempotency_Key="k")
        self.assertEqual((first, other[0], other[1]["code"]), (again, 409, "idempotency-key-reused"))

    def test_list(self) -> None:
        """Messages are listed newest first, a page at a time, and filtered by what they are."""
        for text in ("one", "two", "three"):
            self.post(text=text)
        self.answer(self.mo("twilio", text="back"))
        _, page = self.call("GET", "/api/v1/messages?direction=outbound&limit=2")
        _, rest = self.call("GET", f"/api/v1/messages?direction=outbound&limit=2&cursor={page['next']}")
        self.assertEqual([m["text"] for m in page["messages"] + rest["messages"]], ["three", "two", "one"])
        self.assertIsNone(rest["next"])
        _, found = self.call("GET", f"/api/v1/messages?direction=inbound&from={HANDSET.replace('+', '%2B')}")
        self.assertEqual(
            [(m["text"], m["queue"], m["state"]) for m in found["messages"]], [("back", "queue:workgroup:all", "received")]
        )

    def test_bad_bodies(self) -> None:
        """What is no message is refused with each fault and its place, and nothing is kept."""
        for changes, place in (
            ({"text": "\ud83d"}, "text"),
            ({"text": "a\0b"}, "text"),
            ({"text": "x" * (LONGEST + 1)}, "text"),
            ({"to": ""}, "to"),
            ({"colour": "red"}, "colour"),
            ({"priority": 9}, "priority"),
        ):
            status, said = self.post(**changes)
            self.assertEqual((status, said["code"]), (422, "invalid"), changes)
            self.assertIn(said["errors"][0]["place"], (place, "body"))
        self.assertEqual(self.call("POST", "/api/v1/messages", b"no json")[0], 422)
        self.assertEqual(self.store.figures.kept, 0)

    def test_refusals(self) -> None:
        """No route, an unknown account, a wrong number, a foreign sender: a status, a code and a sentence each."""
        for changes, status, code in (
            ({"broker": None}, 422, "no-route"),
            ({"broker": "acme"}, 404, "unknown-account"),
            ({"to": "nobody"}, 422, "bad-number"),
            ({"from": "+19998887777"}, 403, "not-our-number"),
        ):
            said = self.post(**changes)
            self.assertEqual((said[0], said[1]["code"], bool(said[1]["detail"])), (status, code, True))
            self.assertEqual(self.last.headers.getRawHeaders("Content-Type"), ["application/problem+json"])

    def test_busy(self) -> None:
        """A store that takes nothing is told with 503 and Retry-After."""
        self.patch(self.store, "submit", lambda entry: _raise(StoreBusy("Full.", retry_after=3)))
        self.assertEqual(self.post()[0], 503)
        self.assertEqual(self.last.headers.getRawHeaders("Retry-After"), ["3"])

    def test_fault(self) -> None:
        """A fault inside is logged with its traceback; the caller reads none of it."""
        self.patch(self.store, "submit", lambda entry: _raise(ZeroDivisionError("secret detail")))
        status, said = self.post()
        self.assertEqual((status, said["code"], "secret" in str(said)), (500, "fault", False))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_unknown_message(self) -> None:
        """An id nobody gave is 404."""
        self.assertEqual(self.call("GET", "/api/v1/messages/nothing")[1]["code"], "unknown-message")

    def test_large_body(self) -> None:
        """A body beyond the limit is refused before it is read as JSON."""
        self.assertEqual(self.call("POST", "/api/v1/messages", b" " * 300_000)[0], 413)


class DoorTests(ApiCase):
    """Who is let in, and the calls beside messages."""

    def test_token(self) -> None:
        """Every call but health and the description wants the token."""
        for method, path in (
            ("GET", "/api/v1/messages"),
            ("POST", "/api/v1/messages"),
            ("GET", "/metrics"),
            ("POST", "/api/v1/reload"),
        ):
            status, said = self.call(method, path, token="wrong")
            self.assertEqual((status, said["code"]), (401, "unauthorized"), path)
        self.assertEqual(self.call("GET", "/api/v1/health", token="")[0], 200)

    def test_unknown_path(self) -> None:
        """An unknown path is problem details, too."""
        self.assertEqual(self.call("GET", "/api/v1/nothing")[1]["code"], "not-found")

    def test_parked(self) -> None:
        """Receipts that match no message are listed."""
        self.keep(KeepReceipts("twilio", "", (Receipt(State.DELIVERED, "delivered", "SM1"),)))
        self.keep(KeepReceipts("kannel", "", (Receipt(State.DELIVERED, "1", reference="r1"),)))
        _, said = self.call("GET", "/api/v1/receipts?parked=true&broker=twilio&limit=1")
        self.assertEqual([(one["broker_id"], one["parked"]) for one in said["receipts"]], [("SM1", True)])
        self.assertEqual(self.call("GET", "/api/v1/receipts?parked=false")[0], 422)

    def test_reload_refused(self) -> None:
        """Wrong files are refused with every finding."""
        status, said = self.call("POST", "/api/v1/reload")
        self.assertEqual((status, said["errors"][0]["place"]), (422, "c.toml:3"))

    def test_metrics(self) -> None:
        """The figures are in the Prometheus format."""
        self.post()
        said = self.call("GET", "/metrics")[1]
        self.assertIn(
            b'cicsms_parts_waiting{account="AC00000000000000000000000000000000",broker="twilio",state="queued"} 1.0', said
        )

    def test_description(self) -> None:
        """The OpenAPI document lists every operation, and every path it lists is answered."""
        _, document = self.call("GET", "/api/v1/openapi.json", token="")
        self.assertEqual(document["openapi"], "3.1.0")
        listed = {(method.upper(), path) for path, found in document["paths"].items() for method in found}
        self.assertEqual(listed, {(operation.method, operation.path) for operation in OPERATIONS})
        for method, path in listed:
            self.assertNotIn(self.call(method, path.replace("{id}", "x"), token="")[1:] and self.last.code, (404, 405), path)
        self.assertIn("from", json.dumps(document["components"]["schemas"]["NewMessage"]["properties"]))


def _raise(error: Exception) -> Any:
    raise error
