"""What a profile is given and what it says: a registration, the facts of a moment, options, capabilities and refusals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from random import Random

from attrs import field, frozen

from cicsms.model.errors import CicsmsError
from cicsms.model.wire import Headers


class NotReadable(CicsmsError):
    """The request is not what this profile describes; nothing of it became a message."""


class Unverified(CicsmsError):
    """The request did not prove that the broker sent it; ``status`` and ``headers`` are what the caller is told."""

    def __init__(self, said: str, status: int = 403, headers: Headers = ()) -> None:
        super().__init__(said)
        self.status = status
        self.headers = headers


@frozen
class Registration:
    """One account as a profile needs it: who we are at the broker, named options, and the URLs of both directions.

    ``gateway`` and ``mt_path`` override the definition's; ``mo_url`` and ``receipt_url`` are the public URLs the broker
    calls (signatures are computed over them); ``local`` is the account's default local address.
    """

    account: str = ""
    login: str = ""
    password: str = field(default="", repr=False)
    options: Mapping[str, str] = field(factory=dict, repr=False)
    gateway: str = ""
    mt_path: str | None = None
    mo_url: str = ""
    receipt_url: str = ""
    local: str = ""
    token: str = field(default="", repr=False)
    """The access token in force, where the profile has such."""
    scope: Mapping[str, str] = field(init=False, repr=False, eq=False)

    @scope.default
    def _names(self) -> Mapping[str, str]:
        names = {f"option.{name}": value for name, value in self.options.items() if value}
        own = {"account": self.account, "login": self.login, "password": self.password, "default-local": self.local}
        own["access-token"] = self.token
        return names | {name: value for name, value in own.items() if value}


@frozen
class Facts:
    """What a written document needs besides the message: the time, and a source of ids that a seed repeats."""

    now: datetime
    random: Random = field(repr=False)


@frozen
class Option:
    """A named value that a definition asks an account for; ``fills`` is the message field it stands for, if any."""

    name: str
    kind: str = "text"
    required: bool = False
    default: str = ""
    values: tuple[str, ...] = ()
    fills: str = ""
    said: str = ""

    @property
    def secret(self) -> bool:
        """Whether the value must never be shown."""
        return self.kind == "secret"


@frozen
class Capabilities:
    """What the broker can do, as the definition declares it; ``recipients`` is the most one request may name."""

    receipts: bool = True
    alphanumeric_sender: bool = False
    recipients: int = 1
    long_text: str = "split"
    """``split``: we cut long texts into parts; ``broker``: the broker does, and takes the whole text."""
    max_text: int = 0
    """Most characters of one request; 0 = no limit known."""
    addresses: str = "plus"
    """``plus``: numbers are +E.164 on the wire; ``digits``: without the plus; ``kept``: as given."""
    polling: bool = False
    encodings: tuple[str, ...] = ("gsm7", "ucs2")
