"""The control API, asked in memory."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any, cast

import orjson
from treq.client import HTTPClient
from treq.testing import StubTreq
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.http_headers import Headers

from cicsms.emulator.admission import Admission
from cicsms.emulator.control import Control
from cicsms.emulator.pushes import Pushed
from cicsms.model.wire import HttpReply
from tests.emulator.fakes import FakePushes, Played, form_of, mt_request


class ControlTests(SynchronousTestCase):
    """Orders and views."""

    def setUp(self) -> None:
        """Play two brokers, and stand at the desk."""
        self.played = Played()
        self.stub = StubTreq(Control(self.played.desk, Admission(host="emu.test"), b"PEM").app.resource())
        self.http = cast(HTTPClient, self.stub)

    def ask(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Deferred[Any]:
        """Call the API; fires with the response."""
        data = None if body is None else orjson.dumps(body)
        sent = self.http.request(
            method,
            f"http://emu.test{path}",
            data=data,
            headers=Headers({name: [value] for name, value in (headers or {}).items()}),
        )
        self.stub.flush()
        return cast("Deferred[Any]", sent)

    def said(self, method: str, path: str, body: object = None, **more: Any) -> tuple[int, Any]:
        """Call the API and return status and JSON."""
        response = self.successResultOf(self.ask(method, f"/emulator/v1{path}", body, **more))
        content = self.successResultOf(response.content())
        return response.code, orjson.loads(content) if content else None

    def ledger(self, query: str = "") -> list[Any]:
        """Return the exchanges that match."""
        exchanges: list[Any] = self.said("GET", f"/ledger?{query}")[1]["exchanges"]
        return exchanges

    def test_health(self) -> None:
        """Health tells the seed and how much is held."""
        status, said = self.said("GET", "/health")
        self.assertEqual((status, said["status"], said["seed"], said["brokers"]), (200, "ok", 7, 2))

    def test_brokers(self) -> None:
        """The list of brokers tells where each takes MTs, and no password."""
        said = self.said("GET", "/brokers")[1]["brokers"]
        self.assertEqual([broker["name"] for broker in said], ["acme", "other"])
        self.assertEqual(said[0]["https"], "https://emu.test:8291/acme")
        self.assertNotIn("password", said[0])

    def test_one_more_broker(self) -> None:
        """A broker account can be added while all runs, and taken away."""
        status, said = self.said("POST", "/brokers", {"name": "third", "profile": "acme/form", "login": "x"})
        self.assertEqual((status, said["http"]), (201, "http://emu.test:8290/third"))
        self.assertIn(b"accepted", self.successResultOf(self.played.take(mt_request(path="/third/send", login="x"))) or b"")
        self.assertEqual(self.said("DELETE", "/brokers/third"), (204, None))
        self.assertEqual(self.said("DELETE", "/brokers/third")[0], 404)

    def test_mo(self) -> None:
        """An MO is written and signed by the profile, pushed, and answered with what the webhook said."""
        status, said = self.said("POST", "/mo", {"broker": "acme", "from": "+1555", "text": "hi"})
        (sent,) = self.played.pushes.sent
        self.assertEqual(status, 200)
        self.assertEqual(form_of(sent), {"from": "+1555", "to": "+15550100", "text": "hi", "id": said["message"]["id"]})
        (exchange,) = said["exchanges"]
        self.assertEqual((exchange["reply"]["status"], b64decode(exchange["reply"]["body"])), (200, b"taken"))
        self.assertEqual(b64decode(said["request"]["body"]), sent.body)
        self.assertIn(["X-Signature", "emulator"], said["request"]["headers"])

    def test_mo_composed_only(self) -> None:
        """With ``push`` false the request is shown and not sent."""
        _, said = self.said("POST", "/mo", {"broker": "acme", "from": "+1", "push": False, "id": "x", "url": "http://b.test/in"})
        self.assertEqual((said["exchanges"], said["request"]["url"], said["message"]["id"]), ([], "http://b.test/in", "x"))
        self.assertEqual((self.played.pushes.sent, self.ledger()), ([], []))

    def test_mo_changed(self) -> None:
        """Headers may be left out or set, and the body replaced, after signing."""
        order = {"broker": "acme", "from": "+1", "omit": ["x-signature"], "headers": {"X-New": "n"}}
        self.said("POST", "/mo", order | {"body": b64encode(b"other").decode()})
        (sent,) = self.played.pushes.sent
        self.assertEqual((sent.header(b"x-signature"), sent.header(b"x-new"), sent.body), (None, b"n", b"other"))

    def test_mo_several_times(self) -> None:
        """The same MO may be pushed several times, in turn or together."""
        for together in (False, True):
            said = self.said("POST", "/mo", {"broker": "acme", "from": "+1", "times": 3, "together": together})[1]
            self.assertEqual(len(said["exchanges"]), 3)
        self.assertEqual(len({sent.body for sent in self.played.pushes.sent}), 2)

    def test_mo_unanswered(self) -> None:
        """A webhook that is down is told of, and is no error of the API."""
        self.played.pushes.answers = [Pushed(error="Connection was refused")]
        status, said = self.said("POST", "/mo", {"broker": "acme", "from": "+1"})
        self.assertEqual(
            (status, said["exchanges"][0]["reply"], said["exchanges"][0]["error"]), (200, None, "Connection was refused")
        )

    def test_mo_nowhere(self) -> None:
        """An MO without a webhook is refused with what to do."""
        status, said = self.said("POST", "/mo", {"broker": "other", "from": "+1"})
        self.assertEqual(status, 409)
        self.assertIn("give the order a url", said["problems"][0])

    def test_unknown_broker(self) -> None:
        """An unknown broker is refused with the known ones."""
        for path, more in (("/mo", {"from": "+1"}), ("/receipts", {}), ("/answers", {}), ("/reset", {})):
            status, said = self.said("POST", path, {"broker": "nobody", **more})
            self.assertEqual(status, 404, path)
            self.assertIn("/acme", said["problems"][0])

    def test_receipt_of_a_message(self) -> None:
        """A receipt is written about an MT of the ledger, named by its number or its id, with any word."""
        self.played.take(mt_request(ref="r1"))
        (mt,) = self.ledger("kind=mt")
        self.said("POST", "/receipts", {"broker": "acme", "message": mt["id"], "status": "ODD"})
        self.said("POST", "/receipts", {"broker": "acme", "message": mt["messages"][0]["id"], "state": "failed"})
        first, second = (form_of(sent) for sent in self.played.pushes.sent)
        self.assertEqual(first, {"id": mt["messages"][0]["id"], "status": "ODD", "ref": "r1"})
        self.assertEqual(second["status"], "FAILED")

    def test_receipt_of_nothing(self) -> None:
        """A receipt of an unknown message is made of what the order says; one of a message that is not there is refused."""
        self.said("POST", "/receipts", {"broker": "acme", "id": "never", "reference": "mine", "to": "+1", "from": "5"})
        self.assertEqual(form_of(self.played.pushes.sent[0]), {"id": "never", "status": "DELIVERED", "ref": "mine"})
        self.assertEqual(self.said("POST", "/receipts", {"broker": "acme", "message": "never"})[0], 404)

    def test_script(self) -> None:
        """What is scripted can be seen until it was given."""
        raw = b64encode(b"HTTP/1.1 500 No\r\n\r\n").decode()
        status, said = self.said("POST", "/answers", {"broker": "acme", "raw": raw, "times": 2})
        self.assertEqual((status, said["answers"][0]["left"], said["answers"][0]["answer"]["raw"].strip()), (201, 2, raw))
        self.played.take(mt_request())
        self.assertEqual(self.said("GET", "/answers")[1]["answers"][0]["left"], 1)

    def test_script_refused(self) -> None:
        """A script that can't work is refused with the reason."""
        for order, word in (
            ({"error": "busy", "fault": "hang"}, "choose one of"),
            ({"outcome": "unknown"}, "no broker writes"),
            ({"raw": "eA=="}, "whole HTTP/1 response"),
        ):
            status, said = self.said("POST", "/answers", {"broker": "acme", **order})
            self.assertEqual(status, 400)
            self.assertIn(word, said["problems"][0])

    def test_all_faults_of_an_order(self) -> None:
        """Every fault of an order is told, with its place."""
        status, said = self.said("POST", "/mo", {"colour": 1, "times": 0})
        self.assertEqual(status, 400)
        self.assertEqual(sorted(problem.partition(":")[0] for problem in said["problems"]), ["broker", "colour", "from", "times"])

    def test_no_json(self) -> None:
        """A body that is no JSON is refused."""
        sent = self.http.post("http://emu.test/emulator/v1/mo", data=b"{")
        self.assertEqual(self.successResultOf(cast("Deferred[Any]", sent)).code, 400)

    def test_ledger(self) -> None:
        """The ledger shows raw bytes, what was said, and how it ended; a query narrows it."""
        self.played.take(mt_request(text="one"))
        self.played.take(mt_request(text="two", to="+9"))
        self.assertEqual([exchange["id"] for exchange in self.ledger("to=%2B9&kind=mt")], [2])
        self.assertEqual([exchange["id"] for exchange in self.ledger("after=1")], [2])
        self.assertEqual([exchange["id"] for exchange in self.ledger("limit=1")], [2])
        (exchange,) = self.ledger("text=one")
        self.assertEqual(exchange["request"]["target"], "/acme/send")
        self.assertTrue(b64decode(exchange["request"]["raw"]).startswith(b"POST /acme/send HTTP/1.1"))
        self.assertEqual((exchange["reply"]["status"], exchange["done"], exchange["messages"][0]["from"]), (200, True, "12345"))

    def test_ledger_waits(self) -> None:
        """A query may wait for what is to come."""
        waiting = self.ask("GET", "/emulator/v1/ledger?text=later&wait=20")
        self.assertNoResult(waiting)
        self.played.take(mt_request(text="later"))
        self.stub.flush()
        response = self.successResultOf(waiting)
        self.assertEqual(len(orjson.loads(self.successResultOf(response.content()))["exchanges"]), 1)

    def test_ledger_waits_in_vain(self) -> None:
        """A query that waits in vain gets an empty list when the time is over."""
        waiting = self.ask("GET", "/emulator/v1/ledger?wait=20")
        self.played.clock.advance(20)
        self.stub.flush()
        response = self.successResultOf(waiting)
        self.assertEqual(orjson.loads(self.successResultOf(response.content()))["exchanges"], [])

    def test_bad_query(self) -> None:
        """An unknown word in a query is refused instead of being passed over."""
        self.assertEqual(self.said("GET", "/ledger?number=1")[0], 400)
        self.assertEqual(self.said("GET", "/ledger?%ff=%fe")[0], 400)
        self.assertEqual(self.said("GET", "/ledger?text=%fe"), (200, {"exchanges": [], "last": 0, "dropped": 0}))

    def test_forget(self) -> None:
        """The ledger can be emptied, alone or with all else."""
        self.played.take(mt_request())
        self.said("POST", "/answers", {"broker": "acme", "error": "busy"})
        self.assertEqual(self.said("DELETE", "/ledger")[0], 204)
        self.assertEqual(self.ledger(), [])
        self.assertEqual(self.played.desk.receipts.pending, 1)
        self.assertEqual(self.said("POST", "/reset")[0], 204)
        self.assertEqual((self.played.desk.receipts.pending, self.played.desk.script.pending()), (0, ()))

    def test_openapi(self) -> None:
        """The API's description names every call that there is, and all it refers to."""
        document = self.said("GET", "/openapi.json")[1]
        self.assertEqual(document["openapi"], "3.1.0")
        described = {path.replace("{", "<").replace("}", ">") for path in document["paths"]}
        real = {rule.rule for rule in Control.app.url_map.iter_rules() if rule.rule.startswith("/emulator")}
        self.assertEqual(real - described, {"/emulator/v1/openapi.json", "/emulator/v1/trust.pem"})
        self.assertEqual(described - real, set())
        named = set(document["components"]["schemas"])
        asked = {piece.split('"')[0] for piece in orjson.dumps(document).decode().split("#/components/schemas/")[1:]}
        self.assertEqual(asked - named, set())

    def test_trust(self) -> None:
        """Whoever wants to trust the HTTPS port gets the anchors."""
        response = self.successResultOf(self.ask("GET", "/emulator/v1/trust.pem"))
        self.assertEqual(self.successResultOf(response.content()), b"PEM")

    def test_page(self) -> None:
        """The page and its files are there, fetch nothing from elsewhere, and nothing else is."""
        for path, status in (("/", 200), ("/page.js", 200), ("/page.css", 200), ("/other.js", 404)):
            response = self.successResultOf(self.ask("GET", path))
            content = self.successResultOf(response.content())
            self.assertEqual(response.code, status, path)
            self.assertNotIn(b"https://", content)
            self.assertIn("default-src 'self'", response.headers.getRawHeaders("content-security-policy")[0])

    def test_other_sites(self) -> None:
        """Another site's page in somebody's browser gives no orders; our own page does."""
        order = {"broker": "acme", "from": "+1"}
        self.assertEqual(self.said("POST", "/mo", order, headers={"Origin": "http://evil.test"})[0], 403)
        self.assertEqual(self.said("POST", "/mo", order, headers={"Origin": "http://emu.test"})[0], 200)


