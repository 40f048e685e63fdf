"""The listener and what the head alone decides: paths, methods, limits, codings, expectations."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.wire import HttpRequest
from cicsms.web.paths import Endpoint, PathTable
from tests.web.listener_kit import POST, TAKEN, House, Pending, read_replies


def request(method: bytes, path: bytes, *lines: bytes) -> bytes:
    """Write a request without a body."""
    return b"\r\n".join((method + b" " + path + b" HTTP/1.1", b"Host: x", *lines, b"", b""))


class Paths(SynchronousTestCase):
    """Who gets a request."""

    def test_unknown(self) -> None:
        """An unknown path is 404 with an empty body, and the connection goes on."""
        house = House()
        client = house.client()
        for _ in range(2):
            reply = client.ask(POST.replace(b"/mo", b"/secret"))
            self.assertEqual((reply.status, reply.body), (404, b""))
        self.assertNotIn("connection", reply.headers)
        self.assertEqual(client.ask(POST).status, 200)
        self.assertEqual(len(house.requests), 1)

    def test_twins(self) -> None:
        """Twins of a path, by slash, case, percent-encoding, dots, prefix or suffix, are other paths."""
        for path in (b"/mo/", b"/MO", b"/%6do", b"//mo", b"/./mo", b"/a/../mo", b"/m", b"/mo2", b"/mo/mo", b"/", b"/mo;x"):
            self.assertEqual(House().client().ask(POST.replace(b"/mo", path)).status, 404, path)

    def test_unknown_with_a_body_to_come(self) -> None:
        """The body of a request for nobody is not waited for: a long one ends the connection, a short one is skipped."""
        client = House().client()
        reply = client.ask(request(b"POST", b"/secret", b"Content-Length: 100000"))
        self.assertEqual((reply.status, reply.headers["connection"]), (404, "close"))
        client = House().client()
        self.assertEqual(client.ask(request(b"POST", b"/secret", b"Content-Length: 5")).status, 404)
        client.send(b"PO")
        self.assertEqual(client.ask(b"ST " + POST).status, 200)

    def test_skipped_body_that_never_comes(self) -> None:
        """A body that is skipped has its deadline, too, and no second answer."""
        house = House(request_seconds=20)
        client = house.client()
        client.ask(request(b"POST", b"/secret", b"Content-Length: 5"))
        house.clock.pump([1] * 22)
        self.assertEqual((client.replies(), client.wire.closed), ([], True))

    def test_swapped(self) -> None:
        """A new table counts from the next request on, on old connections, too."""
        house = House()
        client = house.client()
        house.port.paths = PathTable([("/new", house.endpoint)])
        self.assertEqual(client.ask(POST).status, 404)
        self.assertEqual(client.ask(POST.replace(b"/mo", b"/new")).status, 200)

    def test_swapped_under_way(self) -> None:
        """A request whose head has been read stays with the endpoint it found."""
        house = House()
        client = house.client()
        client.send(POST[:-1])
        house.port.paths = PathTable()
        self.assertEqual(client.ask(POST[-1:]).status, 200)


class Methods(SynchronousTestCase):
    """Which methods are taken."""

    def test_not_taken(self) -> None:
        """A method the endpoint does not take is 405 with Allow."""
        for method in (b"GET", b"PUT", b"DELETE", b"PATCH", b"HEAD"):
            reply = House().client().ask(request(method, b"/mo"))
            self.assertEqual((reply.status, reply.headers["allow"], reply.body), (405, "OPTIONS, POST", b""))

    def test_unknown(self) -> None:
        """A method nobody knows is 405 with Allow, too, and ends the connection."""
        for method in (b"BOGUS", b"post", b"CONNECT", b"PURGE", b"SOURCE", b"M-SEARCH"):
            client = House().client()
            reply = client.ask(request(method, b"/mo"))
            self.assertEqual((reply.status, reply.headers["allow"]), (405, "OPTIONS, POST"))
            self.assertTrue(client.wire.closed)

    def test_unknown_method_and_path(self) -> None:
        """Where the path is unknown, that is the answer."""
        self.assertEqual(House().client().ask(request(b"BOGUS", b"/secret")).status, 404)
        self.assertEqual(House().client().ask(request(b"CONNECT", b"host:443")).status, 404)

    def test_trace(self) -> None:
        """TRACE is refused and nothing of it comes back (RFC 9110, 9.3.8)."""
        client = House().client()
        client.send(request(b"TRACE", b"/mo", b"Authorization: Basic secret"))
        self.assertNotIn(b"secret", client.wire.value())
        self.assertEqual(client.replies()[0].status, 405)

    def test_head_beside_get(self) -> None:
        """HEAD where there is a GET is 200 without a body, and leaves no message."""
        house = House()
        client = house.client()
        self.assertEqual((client.ask(request(b"HEAD", b"/get")).status, house.requests), (200, []))

    def test_head_of_its_own(self) -> None:
        """An endpoint that takes HEAD answers it; its body is counted but not sent."""
        house = House()
        health = Endpoint(frozenset({"GET", "HEAD", "OPTIONS"}), "health", lambda request: TAKEN)
        house.port.paths = PathTable([("/health", health)])
        client = house.client()
        client.send(request(b"HEAD", b"/health"))
        (reply,) = read_replies(client.wire.value(), bodyless=True)
        self.assertEqual((reply.status, reply.headers["content-length"]), (200, "5"))

    def test_options(self) -> None:
        """OPTIONS says what is taken, without a body, and leaves no message."""
        house = House()
        reply = house.client().ask(request(b"OPTIONS", b"/get"))
        self.assertEqual((reply.status, reply.headers["allow"], house.requests), (204, "GET, HEAD, OPTIONS, POST", []))
        self.assertNotIn("content-length", reply.headers)

    def test_options_of_all(self) -> None:
        """OPTIONS for the whole server is answered, and names no path."""
        self.assertEqual(House().client().ask(request(b"OPTIONS", b"*")).status, 204)


class Sizes(SynchronousTestCase):
    """What is too much."""

    def test_long_body_announced(self) -> None:
        """A Content-Length beyond the limit is 413 at once."""
        client = House(body=1024).client()
        reply = client.ask(request(b"POST", b"/mo", b"Content-Length: 1025"))
        self.assertEqual((reply.status, client.wire.closed), (413, True))

    def test_long_body_at_hand(self) -> None:
        """A body too long is 413 even where it has come along with its head."""
        house = House(body=1024)
        reply = house.client().ask(request(b"POST", b"/mo", b"Content-Length: 1025") + b"x" * 1025)
        self.assertEqual((reply.status, house.requests), (413, []))

    def test_longest_body(self) -> None:
        """A body of exactly the limit is taken, counted or chunked."""
        house = House(body=1024)
        client = house.client()
        client.send(request(b"POST", b"/mo", b"Content-Length: 1024") + b"x" * 1024)
        client.send(request(b"POST", b"/mo", b"Transfer-Encoding: chunked") + b"200\r\n" + b"x" * 512 + b"\r\n")
        client.send(b"200\r\n" + b"x" * 512 + b"\r\n0\r\n\r\n")
        self.assertEqual([len(request.body) for request in house.requests], [1024, 1024])

    def test_long_chunks(self) -> None:
        """A chunked body is 413 as soon as the sizes add up to too much."""
        client = House(body=1024).client()
        client.send(request(b"POST", b"/mo", b"Transfer-Encoding: chunked") + b"400\r\n" + b"x" * 1024 + b"\r\n")
        self.assertEqual(client.ask(b"1\r\n").status, 413)

    def test_many_extensions(self) -> None:
        """Chunk extensions without end are refused: they are nobody's data."""
        client = House(header=512).client()
        client.send(request(b"POST", b"/mo", b"Transfer-Encoding: chunked"))
        self.assertEqual(client.ask(b"1;" + b"x" * 300 + b"\r\ny\r\n1;" + b"x" * 300 + b"\r\n").status, 431)

    def test_endless_size_line(self) -> None:
        """A size line without end is 400."""
        client = House().client()
        client.send(request(b"POST", b"/mo", b"Transfer-Encoding: chunked"))
        self.assertEqual(client.ask(b"1;" + b"x" * 2000).status, 400)

    def test_after_the_last_answer(self) -> None:
        """What comes behind a refusal is thrown away: memory stays flat while the client learns of it."""
        client = House(body=1024).client()
        client.ask(request(b"POST", b"/mo", b"Content-Length: 5000000"))
        for _ in range(50):
            client.send(b"x" * 100000)
        self.assertEqual((client.replies(), getattr(client.connection, "_buffer", None)), ([], b""))

    def test_long_headers(self) -> None:
        """A header section beyond the limit is 431, whole or not."""
        line = b"A: " + b"x" * 600
        self.assertEqual(House(header=512).client().ask(request(b"POST", b"/mo", line)).status, 431)
        self.assertEqual(House(header=512).client().ask(request(b"POST", b"/mo", line)[:-4]).status, 431)

    def test_many_headers(self) -> None:
        """More headers than the limit are 431."""
        lines = [b"A: b"] * 9
        self.assertEqual(House(headers=10).client().ask(request(b"POST", b"/mo", *lines)).status, 200)
        self.assertEqual(House(headers=10).client().ask(request(b"POST", b"/mo", *lines, b"A: b")).status, 431)

    def test_long_target(self) -> None:
        """A target beyond the limit is 414, whole or not; one of exactly the limit is taken."""
        target = b"/mo?" + b"x" * 252
        self.assertEqual(House(target=256).client().ask(request(b"POST", target)).status, 200)
        self.assertEqual(House(target=256).client().ask(request(b"POST", target + b"x")).status, 414)
        self.assertEqual(House(target=256).client().ask(b"POST " + target + b"x" * 20).status, 414)


