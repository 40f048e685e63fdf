"""The accounts of a configuration, each made ready to work: its profile, its registration, its secrets' masker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from attrs import field, frozen

from cicsms.model.settings import Account, Broker, Configuration
from cicsms.pipeline.mask import masker
from cicsms.profile import Catalogue, Profile, Registration

CALLBACK_OPTION = "ExternalDeliveryStatusURI"
"""The option by which an administrator sends receipts elsewhere; brokers are then told that URL verbatim."""


@frozen
class Line:
    """One account at one broker: all that the three ways need to know of it."""

    settings: Broker
    account: Account
    profile: Profile
    registration: Registration
    mask: Callable[[bytes], bytes] = field(repr=False, eq=False)

    @property
    def broker(self) -> str:
        """The broker's name in the configuration."""
        return self.settings.name

    @property
    def key(self) -> tuple[str, str]:
        """(broker, account id)."""
        return (self.settings.name, self.account.id)

    @property
    def locals(self) -> tuple[str, ...]:
        """Our addresses at this account."""
        return tuple(local.address for local in self.account.local_addresses)

    @property
    def sends(self) -> bool:
        """Whether outbound messages may use this line: the master switch and the direction's own."""
        return self.settings.enabled and self.settings.mt is not None and self.settings.mt.enabled

    @property
    def fetches(self) -> bool:
        """Whether inbound messages are fetched on this line: the profile can, and the settings say how often."""
        mo = self.settings.mo
        polled = mo is not None and mo.enabled and mo.poll_interval is not None
        return self.settings.enabled and polled and self.profile.polling is not None

    @property
    def callback(self) -> str:
        """The receipt URL that MTs carry; empty = none."""
        return self.registration.options.get(CALLBACK_OPTION) or self.registration.receipt_url


@frozen
class BrokerLines:
    """A broker that may call us, with its lines in the configuration's order (never empty)."""

    settings: Broker
    lines: Sequence[Line]

    @property
    def name(self) -> str:
        """The broker's name in the configuration."""
        return self.settings.name

    @property
    def profile(self) -> Profile:
        """The profile all its accounts share."""
        return self.lines[0].profile

    @cached_property
    def _by_local(self) -> Mapping[str, Line]:
        return {_bare(local): line for line in reversed(self.lines) for local in line.locals}

    def pair(self, local: str, verified: Line) -> tuple[Line, str]:
        """Return the account of an inbound message and its local address.

        A known ``local`` belongs to its account. Without one, the first local address of the account that was verified
        stands in. An unknown one is kept as it came, with that account: nothing is lost. Brokers write numbers with or
        without their plus sign, so it does not count here.
        """
        if not local:
            return verified, verified.registration.local
        return self._by_local.get(_bare(local), verified), local


def _bare(address: str) -> str:
    """Return an address without the plus sign of its international form."""
    return address.removeprefix("+")


def broker_lines(configuration: Configuration, catalogue: Catalogue) -> tuple[BrokerLines, ...]:
    """Make the lines of every broker that has an account; the configuration has been checked before."""
    return tuple(
        BrokerLines(broker, tuple(_line(broker, account, catalogue) for account in broker.accounts))
        for broker in configuration.brokers
        if broker.accounts
    )


def _line(broker: Broker, account: Account, catalogue: Catalogue) -> Line:
    """Make one account ready."""
    options = dict(broker.mt.options if broker.mt else {})
    options |= {name: value.get_secret_value() for name, value in account.options.items()}
    profile = catalogue.profile(broker.profile).fitted(options)
    password = account.password.get_secret_value()
    registration = Registration(
        account=account.id,
        login=account.login,
        password=password,
        options=options,
        gateway=broker.mt.gateway or "" if broker.mt else "",
        mt_path=broker.mt.path if broker.mt else None,
        mo_url=mo_url(broker),
        receipt_url=receipt_url(broker),
        local=account.local_addresses[0].address if account.local_addresses else "",
    )
    secrets = {password} | {value.get_secret_value() for value in account.options.values()}
    secrets |= {options.get(name, "") for name, option in profile.options.items() if option.secret}
    return Line(broker, account, profile, registration, masker(secrets, [(account.login, password)]))


def mo_url(broker: Broker) -> str:
    """Return the absolute URL the broker calls with inbound messages; empty when it calls none."""
    if broker.mo is None:
        return ""
    return broker.mo.url or _public(broker, broker.mo.port) + broker.mo.path


def receipt_url(broker: Broker) -> str:
    """Return the absolute URL the broker calls with receipts; empty when it calls none."""
    if broker.mo is None or broker.mo.receipt_path is None:
        return ""
    return broker.mo.receipt_url or _public(broker, broker.mo.port) + broker.mo.receipt_path


def _public(broker: Broker, port: int) -> str:
    """Return the base of our public URLs, without a slash at its end."""
    if broker.public_url:
        return broker.public_url.rstrip("/")
    return f"{broker.encryption.scheme}://localhost:{port}"
