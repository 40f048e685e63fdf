"""The parts that a batch touches: loaded once, moved in memory, written back together with all that follows from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from attrs import define
from sqlalchemy import ColumnElement, Row, bindparam, select, update

from cicsms.model.state import State, moves
from cicsms.store.derive import derive
from cicsms.store.schema import NAMED, PARKED, messages, parts, receipts
from cicsms.store.work import Work

STATE = "state"
_LOADED = (
    *(parts.c.id, parts.c.message_id, parts.c.of, parts.c.broker, parts.c.account, parts.c.remote),
    *(parts.c.state, parts.c.broker_id, parts.c.code, parts.c.said, parts.c.due),
)
_SAVE = (
    update(parts)
    .where(parts.c.id == bindparam("of_id"))
    .values({name: bindparam(f"new_{name}") for name in ("state", "broker_id", "code", "said", "due", "updated")})
)
_SAVE_MESSAGE = (
    update(messages)
    .where(messages.c.id == bindparam("of_id"))
    .values({name: bindparam(f"new_{name}") for name in ("state", "code", "said", "updated")})
)
_ADOPT = (
    update(receipts)
    .where(receipts.c.id == bindparam("of_id"))
    .values(part_id=bindparam("new_part"), applied=bindparam("new_applied"))
)


@define
class PartNow:
    """A part as it is at this point of the batch."""

    id: str
    message: str
    of: int
    broker: str
    account: str
    remote: str
    state: State
    broker_id: str
    code: str
    said: str
    due: float


class PartBook:
    """Loads parts, moves them by the rules of ``moves``, saves them."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._parts: dict[str, PartNow] = {}
        self._named: dict[str, list[PartNow]] = {}
        self._changed: dict[str, PartNow] = {}
        self._moved: set[str] = set()
        self._newly_named: list[PartNow] = []

    def load(self, ids: Collection[str]) -> None:
        """Load the parts with these ids."""
        if ids:
            self._load(parts.c.id.in_(list(ids)))

    def load_named(self, broker_ids: Collection[str]) -> None:
        """Load the parts that brokers know by these ids."""
        if broker_ids:
            self._load(parts.c.broker_id.in_(list(broker_ids)), NAMED)

    def load_where(self, *conditions: ColumnElement[bool]) -> tuple[PartNow, ...]:
        """Load the parts that meet the conditions, and give them."""
        return self._load(*conditions)

    def _load(self, *conditions: ColumnElement[bool]) -> tuple[PartNow, ...]:
        found = []
        for row in self._work.connection.execute(select(*_LOADED).where(*conditions)):
            part = self._parts.get(row.id)
            if part is None:
                part = self._parts[row.id] = _part(row)
                if part.broker_id:
                    self._named.setdefault(part.broker_id, []).append(part)
            found.append(part)
        return tuple(found)

    def part(self, id: str) -> PartNow | None:  # noqa: A002
        """Give a loaded part."""
        return self._parts.get(id)

    def match(self, broker: str, account: str, broker_id: str, remote: str) -> PartNow | None:
        """Give the part a broker means by ``broker_id``: of several (one id for many recipients) the one to ``remote``.

        Where that tells nothing it is the newest: brokers use ids again after a while.
        """
        found = [part for part in self._named.get(broker_id, ()) if part.broker == broker and account in ("", part.account)]
        to_remote = [part for part in found if part.remote.lstrip("+") == remote.lstrip("+")]
        return max(to_remote or found, key=lambda part: part.id, default=None)

    def name(self, part: PartNow, broker_id: str) -> None:
        """Note what the broker calls a part; the first name stays."""
        if broker_id and not part.broker_id:
            part.broker_id = broker_id
            self._named.setdefault(broker_id, []).append(part)
            self._newly_named.append(part)
            self._changed[part.id] = part

    def put(self, part: PartNow, state: State, code: str = "", said: str = "", due: float = 0.0) -> None:
        """Put a part into a state, without asking whether it may."""
        part.state, part.code, part.said, part.due = state, code, said, due
        self._changed[part.id] = part
        self._moved.add(part.id)

    def advance(self, part: PartNow, state: State, code: str = "", said: str = "") -> bool:
        """Move a part forward if that is what ``state`` means for it; say whether."""
        if not moves(part.state, state):
            return False
        self.put(part, state, code, said)
        return True

    def save(self) -> None:
        """Let parked receipts apply to parts that have got a name, then write everything, messages included."""
        self._adopt()
        now = self._work.now
        if self._changed:
            self._work.connection.execute(_SAVE, [_saved(part, now) for part in self._changed.values()])
        for moved in sorted(self._moved):
            part = self._parts[moved]
            self._work.event(STATE, part.message, part.id, part.state.value)
        self._save_messages([self._parts[moved] for moved in sorted(self._moved)])

    def _adopt(self) -> None:
        """Match parked receipts with the parts that were named in this batch, in the order they came."""
        names = {part.broker_id for part in self._newly_named}
        if not names:
            return
        waiting = select(receipts).where(PARKED, receipts.c.broker_id.in_(list(names))).order_by(receipts.c.id)
        adopted = []
        for row in self._work.connection.execute(waiting):
            part = self.match(row.broker, row.account, row.broker_id, row.remote)
            if part is not None:
                applied = self.advance(part, State(row.state), row.code, row.said)
                adopted.append({"of_id": row.id, "new_part": part.id, "new_applied": applied})
        if adopted:
            self._work.connection.execute(_ADOPT, adopted)

    def _save_messages(self, moved: Iterable[PartNow]) -> None:
        """Derive the states of the messages whose parts moved."""
        last = {part.message: part for part in moved}
        joined = self._states([part.message for part in last.values() if part.of > 1])
        rows = [
            {
                "of_id": message,
                "new_state": derive(joined.get(message) or (part.state,)).value,
                "new_code": part.code,
                "new_said": part.said,
                "new_updated": self._work.now,
            }
            for message, part in last.items()
        ]
        if rows:
            self._work.connection.execute(_SAVE_MESSAGE, rows)

    def _states(self, ids: Collection[str]) -> Mapping[str, list[State]]:
        """Give the states of all parts of these messages."""
        states: dict[str, list[State]] = {}
        if ids:
            found = select(parts.c.message_id, parts.c.state).where(parts.c.message_id.in_(list(ids)))
            for row in self._work.connection.execute(found):
                states.setdefault(row.message_id, []).append(State(row.state))
        return states


def _part(row: Row[*tuple[Any, ...]]) -> PartNow:
    """Read a part."""
    return PartNow(
        row.id,
        row.message_id,
        row.of,
        row.broker,
        row.account,
        row.remote,
        State(row.state),
        row.broker_id,
        row.code,
        row.said,
        row.due,
    )


def _saved(part: PartNow, now: float) -> dict[str, object]:
    """Give the values to save."""
    return {
        "of_id": part.id,
        "new_state": part.state.value,
        "new_broker_id": part.broker_id,
        "new_code": part.code,
        "new_said": part.said,
        "new_due": part.due,
        "new_updated": now,
    }
