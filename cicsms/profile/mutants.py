"""The mutants of a definition: every element and attribute dropped, renamed or swapped, each change by itself.

A mutant that no evidence turns red shows dead text in the definition, or evidence that is missing. Names for people are left
alone, and so is the renaming of XML elements: the schema refuses that by itself, and it would only flatter the count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import pairwise

from attrs import field, frozen
from lxml import etree

from cicsms.profile.answers import OUTCOMES
from cicsms.profile.matching import status_test
from cicsms.profile.mutant_swaps import UNTOUCHED, implied, swapped
from cicsms.profile.reader import NAMESPACE

Change = Callable[[etree._Element], None]
_PREFIX = f"{{{NAMESPACE}}}"
_SHAPES = ("mt", "mo", "receipt", "answer")
_ORDERED = ("answer", "several", "states")
_LABELS = ("name", "path", "to", "json", "xml", "is", "status", "by", "value")
_OTHER_OUTCOME = {"accepted": "refused", "refused": "accepted", "retry": "refused", "throttled": "refused", "unknown": "accepted"}


@frozen
class Mutant:
    """One change of a definition: where (file:line), at which place of the tree, and what was done."""

    where: str
    place: str
    did: str
    profile: str = ""
    part: str = ""
    """``mt``, ``answer``, ``mo`` or ``receipt``: what the change can touch; empty: all of it."""
    make: Callable[[], bytes] = field(eq=False, repr=False, default=bytes)

    @property
    def name(self) -> str:
        """What identifies it, whatever the lines are."""
        return f"{self.place}: {self.did}"


def of_definition(data: bytes, name: str) -> tuple[Mutant, ...]:
    """Return every mutant of a definition; ``name`` is what the file is called."""
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True))
    return tuple(
        Mutant(f"{name}:{element.sourceline}", _place(element), did, *_owner(element), _maker(root, index, change))
        for index, element in enumerate(root.iter("*"))
        for did, change in _changes(element)
    )


def _maker(root: etree._Element, index: int, change: Change) -> Callable[[], bytes]:
    def make() -> bytes:
        copy = deepcopy(root)
        change(list(copy.iter("*"))[index])
        return etree.tostring(copy)

    return make


def _tag(element: etree._Element) -> str:
    return str(element.tag).removeprefix(_PREFIX)


def _lineage(element: etree._Element) -> list[etree._Element]:
    """Return the element and what it stands in, the root first."""
    return [*reversed(list(element.iterancestors())), element]


def _place(element: etree._Element) -> str:
    return " ".join(map(_label, _lineage(element)[1:])) or _tag(element)


def _label(element: etree._Element) -> str:
    """Name an element by its tag and what tells it from its kind; equal ones are counted."""
    own = _own(element)
    parent = element.getparent()
    twins = [other for other in parent if _own(other) == own] if parent is not None else []
    return own if len(twins) < 2 else f"{own}#{twins.index(element) + 1}"


def _own(element: etree._Element) -> str:
    known = next((value for name in _LABELS if (value := element.get(name))), "")
    return f"{_tag(element)}({known})" if known and element.getparent() is not None else _tag(element)


def _owner(element: etree._Element) -> tuple[str, str]:
    """Return the profile and the part of it that a change of the element can touch."""
    lineage = _lineage(element)
    profile = next((str(one.get("name")) for one in lineage if _tag(one) == "profile"), "")
    parts = [_tag(one) for one in lineage[:-1] if _tag(one) in _SHAPES]
    return profile, parts[-1] if parts else ""


def _changes(element: etree._Element) -> Iterator[tuple[str, Change]]:
    if element.getparent() is not None:
        yield "drop", _drop
    for name in map(str, element.attrib):
        if (_tag(element), name) not in UNTOUCHED:
            yield from _of_attribute(element, name)
    if _tag(element) == "reply":
        yield from _of_text(element)
    if _tag(element) in OUTCOMES:
        yield from _of_outcome(element)
    if _tag(element) in _ORDERED:
        yield from _of_order(element)


def _drop(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _of_attribute(element: etree._Element, name: str) -> Iterator[tuple[str, Change]]:
    """Drop an attribute, unless it says what goes without saying; swap its value; turn a condition round."""
    old = str(element.get(name))
    if not implied(_tag(element), name, old, _shape(element), element.get("field") or ""):
        yield f"drop @{name}", lambda one: one.attrib.__delitem__(name)
    value = swapped(_tag(element), name, old, _shape(element), element.get("type") or "")
    if value is not None and value != old:
        yield f"swap @{name}", lambda one: one.set(name, value)
    if name in ("when", "unless") and not (element.get("when") and element.get("unless")):
        other = "unless" if name == "when" else "when"
        yield f"turn @{name}", lambda one: _turn(one, name, other)


def _turn(element: etree._Element, name: str, other: str) -> None:
    element.set(other, str(element.attrib.pop(name)))


def _shape(element: etree._Element) -> str:
    shapes = [_tag(one) for one in _lineage(element) if _tag(one) in _SHAPES]
    return shapes[-1] if shapes else ""


def _of_text(element: etree._Element) -> Iterator[tuple[str, Change]]:
    text = (element.text or "").strip()
    yield "swap text", lambda one: setattr(one, "text", text + "x")
    if text:
        yield "drop text", lambda one: setattr(one, "text", "")


def _of_outcome(element: etree._Element) -> Iterator[tuple[str, Change]]:
    tag = _tag(element)
    other = _OTHER_OUTCOME.get(tag, "refused")
    yield f"make it {other}", lambda one: setattr(one, "tag", _PREFIX + other)


def _of_order(element: etree._Element) -> Iterator[tuple[str, Change]]:
    """Swap neighbours, unless nothing can be of both of them, so that their order says nothing."""
    rules = [child for child in element if _tag(child) not in ("json", "xml", "if", "header")]
    for first, second in pairwise(rules):
        if not _apart(first, second):
            index = element.index(first)
            yield f"swap order of {_label(first)} and {_label(second)}", _exchange(index, element.index(second))


def _exchange(first: int, second: int) -> Change:
    def change(parent: etree._Element) -> None:
        later = parent[second]
        parent.remove(later)
        parent.insert(first, later)

    return change


def _apart(first: etree._Element, second: etree._Element) -> bool:
    """Tell whether no reply, or no receipt, can be of both rules by status or word alone; or both say the same."""
    if _tag(first) == "state":
        mine, theirs = (set(str(one.get("is", "")).split("|")) for one in (first, second))
        exact = all(not word.endswith("*") and ".." not in word and not word.startswith("&") for word in mine | theirs)
        return (exact and not mine & theirs) or first.get("of") == second.get("of")
    tests = [status_test(one.get("status") or "100..599") for one in (first, second)]
    return not any(all(test(status) for test in tests) for status in range(100, 600))
