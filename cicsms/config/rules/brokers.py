"""Rules on brokers and accounts: names that are unique, definitions and options that exist, parts that are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cicsms.config.nearest import did_you_mean
from cicsms.config.positions import Place
from cicsms.config.rules.case import Case, Fault, KnownOption, KnownProfile, knows, warning
from cicsms.config.rules.paths import paths
from cicsms.model.errors import Rejected
from cicsms.model.settings import SYSTEM, Account, Broker
from cicsms.profile.values import Registration


def twice(names: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Give (position, first position) of every name that stood before."""
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        if first.setdefault(name, index) != index:
            yield index, first[name]


def broker_names_are_unique(case: Case) -> Iterator[Fault]:
    """No two brokers share a name, letter case aside."""
    for index, first in twice(broker.name.casefold() for broker in case.configuration.brokers):
        said = f"The name {case.configuration.brokers[index].name!r} is also that of brokers[{first + 1}]."
        yield Fault("broker-name-twice", ("brokers", index, "name"), said, "Give each broker a name of its own.")


def account_ids_are_unique(case: Case) -> Iterator[Fault]:
    """No two accounts of one broker share an id; it is the broker's word, so letter case counts."""
    for place, broker in case.brokers():
        for index, first in twice(account.id for account in broker.accounts):
            said = f"Broker {broker.name!r} has the account id {broker.accounts[index].id!r} at accounts[{first + 1}] as well."
            yield Fault(
                "account-id-twice", (*place, "accounts", index, "id"), said, "Give each account of a broker an id of its own."
            )


def local_addresses_are_unique(case: Case) -> Iterator[Fault]:
    """No account lists a local address twice; two accounts of one broker may, but then pairing takes the first."""
    for place, broker in case.brokers():
        owners: dict[str, str] = {}
        for number, account in enumerate(broker.accounts):
            at = (*place, "accounts", number, "local_addresses")
            for index, _ in twice(own.address for own in account.local_addresses):
                said = f"Account {account.id!r} of broker {broker.name!r} lists {account.local_addresses[index].address!r} twice."
                yield Fault("local-address-twice", (*at, index), said, "Leave one of them out.")
            for index, own in enumerate(account.local_addresses):
                owner = owners.setdefault(own.address, account.id)
                if owner != account.id:
                    said = (
                        f"{own.address!r} is also a local address of account {owner!r}, which inbound messages are paired with."
                    )
                    yield warning("local-address-shared", (*at, index), said, "List a number at the account it belongs to.")


def profiles_exist(case: Case) -> Iterator[Fault]:
    """Every broker names a definition that is there."""
    for place, broker in case.brokers():
        if case.profiles is not None and not knows(case.profiles, broker.profile):
            known = list(case.profiles.names())
            remedy = did_you_mean(broker.profile, [*known, *(name.partition("/")[0] for name in known)])
            yield Fault("unknown-profile", (*place, "profile"), f"There is no broker definition {broker.profile!r}.", remedy)


def _options(place: Place, broker: Broker) -> Iterator[tuple[Place, str, str]]:
    """Give the name and the value of every option a broker sets, with its place."""
    for name, value in broker.mt.options.items() if broker.mt else ():
        yield (*place, "mt", "options", name), name, value
    for index, account in enumerate(broker.accounts):
        for name, hidden in account.options.items():
            yield (*place, "accounts", index, "options", name), name, hidden.get_secret_value()


def options_exist(case: Case) -> Iterator[Fault]:
    """Every option is one of the definition's."""
    for place, broker in case.brokers():
        profile = case.profile_of(broker)
        for at, name, _ in _options(place, broker):
            if profile is not None and name not in profile.options:
                remedy = did_you_mean(name, profile.options) or "It has no options at all; leave this out."
                yield Fault("unknown-option", at, f"The definition {broker.profile!r} has no option {name!r}.", remedy)


def options_fit(case: Case) -> Iterator[Fault]:
    """The value of an option is of the kind that the definition says; the value itself is never told."""
    for place, broker in case.brokers():
        profile = case.profile_of(broker)
        for at, name, value in _options(place, broker):
            wanted = _misfit(profile.options[name], value) if profile and value and name in profile.options else ""
            if wanted:
                yield Fault(
                    "option-value", at, f"The option {name!r} of {broker.profile!r} must be {wanted}.", "Correct the value."
                )


def names_fit(case: Case) -> Iterator[Fault]:
    """Where a definition takes names from options, those of an account make one that works; no value is told."""
    for place, broker in case.brokers():
        profile = case.profile_of(broker)
        for index, account in enumerate(broker.accounts) if profile else ():
            options = dict(broker.mt.options if broker.mt else {})
            options |= {name: value.get_secret_value() for name, value in account.options.items()}
            try:
                profile.fitted(options) if profile else None
            except Rejected as rejected:
                rules = ", ".join(sorted({finding.remedy for finding in rejected.findings}))
                said = f"The options of account {account.id!r} make no working {broker.profile!r}."
                yield Fault("option-value", (*place, "accounts", index), said, rules)