class Codings(SynchronousTestCase):
    """What a body is wrapped in."""

    def test_compressed(self) -> None:
        """A compressed body is 415 and says what would do (RFC 9110, 15.5.16)."""
        reply = House().client().ask(request(b"POST", b"/mo", b"Content-Encoding: gzip", b"Content-Length: 0"))
        self.assertEqual((reply.status, reply.headers["accept-encoding"]), (415, "identity"))

    def test_identity(self) -> None:
        """The coding that changes nothing is taken."""
        self.assertEqual(House().client().ask(request(b"POST", b"/mo", b"Content-Encoding: identity")).status, 200)


class Expectations(SynchronousTestCase):
    """``Expect: 100-continue`` (RFC 9110, 10.1.1)."""

    waiting = request(b"POST", b"/mo", b"Content-Length: 2", b"Expect: 100-Continue")

    def test_continue(self) -> None:
        """The body is asked for before it comes, and only once."""
        house = House()
        client = house.client()
        client.send(self.waiting)
        self.assertEqual(client.wire.value(), b"HTTP/1.1 100 Continue\r\n\r\n")
        client.wire.clear()
        client.send(b"h")
        self.assertEqual(client.ask(b"i").status, 200)
        self.assertEqual(house.requests[0].body, b"hi")

    def test_chunks(self) -> None:
        """A chunked body is asked for, too."""
        client = House().client()
        client.send(self.waiting.replace(b"Content-Length: 2", b"Transfer-Encoding: chunked"))
        self.assertEqual(client.wire.value(), b"HTTP/1.1 100 Continue\r\n\r\n")

    def test_body_is_there(self) -> None:
        """Nobody is asked for what is there already."""
        self.assertEqual(House().client().ask(self.waiting + b"hi").status, 200)

    def test_refused(self) -> None:
        """A request that is refused is answered without being asked for its body."""
        for raw, status in ((self.waiting.replace(b"/mo", b"/secret"), 404), (self.waiting.replace(b": 2", b": 9999999"), 413)):
            self.assertEqual(House().client().ask(raw).status, status)

    def test_http10(self) -> None:
        """HTTP/1.0 has no such expectation; it is ignored."""
        client = House().client()
        client.send(self.waiting.replace(b"HTTP/1.1", b"HTTP/1.0"))
        self.assertEqual(client.replies(), [])
        self.assertEqual(client.ask(b"hi").status, 200)

    def test_in_its_turn(self) -> None:
        """Behind a request in flight the question waits for that answer."""
        pending = Pending()
        client = House(pending).client()
        client.send(POST + self.waiting)
        self.assertEqual(client.wire.value(), b"")
        pending.waiting[0].callback(TAKEN)
        self.assertTrue(client.wire.value().endswith(b"taken" + b"HTTP/1.1 100 Continue\r\n\r\n"))

    def test_unknown(self) -> None:
        """Any other expectation is 417, and ends the connection: whether the body will come is anybody's guess."""
        reply = House().client().ask(self.waiting.replace(b"100-Continue", b"100-continue, x") + b"hi")
        self.assertEqual((reply.status, reply.headers["connection"]), (417, "close"))


class Owners(SynchronousTestCase):
    """Many brokers on one port."""

    def test_own_paths(self) -> None:
        """Each endpoint gets its own requests only."""
        house = House()
        seen: list[HttpRequest] = []

        def other(request: HttpRequest) -> object:
            seen.append(request)
            return TAKEN

        house.port.paths = PathTable(
            [("/mo", house.endpoint), ("/other", Endpoint(frozenset({"POST"}), "other", other))]  # type: ignore[arg-type]
        )
        client = house.client()
        client.send(POST + POST.replace(b"/mo", b"/other"))
        self.assertEqual([len(house.requests), len(seen), len(client.replies())], [1, 1, 2])
