"""The emulator's settings: where it listens, and which brokers it plays as which accounts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, model_validator

from cicsms.model.settings import BaseUrl, Document, UrlPath
from cicsms.model.state import State

EntryName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-z0-9][a-z0-9._-]*$")]
ProfileName = Annotated[str, Field(pattern=r"^[a-z0-9_-]+(/[a-z0-9_.-]+)?$")]
Seconds = Annotated[float, Field(ge=0, le=86400)]
ACCOUNT = "emulator"
"""Account id, login and password of an entry that names none."""


class ReceiptPlan(Document):
    """What is reported of an accepted MT by itself: the states in order, ``delay`` seconds before each; none = nothing."""

    delay: Seconds = 0.5
    sequence: tuple[State, ...] = (State.SENT, State.DELIVERED)


class BrokerEntry(Document):
    """One account at one played broker; served under ``/NAME`` and the profile's own path, over HTTP and HTTPS alike.

    ``mo_url`` and ``receipt_url`` are the webhooks of the program under test; a callback that an MT carries goes before
    ``receipt_url``. ``mt_path`` goes before the profile's own path. ``trust`` is a PEM file of anchors for https webhooks.
    ``retries`` holds the pause in seconds before each further try of a receipt that got no 2xx.
    """

    name: EntryName
    profile: ProfileName
    account: str = ACCOUNT
    login: str = ACCOUNT
    password: SecretStr = SecretStr(ACCOUNT)
    options: dict[str, SecretStr] = Field(default_factory=dict)
    local: str = "+15550100"
    mt_path: UrlPath | None = None
    mo_url: BaseUrl | None = None
    receipt_url: BaseUrl | None = None
    trust: Path | None = None
    receipts: ReceiptPlan = ReceiptPlan()
    retries: Annotated[tuple[Seconds, ...], Field(max_length=20)] = (1, 5, 30)
    timeout: Annotated[float, Field(gt=0, le=600)] = 15


class EmulatorSettings(Document):
    """The whole of ``emulator.toml``; without ``brokers``, one entry for every bundled profile.

    The three endpoints are Twisted server endpoint strings, without TLS: ``https`` gets its certificate from the folder
    ``certificates`` (as ``cicsms certs issue`` writes it), or one made at start. ``host`` is the name under which the
    played brokers are called. ``keep`` and ``keep_bytes`` bound the ledger. ``seed`` makes ids repeatable.
    """

    http: str = "tcp:8290:interface=127.0.0.1"
    https: str = "tcp:8291:interface=127.0.0.1"
    control: str = "tcp:8292:interface=127.0.0.1"
    host: Annotated[str, Field(min_length=1, max_length=253)] = "localhost"
    token: SecretStr | None = None
    certificates: Path | None = None
    seed: int | None = None
    keep: Annotated[int, Field(ge=1, le=10**6)] = 10_000
    keep_bytes: Annotated[int, Field(ge=2**16, le=2**34)] = 2**26
    profiles: tuple[Path, ...] = ()
    brokers: tuple[BrokerEntry, ...] = ()

    @model_validator(mode="after")
    def _one_name_one_entry(self) -> EmulatorSettings:
        """Hold that no two entries share a name: the name is the path they are served under."""
        names = [entry.name for entry in self.brokers]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"several brokers are named {', '.join(twice)}; give each entry a name of its own")
        return self


def default_entries(profiles: Iterable[str]) -> tuple[BrokerEntry, ...]:
    """Make one entry for each profile name; a broker's first profile is served under the broker's own name."""
    entries: dict[str, BrokerEntry] = {}
    for profile in profiles:
        broker = profile.partition("/")[0]
        name = broker if broker not in entries else profile.replace("/", "-")
        entries[name] = BrokerEntry(name=name, profile=profile)
    return tuple(entries.values())
