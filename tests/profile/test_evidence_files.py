"""Evidence on disk: every bundled folder is whole and honest, and a broken one says what is wrong with it."""

from __future__ import annotations

import base64
import hmac
from pathlib import Path
from urllib.parse import parse_qsl

from twisted.trial.unittest import SynchronousTestCase

from cicsms.profile import evidence
from cicsms.profile.evidence import Direction, Item, Kind, MalformedEvidence
from cicsms.profile.evidence_sides import canonical, exchange

LACKING = {
    "eztexting": {Direction.RECEIPT},
    "smsglobal": {Direction.MO},
    "24x": {Direction.MO, Direction.RECEIPT},
    "aerialink": {Direction.MO, Direction.RECEIPT},
}
"""What a broker does not push, or not in a confirmed form (SMSGlobal's inbound messages are polled)."""
DERIVED = {"24x", "aerialink", "generic"}
"""Brokers of whose answers or webhooks nothing is published, and the one that is nobody: those are derived, and graded so."""
BUNDLED = tuple(item for broker in evidence.brokers() for item in evidence.load(broker))
SOURCE = """kind = "E1"
direction = "mo"
profile = "acme"
title = "t"
section = "s"
url = "https://acme.example"
retrieved = 2026-11-23
licence = "l"
"""


class Bundled(SynchronousTestCase):
    """The evidence that travels with the program."""

    def test_every_folder_reads(self) -> None:
        """Each request and response is well-formed HTTP, each canonical message a message, each registration an account."""
        for item in BUNDLED:
            self.assertTrue(item.request or item.response, item.name)
            exchange(item)
            canonical(item)
            evidence.registration(item)

    def test_every_source_is_told(self) -> None:
        """Each folder says where it is from, under what licence, and only where nothing is published it is derived."""
        for item in BUNDLED:
            broker = item.profile.partition("/")[0]
            self.assertTrue(item.source.kind is not Kind.E0 or broker in DERIVED, f"{broker} {item.name}")
            self.assertTrue(item.source.title and item.source.section and item.source.licence, item.name)
            self.assertTrue(item.source.url.startswith(("https://", "http://")), item.name)

    def test_every_broker_has_the_directions_that_must_be_proved(self) -> None:
        """MO, receipt, MT request and MT success of each broker have evidence, and at least two MT errors."""
        for broker in evidence.brokers():
            directions = [item.direction for item in evidence.load(broker)]
            for wanted in {Direction.MO, Direction.RECEIPT, Direction.MT_REQUEST, Direction.MT_SUCCESS} - LACKING.get(
                broker, set()
            ):
                self.assertIn(wanted, directions, broker)
            self.assertGreaterEqual(directions.count(Direction.MT_ERROR), 2, broker)

    def test_signatures_hold_by_the_documented_rule(self) -> None:
        """Every Twilio signature in the evidence is right but the refused one, computed here with the standard library alone."""
        for item in evidence.load("twilio"):
            request, _ = exchange(item)
            signature = request and request.header(b"x-twilio-signature")
            if request is None or signature is None:
                continue
            pairs = sorted(parse_qsl(request.body.decode(), keep_blank_values=True))
            said = request.url + "".join(name + value for name, value in pairs)
            algorithm = "sha256" if request.header(b"x-twilio-webhooks-signature-settings") else "sha1"
            digest = hmac.digest(b"12345", said.encode(), algorithm)
            self.assertEqual(signature == base64.b64encode(digest), item.expect.get("verified", True), item.name)


class Folder(SynchronousTestCase):
    """One folder, whole or broken."""

    def _load(self, source: str, expect: str = '{"messages": []}') -> Item:
        """Write a folder and load it."""
        folder = Path(self.mktemp()) / "01-mo"
        folder.mkdir(parents=True)
        (folder / "source.toml").write_text(source)
        (folder / "expect.json").write_text(expect)
        return evidence.load_item(folder)

    def test_reads_a_small_one(self) -> None:
        """A folder of two files is an item with its defaults."""
        item = self._load(SOURCE)
        self.assertEqual((item.name, item.direction, item.source.kind, item.scheme), ("01-mo", Direction.MO, Kind.E1, "https"))

    def test_names_what_is_unknown(self) -> None:
        """A word of source.toml that means nothing is named, not ignored."""
        for extra in ('kinds = "E1"\n', "[normalisations]\nspaces = true\n"):
            error = self.assertRaises(MalformedEvidence, self._load, SOURCE + extra)
            self.assertIn("unknown in source.toml", str(error))

    def test_names_the_folder_that_is_broken(self) -> None:
        """Whatever is missing, of the wrong type or not JSON is refused with the folder's name."""
        broken = (
            (SOURCE.replace('"E1"', '"E9"'), "{}"),
            (SOURCE.replace('direction = "mo"\n', ""), "{}"),
            (SOURCE + "[holes]\na = 1\n", "{}"),
            (SOURCE + "[facts]\nnoon = 1\n", "{}"),
            (SOURCE, "{"),
            ("kind =", "{}"),
        )
        for source, expect in broken:
            error = self.assertRaises(MalformedEvidence, self._load, source, expect)
            self.assertIn("01-mo", str(error))

    def test_names_a_field_that_no_message_has(self) -> None:
        """The canonical message speaks the words of the message values only."""
        error = self.assertRaises(MalformedEvidence, canonical, self._load(SOURCE, '{"messages": [{"sender": "1"}]}'))
        self.assertIn("sender", str(error))

    def test_refuses_what_is_no_message(self) -> None:
        """A message that is no table, a value of no known word and an account with an unknown field are all malformed."""
        broken = ('{"messages": ["text"]}', '{"messages": [{"remote": "1"}]}', '{"messages": [{"alphabet": "gsm8"}]}')
        for expect in broken:
            self.assertRaises(MalformedEvidence, canonical, self._load(SOURCE, expect))
        self.assertRaises(MalformedEvidence, evidence.registration, self._load(SOURCE + '[registration]\nuser = "u"\n'))

    def test_knows_no_evidence_of_a_stranger(self) -> None:
        """A broker without a folder has no evidence, which is not an error."""
        self.assertEqual(evidence.load("nobody"), ())
        self.assertEqual(str(evidence.level(())), "0/7")
