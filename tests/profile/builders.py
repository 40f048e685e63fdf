"""What the tests of this room share: the bundled catalogue, an account, a moment, and texts of all scripts."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from random import Random

from hypothesis import strategies as st

from cicsms.model.message import Alphabet, Mt
from cicsms.profile.catalogue import Catalogue
from cicsms.profile.places import definitions
from cicsms.profile.profile import Profile
from cicsms.profile.reader import read_file
from cicsms.profile.values import Facts, Registration

NOW = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


@cache
def catalogue() -> Catalogue:
    """Return the bundled definitions, loaded once for all tests."""
    return Catalogue.load()


def profile(name: str) -> Profile:
    """Return a bundled profile."""
    return catalogue().profile(name)


def names() -> tuple[str, ...]:
    """Return the names of all bundled profiles."""
    return catalogue().names()


def with_mo() -> tuple[str, ...]:
    """Return the names of the profiles whose brokers push inbound messages."""
    return tuple(name for name in names() if profile(name).mo_methods)


@cache
def bound(name: str, shape: str) -> frozenset[str]:
    """Return the fields for which a shape of a bundled profile (``mt``: of its request) has a place."""
    broker, _, dialect = name.partition("/")
    node = next(one for one in read_file(definitions() / f"{broker}.xml").all("profile") if one.get("name") == dialect)
    groups = [group for part in node.all(shape) for group in part.children if group.tag != "answer"]
    return frozenset(field for group in groups for place in group.walk() for field in place.get("field").split("|"))


def registration(**changes: object) -> Registration:
    """Return an account at any broker."""
    usual: dict[str, object] = {
        "account": "AC" + "0" * 32,
        "login": "peer",
        "password": "s3cret",
        "mo_url": "https://sms.example.com/in",
        "receipt_url": "https://sms.example.com/dlr",
        "local": "15551230001",
    }
    return Registration(**{**usual, **changes})  # type: ignore[arg-type]


def facts(seed: int = 1) -> Facts:
    """Return the fixed moment with a fresh random source."""
    return Facts(NOW, Random(seed))


def mt(one: Profile, text: str = "hello", **changes: object) -> Mt:
    """Return a message that the profile can carry."""
    reference = "12345678" if one.reference_form == "digits8" else "0123456789abcdef" * 2
    alphabet = Alphabet.GSM7 if text.isascii() else Alphabet.UCS2
    usual: dict[str, object] = {"reference": reference, "callback": "https://sms.example.com/dlr", "alphabet": alphabet}
    return Mt("12345", ("15551230002",), text, **{**usual, **changes})  # type: ignore[arg-type]


def carried(text: str) -> bool:
    """Tell whether XML can carry the text as it is: no control characters but tab and line ends."""
    return all(char >= " " or char in "\t\n\r" for char in text) and not any(char in "\ufffe\uffff" for char in text)


TEXTS = st.text(max_size=60).filter(carried)
"""Any Unicode text but what XML 1.0 itself has no characters for."""
