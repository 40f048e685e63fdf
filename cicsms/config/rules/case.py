"""What a rule is given, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Protocol

from attrs import field, frozen

from cicsms.config.positions import Place
from cicsms.model.errors import Severity
from cicsms.model.settings import Broker, Configuration, Site
from cicsms.profile.values import Registration


class KnownOption(Protocol):
    """An option of a broker definition, as far as settings care."""

    @property
    def kind(self) -> str:
        """What it holds: ``text``, ``number``, ``enum``, ``url`` or ``secret``."""

    @property
    def values(self) -> Sequence[str]:
        """The values an ``enum`` may have."""

    @property
    def required(self) -> bool:
        """Whether a message can't be sent without it."""

    @property
    def default(self) -> str:
        """What stands in where the account has none."""

    @property
    def secret(self) -> bool:
        """Whether its value must never be shown."""


class KnownProfile(Protocol):
    """A profile of a broker definition, as far as settings care."""

    @property
    def options(self) -> Mapping[str, KnownOption]:
        """The options of the definition by name."""

    @property
    def gateway(self) -> str:
        """The base URL messages go to where a broker sets none."""

    @property
    def shared(self) -> bool:
        """Whether messages and receipts may come to one path."""

    def fitted(self, options: Mapping[str, str]) -> object:
        """Fill the names that the definition takes from options; raises ``Rejected`` where one makes no sense."""

    def unkeyed(self, registration: Registration) -> bool:
        """Tell whether an account lacks the key its broker signs with, without which nothing is believed."""

    def unsigned(self, registration: Registration) -> bool:
        """Tell whether an account believes what is not signed, though its broker could sign."""


class Profiles(Protocol):
    """The broker definitions of this installation."""

    def names(self) -> Collection[str]:
        """Name every profile, as ``broker/profile``."""

    def profile(self, name: str) -> KnownProfile:
        """Return a profile by its name, or the first one of a broker."""


@frozen
class Case:
    """One configuration with what it is held against; what is absent is not checked."""

    configuration: Configuration
    site: Site | None = None
    profiles: Profiles | None = field(default=None, repr=False)

    def brokers(self) -> Iterator[tuple[Place, Broker]]:
        """Give every broker with its place."""
        for index, broker in enumerate(self.configuration.brokers):
            yield ("brokers", index), broker

    def profile_of(self, broker: Broker) -> KnownProfile | None:
        """Return the profile a broker names, if the definitions are at hand and have it."""
        if self.profiles is None or not knows(self.profiles, broker.profile):
            return None
        return self.profiles.profile(broker.profile)


@frozen
class Fault:
    """What a rule found: its stable id, the place, what is wrong and what to do."""

    rule: str
    place: Place
    said: str
    remedy: str
    severity: Severity = Severity.ERROR


Rule = Callable[[Case], Iterator[Fault]]


def warning(rule: str, place: Place, said: str, remedy: str) -> Fault:
    """Make a fault that stops nothing."""
    return Fault(rule, place, said, remedy, Severity.WARNING)


def knows(profiles: Profiles, name: str) -> bool:
    """Tell whether there is a profile of that name, or a broker of that name with one."""
    return any(name in (known, known.partition("/")[0]) for known in profiles.names())


def spoken(place: Place) -> str:
    """Return the last keys of a place, for a sentence."""
    return ".".join(str(part) for part in place if isinstance(part, str) and part != "brokers")