def _misfit(option: KnownOption, value: str) -> str:
    """Return what the value should be and is not; empty where it fits."""
    if option.kind == "number" and not (value.isascii() and value.removeprefix("-").isdigit()):
        return "a whole number"
    if option.kind == "enum" and value not in option.values:
        return f"one of {', '.join(option.values)}"
    if option.kind == "url" and not value.startswith(("http://", "https://")):
        return "an absolute http or https URL"
    return ""


def required_options_are_set(case: Case) -> Iterator[Fault]:
    """An account without a required option sends nothing: each message is refused before the wire."""
    for place, broker in case.brokers():
        profile = case.profile_of(broker)
        if profile is None or broker.mt is None or not broker.mt.enabled:
            continue
        for index, account in enumerate(broker.accounts):
            own = {name for name, value in account.options.items() if value.get_secret_value()}
            for name in _lacking(profile, own | {name for name, value in broker.mt.options.items() if value}):
                said = f"Account {account.id!r} has no {name}, which {broker.profile!r} requires: nothing leaves."
                yield warning("option-empty", (*place, "accounts", index), said, f"Set options.{name} of the account or of mt.")


def _lacking(profile: KnownProfile, given: set[str]) -> list[str]:
    """Name the required options that are not given and have no default."""
    return [name for name, option in profile.options.items() if option.required and not option.default and name not in given]


def messages_can_be_verified(case: Case) -> Iterator[Fault]:
    """An account has the key its broker signs with; without it, nothing the broker sends is believed."""
    for place, broker in case.brokers():
        profile = case.profile_of(broker)
        if profile is None or broker.mo is None or not broker.mo.enabled:
            continue
        for index, account in enumerate(broker.accounts):
            registration = _registration(broker, account)
            if profile.unsigned(registration):
                said = f"Account {account.id!r} has no key of {broker.profile!r}: its MOs are believed without a signature."
                yield warning(
                    "unsigned", (*place, "accounts", index), said, "Set the broker's key; see its definition for the option."
                )
            if profile.unkeyed(registration):
                said = f"Account {account.id!r} lacks what {broker.profile!r} verifies with: its MOs are refused."
                yield warning("no-key", (*place, "accounts", index), said, "Set what the broker signs with; see its definition.")


def _registration(broker: Broker, account: Account) -> Registration:
    """Return an account as far as keys are concerned."""
    options = dict(broker.mt.options) if broker.mt else {}
    options |= {name: value.get_secret_value() for name, value in account.options.items()}
    return Registration(account.id, account.login, account.password.get_secret_value(), options)


def brokers_can_work(case: Case) -> Iterator[Fault]:
    """A broker has an account and a direction; internationalisation has a country."""
    for place, broker in case.brokers():
        if not broker.accounts:
            yield warning("no-account", place, f"Broker {broker.name!r} has no account.", "Add [[brokers.accounts]] with an id.")
        if broker.mo is None and broker.mt is None:
            yield warning(
                "no-direction", place, f"Broker {broker.name!r} neither receives nor sends.", "Add [brokers.mo] or [brokers.mt]."
            )
        if broker.mt is not None and broker.mt.internationalize and not broker.mt.country:
            said = "Without a country, only numbers that are international already can be dialled."
            yield warning("no-country", (*place, "mt", "internationalize"), said, 'Add country, for example "US".')


def trust_files_exist(case: Case) -> Iterator[Fault]:
    """Every PEM file that a broker or its proxy names is there."""
    for place, broker in case.brokers():
        for at, path in paths(broker, place):
            if not path.is_file():
                said = f"There is no file {path}."
                yield Fault("trust-file", at, said, "Name a PEM file, from this file's folder on.")


def pinned_certificates_are_named(case: Case) -> Iterator[Fault]:
    """Pinning needs the certificates that are pinned."""
    for place, broker in case.brokers():
        if broker.pinned and (broker.trust is None or str(broker.trust) == SYSTEM):
            said = "It is not said which certificates are pinned."
            yield Fault("pinned-what", (*place, "pinned"), said, 'Write trust = "broker.pem", the certificates of the broker.')


RULES = (
    broker_names_are_unique,
    account_ids_are_unique,
    local_addresses_are_unique,
    profiles_exist,
    options_exist,
    options_fit,
    names_fit,
    required_options_are_set,
    messages_can_be_verified,
    brokers_can_work,
    trust_files_exist,
    pinned_certificates_are_named,
)