class TokenTests(ControlTests):
    """The same with a token, which our own caller bears."""

    def setUp(self) -> None:
        """Ask for a token."""
        super().setUp()
        self.stub = StubTreq(Control(self.played.desk, Admission("tok"), b"PEM").app.resource())
        self.http = cast(HTTPClient, self.stub)

    def ask(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Deferred[Any]:
        """Call the API with the token, unless headers say otherwise."""
        return super().ask(method, path, body, {"Authorization": "Bearer tok", **(headers or {})})

    def test_no_json(self) -> None:
        """Without the token not even the body is looked at."""
        sent = self.http.post("http://emu.test/emulator/v1/mo", data=b"{")
        self.assertEqual(self.successResultOf(cast("Deferred[Any]", sent)).code, 401)

    def test_wrong_token(self) -> None:
        """A wrong token is refused, whatever its letters."""
        for wrong in ("Bearer wrong", "Bearer tök", "Basic tok", ""):
            self.assertEqual(self.said("GET", "/ledger", headers={"Authorization": wrong})[0], 401)


class BusyWebhookTests(SynchronousTestCase):
    """What an MO meets is told as it was."""

    def test_refusal_shown(self) -> None:
        """A webhook's refusal is shown with its status and is not tried again."""
        played = Played(FakePushes(Pushed(HttpReply(503, ((b"Retry-After", b"1"),), b""))))
        stub = StubTreq(Control(played.desk, Admission(host="emu.test")).app.resource())
        sent = cast(HTTPClient, stub).post("http://emu.test/emulator/v1/mo", data=b'{"broker": "acme", "from": "+1"}')
        response = self.successResultOf(cast("Deferred[Any]", sent))
        said = orjson.loads(self.successResultOf(response.content()))
        self.assertEqual((said["exchanges"][0]["reply"]["status"], len(played.pushes.sent)), (503, 1))
