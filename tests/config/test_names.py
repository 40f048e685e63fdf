"""Near misses, the keys of a place, and telling the files apart."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from cicsms.config.kind import Kind, kind_of
from cicsms.config.nearest import did_you_mean
from cicsms.config.schema import keys_at
from cicsms.config.source import Source
from cicsms.model.settings import Configuration, Site


class Nearest(SynchronousTestCase):
    """``did_you_mean``."""

    def test_twin(self) -> None:
        """One letter off gives one name; letter case does not count."""
        self.assertEqual(did_you_mean("BROKRES", ["brokers", "workgroups"]), "Did you mean brokers?")

    def test_several(self) -> None:
        """Something in between gives the likely ones."""
        self.assertEqual(did_you_mean("inbound", ["inbound_routes", "purge"]), "Did you mean inbound_routes?")

    def test_none(self) -> None:
        """Nothing alike lists what is known, twelve at most; nothing known says nothing."""
        self.assertEqual(did_you_mean("zz", ["a", "b", "a"]), "Known: a, b.")
        self.assertTrue(did_you_mean("zz", [f"name{index}" for index in range(20)]).endswith("name11, and more."))
        self.assertEqual(did_you_mean("zz", []), "")


class Keys(SynchronousTestCase):
    """``keys_at``."""

    def test_places(self) -> None:
        """The keys of a table are those of its model, through lists, options and variants."""
        data = {"brokers": [{"proxy": {}, "accounts": [{}]}], "default_inbound_route": {"kind": "handler"}}
        self.assertEqual(
            keys_at(Configuration, ("brokers", 0, "proxy"), data), ("address", "login", "password", "encryption", "trust")
        )
        self.assertEqual(keys_at(Configuration, ("brokers", 0, "accounts", 0), data)[0], "id")
        self.assertEqual(keys_at(Configuration, ("default_inbound_route",), data), ("kind", "name"))
        self.assertIn("brokers", keys_at(Configuration, (), data))

    def test_elsewhere(self) -> None:
        """A place that is no table of the model has none."""
        data = {"brokers": [{"name": {"x": 1}}], "default_inbound_route": {"kind": "fax"}, "y": {"z": 1}}
        for place in (("brokers", 0, "name"), ("default_inbound_route",), ("y",), ("y", "z")):
            self.assertEqual(keys_at(Configuration, place, data), ())
        self.assertEqual(keys_at(Site, ("tls",), {"tls": {}})[:4], ("certificate", "key", "chain", "trust"))


class Kinds(SynchronousTestCase):
    """``kind_of``."""

    def test_told_apart(self) -> None:
        """A site file is told by its keys; what is empty or unclear is a configuration."""
        seen = [
            kind_of(Source("x", dict.fromkeys(keys, 1)))
            for keys in (["state"], ["brokers"], [], ["name", "purge"], ["tls", "typo"])
        ]
        self.assertEqual(seen, [Kind.SITE, Kind.CONFIGURATION, Kind.CONFIGURATION, Kind.CONFIGURATION, Kind.SITE])
