"""The state of a message, derived from those of its parts."""

from __future__ import annotations

from collections.abc import Collection

from cicsms.model.state import State


def derive(parts: Collection[State]) -> State:
    """Return the state of a message whose parts are in these states.

    As long as one part is not final the message is as far as the part that is furthest behind; *queued* only while none has
    left. When all are final it is *delivered* if every part is; else it has the worst of the other ends.
    """
    behind = [part for part in parts if not part.final]
    if behind:
        last = min(behind, key=lambda state: state.rank)
        return State.SENDING if last is State.QUEUED and len(set(parts)) > 1 else last
    for end in (State.FAILED, State.REJECTED, State.EXPIRED):
        if end in parts:
            return end
    return State.DELIVERED
