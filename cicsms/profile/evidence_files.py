"""Evidence as it lies on disk: ``evidence/<broker>/<nn>-<slug>/``, each a folder of one exchange.

``request.http`` and ``response.http`` hold raw bytes, ``expect.json`` the canonical message, written by hand from the broker's
document, and ``source.toml`` where all this was found and what a check needs besides (registration, message, clock, holes).
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Any

from attrs import field, frozen

from cicsms.profile.evidence_wire import Hole, MalformedEvidence


class Kind(StrEnum):
    """Where evidence comes from; E0 proves nothing, for it is derived from the profile itself."""

    E1 = "E1"
    """An example, or a shape with its values, that the broker published."""
    E2 = "E2"
    """Made or checked by the vendor's own SDK or validator."""
    E3 = "E3"
    """Recorded from a live peer, scrubbed."""
    E0 = "E0"


class Direction(StrEnum):
    """The seven things a profile says, each of which wants evidence."""

    MO = "mo"
    MO_AUTH = "mo-auth"
    RECEIPT = "receipt"
    MT_REQUEST = "mt-request"
    MT_SUCCESS = "mt-success"
    MT_ERROR = "mt-error"
    POLLING = "polling"


@frozen
class Source:
    """Where the bytes were found, and under what terms they are kept here."""

    kind: Kind
    title: str
    section: str
    url: str
    retrieved: date
    licence: str
    note: str = ""


@frozen
class Item:
    """One folder of evidence.

    ``unwritten`` names the parameters that the writer leaves out, each with its reason; ``one_sided`` names the sides that
    are not checked, each with its reason. Both are shown with every result. ``usual`` marks what the emulator writes when it is
    told no more than it must be (the outcome, the state, the text): the definition's defaults are held against these bytes.
    """

    name: str
    direction: Direction
    profile: str
    source: Source
    expect: Mapping[str, Any] = field(repr=False)
    request: bytes = field(default=b"", repr=False)
    response: bytes = field(default=b"", repr=False)
    scheme: str = "https"
    usual: bool = False
    holes: Mapping[str, Hole] = field(factory=dict)
    unwritten: Mapping[str, str] = field(factory=dict)
    one_sided: Mapping[str, str] = field(factory=dict)
    registration: Mapping[str, Any] = field(factory=dict, repr=False)
    message: Mapping[str, Any] = field(factory=dict, repr=False)
    poll: Mapping[str, Any] = field(factory=dict)
    now: datetime = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    seed: int = 1


_TABLES = ("holes", "normalisations", "one-sided", "registration", "message", "facts", "poll")
_EXPECT = {"messages", "verified", "cursor", "size", "next", "total", "acknowledge"}
_SOURCE = ("kind", "title", "section", "url", "retrieved", "licence", "note")


def home() -> Path:
    """Return where the evidence lies: inside an installed package, else in the checkout."""
    packed = Path(str(files("cicsms"))) / "_evidence"
    return packed if packed.is_dir() else Path(str(files("cicsms"))).parent / "evidence"


def brokers(folder: Path | None = None) -> tuple[str, ...]:
    """Return the names of the brokers that have evidence."""
    return tuple(sorted(path.name for path in (folder or home()).iterdir() if path.is_dir()))


def load(broker: str, folder: Path | None = None) -> tuple[Item, ...]:
    """Return the evidence of a broker, in the order of its numbers; none where there is no folder of that name."""
    place = (folder or home()) / broker
    return tuple(load_item(path) for path in sorted(place.iterdir()) if path.is_dir()) if place.is_dir() else ()


def load_item(folder: Path) -> Item:
    """Read one folder of evidence."""
    try:
        table = tomllib.loads((folder / "source.toml").read_text("utf-8"))
        expect = json.loads((folder / "expect.json").read_bytes())
        return _item(folder, table, expect)
    except (OSError, KeyError, TypeError, ValueError) as wrong:
        raise MalformedEvidence(f"{folder.name}: {type(wrong).__name__}: {wrong}.") from wrong


def _item(folder: Path, table: dict[str, Any], expect: Mapping[str, Any]) -> Item:
    """Make the item of its parsed files, and refuse whatever word of source.toml is unknown."""
    tables: dict[str, dict[str, Any]] = {name: table.pop(name, {}) for name in _TABLES}
    source = {name: table.pop(name) for name in _SOURCE if name in table}
    item = Item(
        name=folder.name,
        direction=Direction(table.pop("direction")),
        profile=table.pop("profile"),
        source=Source(**source | {"kind": Kind(source["kind"])}),
        expect=expect,
        request=_bytes(folder / "request.http"),
        response=_bytes(folder / "response.http"),
        scheme=table.pop("scheme", "https"),
        usual=table.pop("usual", False),
        holes={name: Hole(**hole) for name, hole in tables["holes"].items()},
        unwritten=tables["normalisations"].pop("unwritten", {}),
        one_sided=tables["one-sided"],
        registration=tables["registration"],
        message=tables["message"],
        poll=tables["poll"],
        **tables["facts"],
    )
    unknown = sorted({*table, *tables["normalisations"]})
    if unknown:
        raise MalformedEvidence(f"{folder.name}: unknown in source.toml: {', '.join(unknown)}.")
    if stray := sorted(set(expect) - _EXPECT):
        raise MalformedEvidence(f"{folder.name}: unknown in expect.json: {', '.join(stray)}.")
    return item


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""
