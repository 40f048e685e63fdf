"""Bundles are put in the order in which a server must send them."""

from __future__ import annotations

from datetime import UTC, datetime

from twisted.trial.unittest import SynchronousTestCase

from cicsms.certs.bundle import bundle
from cicsms.certs.facts import read
from cicsms.certs.issue import Issued, issue
from cicsms.certs.recipe import recipe

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def made(fault: str = "sound") -> Issued:
    """Make a chain."""
    return issue(recipe(fault), hosts=["sms.example.test"], now=NOW)


class BundleTests(SynchronousTestCase):
    """``bundle``."""

    def test_ordered(self) -> None:
        """Whatever lies in a bundle, in whatever order: the server certificate comes first, then who signed it, and no more."""
        for fault, dropped in (
            ("sound", []),
            ("leaf-not-first", []),
            ("root-before-ca", ["it is the root, which peers have themselves"]),
            ("superfluous-ca", ["it signed nothing of this chain"]),
            ("leaf-twice", ["it is there twice"]),
            ("pathlen", []),
        ):
            chain = made(fault)
            found = bundle([read(one, place) for place, one in enumerate(reversed(chain.sent), 1)], NOW)
            names = ["server", "lower", "ca"] if fault == "pathlen" else ["server", "ca"]
            self.assertEqual(found.certificates, tuple(chain.made[name].certificate for name in names), fault)
            self.assertEqual([why for _, why in found.dropped], dropped)

    def test_missing(self) -> None:
        """An issuer that is not there is named; with the root there nothing is missing."""
        bare = bundle([read(one) for one in made("missing-intermediate").sent], NOW)
        self.assertEqual((bare.above, bare.missing), ("CN=CIC CA", True))
        usual = bundle([read(one) for one in made().sent], NOW)
        self.assertEqual((usual.above, usual.missing), ("CN=Server Group", False))
        self.assertEqual(bundle([read(one) for one in made("root-sent").sent], NOW).above, "")

    def test_self_signed(self) -> None:
        """A certificate that signed itself is a whole bundle."""
        chain = made("self-signed")
        self.assertEqual(bundle([read(chain.leaf)], NOW).certificates, (chain.leaf,))
