"""The played accounts: names, places, options and ids."""

from __future__ import annotations

from random import Random
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from cicsms.emulator.entries import Entries, Gateways, NoEntry, make_entry
from cicsms.emulator.settings import BrokerEntry
from cicsms.model.wire import HttpRequest
from cicsms.profile.values import Option
from tests.emulator.fakes import ENTRY, OTHER, AcmeVoice, AcmeVoices


class EntriesTests(SynchronousTestCase):
    """Who is played, and where."""

    def setUp(self) -> None:
        """Play two."""
        self.entries = Entries(AcmeVoices(), Gateways("http://h:1", "https://h:2"), 3)
        self.entries.put(ENTRY)
        self.entries.put(OTHER)

    def target(self, path: bytes) -> tuple[str, bytes]:
        """Say which entry a target reaches, and what it sees of it."""
        entry, request = self.entries.called(HttpRequest("GET", path))
        return entry.name, request.target

    def test_prefix(self) -> None:
        """The first segment names the entry; the rest, undecoded, is what the broker sees."""
        self.assertEqual(self.target(b"/acme/a%2Fb?c=/d"), ("acme", b"/a%2Fb?c=/d"))
        self.assertEqual(self.target(b"/other?x"), ("other", b"/?x"))
        self.assertEqual(self.target(b"/other"), ("other", b"/"))
        self.assertEqual(self.target(b"/acme//send"), ("acme", b"//send"))

    def test_nobody(self) -> None:
        """A prefix that names nobody, a broken one too, is told with the known names, and a long one is cut."""
        for path in (b"/", b"*", b"/\xff\xfe/x", b"/" + b"x" * 9000):
            error = self.assertRaises(NoEntry, self.target, path)
            self.assertIn("/acme, /other", str(error))
            self.assertLess(len(str(error)), 300)

    def test_many(self) -> None:
        """Of many known names the first are told, and how many more there are."""
        for number in range(30):
            self.entries.put(evolve_settings(name=f"n{number}"))
        self.assertIn("/n17 and 12 more", str(self.assertRaises(NoEntry, self.target, b"/x")))

    def test_moved(self) -> None:
        """Gateways that become known later reach every entry."""
        self.entries.move(Gateways("http://x:9", "https://x:8"))
        self.assertEqual(self.entries.named("other").registration().gateway, "http://x:9/other")

    def test_replaced(self) -> None:
        """An entry that is replaced never gives an id again that it has given."""
        first = [self.new_id() for _ in range(3)]
        self.entries.put(ENTRY)
        self.entries.remove("acme")
        self.entries.put(ENTRY)
        self.assertEqual(len({*first, self.new_id(), self.new_id()}), 5)

    def new_id(self) -> str:
        """Let Acme give an id."""
        entry = self.entries.named("acme")
        return entry.profile.new_id(entry.random)

    def test_own_ids(self) -> None:
        """The ids of one entry do not depend on what others give."""
        again = Entries(AcmeVoices(), Gateways(), 3)
        entry = again.put(ENTRY)
        other = self.entries.named("other")
        other.profile.new_id(other.random)
        self.assertEqual(entry.profile.new_id(entry.random), self.new_id())

    def test_no_secrets(self) -> None:
        """Neither password nor options show in the repr of an entry."""
        settings = evolve_settings(password="s3cret", options={"Token": "s3cret"})
        self.assertNotIn("s3cret", repr(self.entries.put(settings)))


def evolve_settings(**changes: Any) -> BrokerEntry:
    """Return Acme's entry with changes."""
    return BrokerEntry.model_validate({"name": "acme", "profile": "acme/form"} | changes)


class OptionTests(SynchronousTestCase):
    """Options that the settings leave out."""

    def test_made_up(self) -> None:
        """A required option gets something of its kind, unless it is given or has a default."""
        voice = AcmeVoice()
        voice.options = {
            "Key": Option("Key", "secret", required=True),
            "Mode": Option("Mode", "enum", required=True, values=("a", "b")),
            "Count": Option("Count", "number", required=True),
            "Given": Option("Given", required=True),
            "Usual": Option("Usual", required=True, default="x"),
            "Free": Option("Free"),
        }
        entry = make_entry(evolve_settings(options={"Given": "g"}), voice, Gateways(), Random(1))
        self.assertEqual(dict(entry.registration().options), {"Key": "emulator", "Mode": "a", "Count": "1", "Given": "g"})

    def test_paths(self) -> None:
        """A name in the path of MTs stands for one segment, and a path of the settings goes before the profile's."""
        voice = AcmeVoice()
        voice.mt_path = "/v1/{account}/send.json?x={y}"
        paths = make_entry(evolve_settings(), voice, Gateways(), Random(1)).paths
        for path, fits in ((b"/v1/AC1/send.json", True), (b"/v1/a/b/send.json", False), (b"/v1/AC1/sendxjson", False)):
            self.assertEqual(bool(paths.fullmatch(path)), fits, path)
        own = make_entry(evolve_settings(mt_path="/own"), voice, Gateways(), Random(1))
        self.assertTrue(own.paths.fullmatch(b"/own"))
        self.assertEqual(own.registration().mt_path, "/own")
