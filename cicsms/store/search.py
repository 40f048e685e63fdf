"""Search for messages: what a ``Search`` means in SQL."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Select, select

from cicsms.store.ids import lowest_id
from cicsms.store.schema import messages
from cicsms.store.views import Search

MOST = 1000
"""No page is longer, whatever was asked for."""


def page_length(search: Search) -> int:
    """Give the number of messages on a page."""
    return max(1, min(search.limit, MOST))


def found(search: Search) -> Select[tuple[object, ...]]:
    """Select the page, newest first, and one message more, which says whether there is another page."""
    return select(messages).where(*_conditions(search)).order_by(messages.c.id.desc()).limit(page_length(search) + 1)


def _conditions(search: Search) -> Iterator[ColumnElement[bool]]:
    """Turn what is asked for into conditions; ids rise with time, hence bounds in time are bounds of the id."""
    for name in ("direction", "state", "broker", "account", "remote", "local", "reference"):
        if value := getattr(search, name):
            yield messages.c[name] == str(value)
    if search.text:
        yield messages.c.text.icontains(search.text, autoescape=True)
    if search.after is not None:
        yield messages.c.id >= lowest_id(search.after)
    if search.before is not None:
        yield messages.c.id < lowest_id(search.before)
    if search.cursor:
        yield messages.c.id < search.cursor
