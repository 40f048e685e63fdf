"""Templates of formatted numbers: text with ``$0`` (the whole match) and ``$1`` to ``$9`` (the groups of the pattern)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import frozen

from cicsms.model.errors import CicsmsError

_PIECE = re.compile(r"\$([0-9])|([^$]+)|\$")


class BadTemplate(CicsmsError):
    """A ``$`` without a digit after it."""


@frozen
class Template:
    """A compiled template: literal text and numbers of groups, in order."""

    source: str
    pieces: tuple[str | int, ...]

    @classmethod
    def read(cls, source: str) -> Template:
        """Compile a template, or raise ``BadTemplate``."""
        pieces: list[str | int] = []
        for piece in _PIECE.finditer(source):
            digit, literal = piece.groups()
            if digit is None and literal is None:
                raise BadTemplate(f"{source!r} has a '$' without a digit at character {piece.start() + 1}")
            pieces.append(literal if digit is None else int(digit))
        return cls(source, tuple(pieces))

    @property
    def highest(self) -> int:
        """The highest group it uses; 0 where it uses none."""
        return max((piece for piece in self.pieces if isinstance(piece, int)), default=0)

    def fill(self, groups: Sequence[str]) -> str:
        """Put the groups in; ``groups[0]`` is the whole match."""
        return "".join(piece if isinstance(piece, str) else groups[piece] for piece in self.pieces)
