"""The way of an outbound message, up to its id: route, sender, alphabet and parts, commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256

from attrs import asdict, evolve, field, frozen

from cicsms.model.errors import CicsmsError
from cicsms.model.settings import Configuration, Parsing
from cicsms.pipeline.door import Keeper
from cicsms.pipeline.lines import Line
from cicsms.pipeline.parts import Cut, Piece, cut
from cicsms.pipeline.references import References
from cicsms.routing.number import dialled, international
from cicsms.routing.outbound import OutboundRoutes
from cicsms.store.entries import KeepMt, KeptMt, OutboundMessage, OutboundPart, Repeat


class UnknownLine(CicsmsError):
    """No broker or account of that name is configured."""


class LineOff(CicsmsError):
    """The broker, or its outbound direction, is switched off."""


class NotOurNumber(CicsmsError):
    """The sender asked for is not among the account's local addresses."""


class MissingOption(CicsmsError):
    """The broker definition requires an option that the configuration leaves empty."""


class KeyReused(CicsmsError):
    """The idempotency key was used for another message."""


@frozen
class Wish:
    """A message somebody wants to send. Without ``broker`` the outbound routes decide; ``key`` is an idempotency key."""

    to: str
    text: str = field(repr=False)
    sender: str = ""
    broker: str = ""
    account: str = ""
    reference: str = ""
    validity: int | None = None
    priority: int = 0
    message_class: int | None = None
    key: str = ""

    def digest(self) -> str:
        """Return what tells two wishes apart that claim the same idempotency key."""
        return sha256(repr(sorted(asdict(self).items())).encode("utf-8", "surrogatepass")).hexdigest()


@frozen
class Taken:
    """A wish that is durable now; ``parts`` counts the SMS it makes, ``repeated`` tells that it was kept before."""

    id: str
    parts: int
    repeated: bool = False


class Outbound:
    """Takes messages to send. ``lines`` and ``routes`` are those of the configuration in force, replaced as a whole.

    ``durable`` is told the line of each message after its commit.
    """

    def __init__(
        self, journal: Keeper, new_id: Callable[[], str], references: References, durable: Callable[[Line], None]
    ) -> None:
        self.lines: Mapping[tuple[str, str], Line] = {}
        self.routes = OutboundRoutes.of(Configuration())
        self._journal = journal
        self._new_id = new_id
        self._references = references
        self._durable = durable

    async def submit(self, wish: Wish) -> Taken:
        """Keep a message for sending and return its id; nothing is kept where this raises.

        Raises ``NoRoute``, ``NoAccess``, ``BadNumber``, the errors of this module, and ``StoreBusy``.
        """
        line, number = self._way(wish)
        if missing := line.profile.missing(line.registration):
            raise MissingOption(f"Broker {line.broker} needs the option {missing[0]}: fill it in the configuration.")
        message = self._message(wish, line)
        made = cut(wish.text, _parsing(line), int(message.id[-2:], 16))
        parts = tuple(self._part(line, number, made, piece) for piece in made.pieces)
        entry = KeepMt(evolve(message, alphabet=made.alphabet), parts, wish.key, wish.digest() if wish.key else "")
        kept: KeptMt = await self._journal.submit(entry)
        if kept.repeat is Repeat.CONFLICT:
            raise KeyReused("This Idempotency-Key was used for another message: choose a new one for each message.")
        self._durable(line)
        return Taken(kept.id, made.sms, kept.repeat is Repeat.SAME)

    def _way(self, wish: Wish) -> tuple[Line, str]:
        """Return the line to use and the number as its broker is to dial it."""
        if not wish.broker:
            choice = self.routes.route(wish.to)
            return self._line(choice.broker.name, choice.account.id), choice.number
        line = self._line(wish.broker, wish.account)
        mt = line.settings.mt
        number = dialled(wish.to)
        return line, international(number, mt.country) if mt and mt.internationalize else number

    def _line(self, broker: str, account: str) -> Line:
        """Find a line by names; without ``account`` the broker's first one."""
        keys = [key for key in self.lines if key[0] == broker and account in ("", key[1])]
        if not keys:
            raise UnknownLine(f"No broker {broker} with account {account or '(any)'} is configured.")
        line = self.lines[keys[0]]
        if not line.sends:
            raise LineOff(f"Broker {broker} does not send: it, or its MT settings, are switched off.")
        return line

    def _message(self, wish: Wish, line: Line) -> OutboundMessage:
        """Make the row of the message."""
        sender = wish.sender or line.registration.local
        if wish.sender and line.locals and wish.sender not in line.locals:
            raise NotOurNumber(f"{wish.sender} is no local address of account {line.account.id} at {line.broker}.")
        return OutboundMessage(
            id=self._new_id(),
            broker=line.broker,
            account=line.account.id,
            remote=wish.to,
            local=sender,
            text=wish.text,
            reference=wish.reference,
            message_class=wish.message_class,
            priority=wish.priority,
            validity=wish.validity,
        )

    def _part(self, line: Line, number: str, made: Cut, piece: Piece) -> OutboundPart:
        """Make the row of one part."""
        name = self._references.name(line.profile)
        return OutboundPart(self._new_id(), number, piece.text, made.alphabet, piece.concat, name)


def _parsing(line: Line) -> Parsing:
    """Return how long texts are treated: as configured, or left whole where the broker itself makes the parts."""
    if line.profile.capabilities.long_text == "broker":
        return Parsing.LEAVE
    return line.settings.mt.parsing if line.settings.mt else Parsing.SPLIT
