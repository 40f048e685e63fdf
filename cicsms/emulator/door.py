"""What the emulator asks of a profile and of the catalogue it comes from; the bundled profiles provide it, and so do tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Protocol

from cicsms.model.message import Answer, Mo, Mt, Receipt
from cicsms.model.state import State
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.profile.grants import Grants
from cicsms.profile.values import Facts, Option, Registration


class Voice(Protocol):
    """The emulator's side of a compiled profile: reads what the broker would read, writes what the broker would write."""

    @property
    def name(self) -> str:
        """The profile's full name, ``broker/profile``."""

    @property
    def title(self) -> str:
        """The name a person reads."""

    def fitted(self, options: Mapping[str, str]) -> Voice:
        """Return the voice for an account with these options; raises ``Rejected`` where one makes no sense."""

    @property
    def mt_path(self) -> str:
        """The path of MT requests, with ``{names}`` where an account differs from the next."""

    @property
    def options(self) -> Mapping[str, Option]:
        """The named values it asks an account for."""

    @property
    def states(self) -> frozenset[State]:
        """What its receipts can say; empty where it has none."""

    @property
    def grants(self) -> Grants | None:
        """How accounts get access tokens; ``None`` where there are none."""

    def authentic(self, request: HttpRequest, registration: Registration, now: datetime | None = None) -> bool:
        """Tell whether the MT request carries the account's credentials, and a token that is good ``now``."""

    def read_mt(self, request: HttpRequest) -> tuple[Mt, ...]:
        """Read the messages of an MT request; raises ``NotReadable``."""

    def write_answer(self, answers: Sequence[Answer], mt: Mt, registration: Registration, facts: Facts) -> HttpReply:
        """Write the answer to an MT request, one ``Answer`` a recipient."""

    def write_mo(self, mo: Mo, registration: Registration, facts: Facts, method: str = "") -> HttpRequest:
        """Write an MO, signed, to the registration's MO URL; ``method`` chooses where the broker offers several."""

    def write_receipt(
        self, receipt: Receipt, mt: Mt | None, registration: Registration, facts: Facts, method: str = ""
    ) -> HttpRequest:
        """Write a receipt of ``mt``, signed, to the callback it carried or to the registration's receipt URL."""

    def new_id(self, random: Random, kind: str = "mt") -> str:
        """Make an id in the broker's form, of an ``mt`` or an ``mo``."""

    def error_reply(self, kind: str, registration: Registration, facts: Facts | None = None) -> HttpReply:
        """Write one of the broker's own error bodies: ``auth``, ``refused``, ``throttled``, ``busy``."""


class Voices(Protocol):
    """A catalogue of profiles."""

    def names(self) -> Sequence[str]:
        """List the profiles by full name."""

    def profile(self, name: str) -> Voice:
        """Return a profile by full name, or a broker's first one by the broker's name."""
