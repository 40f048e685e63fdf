"""Fetching: pages, where the next one starts, answers that are no page, and what is not acknowledged."""

from __future__ import annotations

from datetime import timedelta

from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.message import Mo
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.profile.calls import NotAskable
from cicsms.profile.polling import Polling
from cicsms.profile.reader import read
from cicsms.profile.values import NotReadable
from tests.profile.builders import NOW, facts, profile, registration

DEFINITION = """<broker xmlns="urn:cicsms:broker:1" name="acme" title="Acme">
  <profile name="json" title="JSON">
    <capabilities polling="yes"/>
    <ids mt="{uuid}"/>
    <polling method="GET" path="/in/{account}" gateway="https://api.acme.example" CURSOR>
      <query><at name="from" field="cursor"/></query>
      <list status="200"><json>
        <each path="$[*]" of="messages">
          <at path="$.from" field="remote" need="yes"/>
          <at path="$.text" field="text" need="yes"/>
        </each>
      </json></list>
    </polling>
  </profile>
</broker>"""


def polling(cursor: str) -> Polling:
    """Return the polling of a broker that tells no counts."""
    broker = read(DEFINITION.replace("CURSOR", cursor).encode(), "acme.xml")
    node = next(one for one in broker.walk() if one.tag == "polling")
    return Polling(node, node.get("gateway"), {})


def page(found: int) -> HttpReply:
    """Return a page of so many messages."""
    return HttpReply(200, (), b"[" + b",".join([b'{"from":"1","text":"x"}'] * found) + b"]")


class CursorTests(SynchronousTestCase):
    """Where the next page starts, by what the broker tells."""

    def test_without_counts(self) -> None:
        """A full page may have another behind it, a short one has not; without a cursor there is but one page."""
        by_page, by_offset, single = polling('cursor="page" size="2"'), polling('cursor="offset" first="0" size="2"'), polling("")
        for found, pages, offset in ((0, None, None), (1, None, None), (2, 2, 2), (3, 2, 2)):
            with self.subTest(found=found):
                self.assertEqual(by_page.read(page(found)).next, pages)
                self.assertEqual(by_offset.read(page(found)).next, offset)
                self.assertIsNone(single.read(page(found)).next)
        self.assertEqual((by_page.read(page(2), 7).next, by_offset.read(page(2), 7).next), (8, 9))

    def test_pages_by_total(self) -> None:
        """The count of pages wins, then that of entries; an empty page is always the last."""
        by_offset = profile("smsglobal/rest").polling
        assert by_offset is not None
        empty = HttpReply(200, (), b'{"total":500,"offset":1,"limit":100,"messages":[]}')
        self.assertIsNone(by_offset.read(empty).next)
        some = HttpReply(200, (), b'{"total":201,"messages":[{"id":1,"origin":"2","message":"x"}]}')
        self.assertEqual([by_offset.read(some, cursor).next for cursor in (1, 101, 201)], [101, 201, None])


class AskTests(SynchronousTestCase):
    """The requests."""

    def test_start(self) -> None:
        """The first page is asked for where no cursor is told; what is not needed is not written."""
        self.assertEqual(
            polling('cursor="offset" first="0" size="2"').ask(registration(account="a b")).target, b"/in/a%20b?from=0"
        )
        self.assertEqual(polling('cursor="page" size="2"').ask(registration(account="a"), 3).target, b"/in/a?from=3")
        self.assertEqual(polling("").ask(registration(account="a")).target, b"/in/a")

    def test_not_askable(self) -> None:
        """A hole in the path that stays empty, and a signature without the time, are told as such."""
        self.assertRaises(NotAskable, polling("").ask, registration(account=""))
        signed = profile("smsglobal/rest").polling
        assert signed is not None
        self.assertRaises(NotAskable, signed.ask, registration())
        first, later = (signed.ask(registration(), now=when) for when in (NOW, NOW + timedelta(microseconds=1)))
        self.assertNotEqual(first.headers, later.headers)

    def test_gateway(self) -> None:
        """The account's gateway is asked, where it has one."""
        asked = polling("").ask(registration(account="a", gateway="http://127.0.0.1:8290/acme"))
        self.assertEqual((asked.scheme, asked.authority, asked.target), ("http", "127.0.0.1:8290", b"/acme/in/a"))

    def test_nothing_to_acknowledge(self) -> None:
        """Where asking takes messages off the list there is no acknowledgement, to write or to read."""
        single = polling("")
        self.assertIsNone(single.acknowledge(Mo("1", "2", "x", "id"), registration()))
        self.assertRaises(NotReadable, single.taken, HttpRequest("DELETE", b"/in/1"))
        self.assertEqual(single.asked(HttpRequest("DELETE", b"/in/1")), "")


class ReadTests(SynchronousTestCase):
    """The answers."""

    def test_no_page(self) -> None:
        """An answer of another status, or of another form, is no page; nothing but that is raised."""
        bodies = (b"", b"{", b"{}", b"null", b'[{"from":"1"}]', b'{"resources":1}', b'{"messages":[[]]}', b"\xff")
        for name in ("smsglobal/rest", "textmagic/v2", "clicksend/v3", "eztexting/rest"):
            one = profile(name).polling
            assert one is not None
            for reply in (HttpReply(401, (), b'{"messages":[]}'), *(HttpReply(200, (), body) for body in bodies)):
                self.assertRaises(NotReadable, one.read, reply)

    def test_empty_page(self) -> None:
        """A page without messages is written and read as such, its counts included."""
        one = profile("textmagic/v2").polling
        assert one is not None
        reply = one.page([], 0, (1, 100), registration(), facts())
        self.assertEqual(reply.body, b'{"page":1,"pageCount":0,"limit":100,"resources":[]}')
        self.assertEqual(one.read(reply).messages, ())

    def test_place_is_read(self) -> None:
        """A request that names no page means the first one, of the usual size."""
        one = profile("textmagic/v2").polling
        assert one is not None
        self.assertEqual(one.place(HttpRequest("GET", b"/api/v2/replies?page=4")), (4, 100))
        self.assertEqual(one.place(HttpRequest("GET", b"/api/v2/replies")), (1, 100))
