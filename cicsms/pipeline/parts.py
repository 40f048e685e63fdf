"""A text made into what is handed to a broker: one piece for each request, and the count of SMS it makes."""

from __future__ import annotations

from attrs import field, frozen

from cicsms.model.message import Alphabet, Concat
from cicsms.model.settings import Parsing
from cicsms.text import count, numbered, parse, smallest


@frozen
class Piece:
    """What one request carries; ``concat`` is its place where it is a part of a long text."""

    text: str = field(repr=False)
    concat: Concat | None = None


@frozen
class Cut:
    """A text in its alphabet, its pieces in order, and how many SMS a handset gets in the end."""

    alphabet: Alphabet
    pieces: tuple[Piece, ...]
    sms: int


def cut(text: str, parsing: Parsing, reference: int) -> Cut:
    """Cut ``text`` as the settings say; ``reference`` joins the parts of a long one. Raises ``TooLong``."""
    alphabet = smallest(text)
    texts = parse(text, parsing, alphabet)
    places = numbered(texts, reference)
    pieces = tuple(Piece(one, place) for one, place in zip(texts, places, strict=True))
    return Cut(alphabet, pieces, len(pieces) if len(pieces) > 1 else count(texts[0], alphabet).parts)
