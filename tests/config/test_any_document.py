"""Whatever a document holds, it is examined without a traceback, and its faults have places."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.config.load import examine_source
from cicsms.config.masked import masked
from cicsms.config.positions import Place
from cicsms.config.source import Source
from tests.config.documents import KNOWN, broker

SOUND = tomllib.loads(
    """
default_inbound_route = { kind = "queue", workgroup = "front" }
workgroups = [{ name = "front", classifications = ["Local"] }]
users = [{ name = "ann", workgroups = ["front"] }]
classifications = ["Local"]
inbound_routes = [{ type = "ani", pattern = "317.*", destination = { kind = "handler", name = "crm" } }]
outbound_routes = [{ pattern = ".*", broker = "one", account = "main", classifications = ["Local"] }]
handlers = [{ name = "crm", url = "https://crm.example" }]
"""
    + broker("one")
    + broker("two")
)
ODD = st.recursive(
    st.none().map(lambda _: date(2026, 1, 1))
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.just("one"),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "kind", "x", "path"]), inner, max_size=2)
    ),
    max_leaves=4,
)


def places(data: Any, at: Place = ()) -> list[Place]:
    """List every place of a document."""
    steps = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [found for key, value in steps for found in ((*at, key), *places(value, (*at, key)))]


def put(data: Any, place: Place, value: Any) -> None:
    """Put a value into a document, if the place is still there."""
    try:
        for part in place[:-1]:
            data = data[part]
        data[place[-1]] = value
    except (KeyError, IndexError, TypeError):
        return


class AnyDocument(SynchronousTestCase):
    """Documents with odd values at random places."""

    @settings(max_examples=150, deadline=None)
    @given(st.lists(st.tuples(st.sampled_from(places(SOUND)), ODD), max_size=4))
    def test_examined(self, changes: list[tuple[Place, Any]]) -> None:
        """Every fault has a rule, a place in the file and a sentence; what is left can be shown."""
        data = deepcopy(SOUND)
        for place, value in changes:
            put(data, place, value)
        examined = examine_source(Source("c.toml", data), Path("/nowhere"), KNOWN)
        for finding in examined.findings:
            self.assertTrue(finding.rule and finding.said.endswith("."), finding)
            self.assertTrue(finding.where.startswith("c.toml"), finding)
        if examined.configuration is not None:
            masked(examined.configuration, KNOWN)

    def test_sound(self) -> None:
        """The document without changes has no fault."""
        self.assertEqual(examine_source(Source("c.toml", SOUND), Path("/nowhere"), KNOWN).findings, ())
