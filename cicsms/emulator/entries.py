"""The played brokers: each entry of the settings with its profile, its registration and its own source of ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from random import Random

from attrs import evolve, field, frozen
from twisted.internet.interfaces import IReactorTime

from cicsms.emulator.door import Voice, Voices
from cicsms.emulator.moments import moment
from cicsms.emulator.settings import ACCOUNT, BrokerEntry
from cicsms.model.errors import CicsmsError
from cicsms.model.wire import HttpRequest
from cicsms.profile.values import Facts, Option, Registration

_SHOWN = 20


class NoEntry(CicsmsError):
    """No broker of this name is played here."""


@frozen
class Gateways:
    """Where the emulator takes MTs: the base URL of each scheme, without a slash at the end."""

    http: str = ""
    https: str = ""

    def of(self, scheme: str) -> str:
        """Return the base URL of ``http`` or ``https``."""
        return self.https if scheme == "https" else self.http


@frozen
class Entry:
    """One played broker account."""

    settings: BrokerEntry
    profile: Voice
    registrations: dict[str, Registration] = field(repr=False)
    random: Random = field(repr=False)
    paths: re.Pattern[bytes] = field(repr=False)

    @property
    def name(self) -> str:
        """The name, and the first segment of the path under which it is served."""
        return self.settings.name

    def registration(self, scheme: str = "http") -> Registration:
        """Return the account as the profile needs it, called over ``scheme``."""
        return self.registrations[scheme]

    def facts(self, clock: IReactorTime) -> Facts:
        """Return what a document written now needs."""
        return Facts(moment(clock), self.random)


def make_entry(settings: BrokerEntry, profile: Voice, gateways: Gateways, random: Random) -> Entry:
    """Give an entry its profile, its registrations and its source of ids."""
    options = _options(settings, profile)
    profile = profile.fitted(options)
    plain = Registration(
        account=settings.account,
        login=settings.login,
        password=settings.password.get_secret_value(),
        options=options,
        mo_url=settings.mo_url or "",
        receipt_url=settings.receipt_url or "",
        mt_path=settings.mt_path,
        local=settings.local,
    )
    registrations = {scheme: evolve(plain, gateway=f"{gateways.of(scheme)}/{settings.name}") for scheme in ("http", "https")}
    return Entry(settings, profile, registrations, random, _paths(settings.mt_path or profile.mt_path))


class Entries:
    """The entries by name, in the order they were put in."""

    def __init__(self, voices: Voices, gateways: Gateways, seed: int) -> None:
        self._voices = voices
        self._seed = seed
        self._entries: dict[str, Entry] = {}
        self._randoms: dict[str, Random] = {}
        self.gateways = gateways

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, settings: BrokerEntry) -> Entry:
        """Add an entry, or replace the one of the same name; an unknown profile raises the catalogue's own error.

        Its ids depend on the seed and its name alone, and go on where those of an earlier entry of that name ended.
        """
        profile = self._voices.profile(settings.profile)
        random = self._randoms.setdefault(settings.name, Random(f"{self._seed}/{settings.name}"))  # noqa: S311  no secrets
        entry = make_entry(settings, profile, self.gateways, random)
        self._entries[entry.name] = entry
        return entry

    def move(self, gateways: Gateways) -> None:
        """Tell every entry where it is served now: the ports may be known only after listening."""
        self.gateways = gateways
        for name, entry in self._entries.items():
            registrations = {
                scheme: evolve(plain, gateway=f"{gateways.of(scheme)}/{name}") for scheme, plain in entry.registrations.items()
            }
            self._entries[name] = evolve(entry, registrations=registrations)

    def remove(self, name: str) -> None:
        """Play this broker no longer; raises ``NoEntry``."""
        self.named(name)
        del self._entries[name]

    def named(self, name: str) -> Entry:
        """Return an entry by its name; raises ``NoEntry``, which lists the known ones."""
        entry = self._entries.get(name)
        if entry is None:
            raise NoEntry(f"no broker named {name!r} is played here; known: {_listed(self._entries)}")
        return entry

    def called(self, request: HttpRequest) -> tuple[Entry, HttpRequest]:
        """Return the entry a request is for, and the request as that broker sees it: without the entry's path prefix."""
        first, slash, rest = request.target.removeprefix(b"/").partition(b"/")
        name, mark, query = first.partition(b"?")
        entry = self._entries.get(name.decode("latin-1"))
        if entry is None:
            raise NoEntry(f"no broker is played under /{name.decode('latin-1')[:100]}; known: {_listed(self._entries)}")
        target = b"/" + rest if slash else b"/" + mark + query
        return entry, evolve(request, target=target)


def _options(settings: BrokerEntry, profile: Voice) -> dict[str, str]:
    """Return the options of the settings, and something made up for each required one that is not given."""
    needed = {option.name: _made_up(option) for option in profile.options.values() if option.required and not option.default}
    return needed | {name: value.get_secret_value() for name, value in settings.options.items()}


def _paths(template: str) -> re.Pattern[bytes]:
    """Compile the path of MT requests; a query in the template says nothing about the path."""
    fixed = re.split(r"\{[^}]*\}", template.partition("?")[0])
    return re.compile("[^/]+".join(map(re.escape, fixed)).encode())


def _made_up(option: Option) -> str:
    if option.values:
        return option.values[0]
    return {"number": "1", "url": ""}.get(option.kind, ACCOUNT)


def _listed(names: Iterable[str]) -> str:
    """List the known names, the first ones of many."""
    known = [f"/{name}" for name in names]
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return ", ".join(known[:_SHOWN]) + more or "none"
