"""The tree of a definition as values: elements with their attributes, children, text and line. Knows no XML library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import field, frozen


@frozen(eq=False)
class Node:
    """One element of a definition; ``where`` is ``file:line``."""

    tag: str
    attributes: Mapping[str, str] = field(factory=dict)
    children: tuple[Node, ...] = ()
    text: str = ""
    where: str = ""

    def get(self, name: str, default: str = "") -> str:
        """Return an attribute, or ``default``."""
        return self.attributes.get(name, default)

    def has(self, name: str) -> bool:
        """Tell whether the attribute is there."""
        return name in self.attributes

    def all(self, *tags: str) -> tuple[Node, ...]:
        """Return the children with one of these tags, in order."""
        return tuple(child for child in self.children if child.tag in tags)

    def first(self, *tags: str) -> Node | None:
        """Return the first child with one of these tags."""
        return next((child for child in self.children if child.tag in tags), None)

    def walk(self) -> Iterator[Node]:
        """Give this element and everything below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()
