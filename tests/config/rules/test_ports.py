"""Rules on shared ports and paths."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.config.rules.ports import normal
from cicsms.model.settings import Site
from tests.config.documents import Definition, Definitions, broker, findings, rules

API = 'endpoint = "tcp:8080"'


def two(first: str = "", second: str = "", one: str = "port = 8080", other: str = "port = 8080") -> str:
    """Return two brokers, with changes."""
    return broker("one", first, one) + broker("two", second, other)


class Paths(SynchronousTestCase):
    """Paths of one port."""

    def test_different(self) -> None:
        """Two brokers share a port with paths of their own."""
        self.assertEqual(rules(two()), [])

    def test_same(self) -> None:
        """The same MO path twice is refused, both owners and settings named, at the second one's line."""
        found = findings(two().replace("/two/mo", "/one/mo"))
        self.assertEqual([one.where for one in found], ["c.toml:18: brokers[2] (two).mo.path"])
        self.assertIn("(mo.path of broker 'two') is the same path as mo.path of broker 'one'", found[0].said)

    def test_crossed(self) -> None:
        """The MO path of one is not the receipt path of another, nor its own."""
        self.assertEqual(rules(two().replace("/two/mo", "/one/dr")), ["error path-twice"])
        self.assertEqual(rules(broker("one").replace("/one/mo", "/one/dr")), ["error path-twice"])

    def test_shared(self) -> None:
        """A broker whose definition tells messages from receipts may use one path for both; another broker may not."""
        known = Definitions({"kannel": Definition(shared=True)})
        one = broker("one").replace("/one/mo", "/one/dr")
        self.assertNotIn("error path-twice", rules(one, known))
        self.assertIn("error path-twice", rules(two().replace("/two/mo", "/one/dr"), known))

    def test_other_port(self) -> None:
        """On another port the same path is another path."""
        self.assertEqual(rules(two(other="port = 8081").replace("/two/", "/one/")), [])

    def test_twins(self) -> None:
        """What a proxy may turn into the same path counts as the same: case, closing slash, escapes, ``//``, dot segments."""
        for twin in ("/ONE/MO", "/one/mo/", "/one/%6do", "/one//mo", "//one/mo", "/x/../one/mo", "/./one/mo", "/%6F%4ee/mo"):
            found = rules(two().replace("/two/mo", twin))
            self.assertIn("error path-twice", found, twin)

    def test_no_twins(self) -> None:
        """A prefix, a longer name or another folder is another path."""
        for other in ("/one", "/one/mo2", "/one/mo/x", "/two/one/mo", "/"):
            self.assertEqual(rules(two().replace("/two/mo", other)), [], other)

    def test_off(self) -> None:
        """Where one of the two is off now, the same path is a warning."""
        same = two("enabled = false").replace("/two/mo", "/one/mo")
        self.assertEqual(rules(same), ["warning path-twice-while-off"])
        self.assertEqual(
            rules(two(one="port = 8080\nenabled = false").replace("/two/", "/one/")), ["warning path-twice-while-off"] * 2
        )

    def test_form(self) -> None:
        """A path in a form that proxies rewrite is a warning; a closing slash is none."""
        self.assertEqual(rules(broker("one").replace("/one/mo", "/one//mo")), ["warning path-form"])
        self.assertEqual(rules(broker("one").replace("/one/mo", "/one/mo/")), [])

    @given(st.text("/.aA%2eE", max_size=12))
    def test_normal_is_stable(self, text: str) -> None:
        """A normal form without escapes is its own normal form."""
        once = normal("/" + text)
        if "%" not in once:
            self.assertEqual(normal(once), once)


class Schemes(SynchronousTestCase):
    """What a port speaks."""

    def https(self, **more: str) -> str:
        """Return an http broker and an https one on the same port."""
        return two(second='encryption = "https"', **more).replace("http://two", "https://two")

    def test_mixed(self) -> None:
        """HTTP and HTTPS on one port are refused, both owners named."""
        found = findings(self.https())
        self.assertEqual([one.rule for one in found], ["port-schemes"])
        self.assertIn("'two'", found[0].said)
        self.assertIn("'one'", found[0].said)

    def test_apart(self) -> None:
        """On two ports each has its own."""
        self.assertEqual(rules(self.https(other="port = 8443")), [])

    def test_off(self) -> None:
        """Where one is off now it is a warning."""
        self.assertEqual(rules(self.https(other="port = 8080\nenabled = false")), ["warning port-schemes"])


class Api(SynchronousTestCase):
    """The port of the API."""

    def site(self, endpoint: str) -> Site:
        """Return a site whose API listens there."""
        api: dict[str, Any] = {"endpoint": endpoint}
        return Site.model_validate({"api": api})

    def test_shared(self) -> None:
        """A broker's port is not the API's, however the endpoint is written."""
        for endpoint in (
            "tcp:8080",
            "tcp:8080:interface=127.0.0.1",
            "tcp:port=8080",
            "tcp:interface=::1:port=8080",
            "ssl:8080:privateKey=k",
        ):
            self.assertEqual(rules(broker("one"), site=self.site(endpoint)), ["error port-of-api"], endpoint)

    def test_own(self) -> None:
        """An API on another port, or on none, is in nobody's way."""
        for endpoint in ("tcp:8180", "unix:/run/8080", "tcp:18080", "tcp:80801"):
            self.assertEqual(rules(broker("one"), site=self.site(endpoint)), [], endpoint)
