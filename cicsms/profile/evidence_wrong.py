"""Wrong credentials, made of the right ones: whoever does not have what the published bytes carry must be refused."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote_plus

from attrs import evolve

from cicsms.model.wire import HttpRequest, read_basic
from cicsms.profile.values import Registration

_SHORTEST = 4
"""Values shorter than this are found anywhere by chance."""


def wrong(request: HttpRequest, right: Registration, login: bool = True) -> Iterator[tuple[str, Registration]]:
    """Give what is wrong, and the registration with it: each credential that the request carries, by itself.

    ``login``: of a webhook it says whose message it is, and proves nothing.
    """
    said = _said(request)
    if login and _carried(right.login, said):
        account = right.account + "x" if right.account == right.login else right.account
        yield "login", evolve(right, login=right.login + "x", account=account)
    for value in dict.fromkeys(value for name, value in _secrets(right) if _carried(value, said)):
        yield "password", _without(right, value)


def _secrets(right: Registration) -> Iterator[tuple[str, str]]:
    """Give the password, and the options that are secrets by their names."""
    yield "password", right.password
    for name, value in right.options.items():
        if name.lower().endswith(("key", "token", "secret", "password")):
            yield name, value


def _without(right: Registration, value: str) -> Registration:
    """Return the registration with another value wherever a secret has this one."""
    names = {name for name, held in _secrets(right) if held == value}
    options = {name: held + "x" if name in names else held for name, held in right.options.items()}
    return evolve(right, password=right.password + "x" if "password" in names else right.password, options=options)


def _carried(value: str, said: str) -> bool:
    return len(value) >= _SHORTEST and value in said


def _said(request: HttpRequest) -> str:
    """Return all that a request says, unescaped."""
    headers = b"\n".join(value for _, value in request.headers)
    basic = read_basic(request.header(b"authorization")) or ()
    raw = b"\n".join((request.target, headers, request.body)).decode("utf-8", "replace")
    return "\n".join((raw, unquote_plus(raw), *basic))
