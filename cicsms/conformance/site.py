"""The files of a run: site, configuration, emulator and target, with every bundled profile over HTTP and over HTTPS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from secrets import token_hex
from typing import Any, Literal

from attrs import frozen
from pydantic import SecretStr

from cicsms.conformance import golden, toml
from cicsms.conformance.peer.compose import Composer, fitted
from cicsms.conformance.target import (
    AccountTarget,
    BrokerTarget,
    EmulatorTarget,
    ServerTarget,
    Target,
    TlsTarget,
    slug,
)
from cicsms.profile.catalogue import Catalogue
from cicsms.profile.profile import Profile

HOST = "127.0.0.1"
CALLED = "localhost"
WORKGROUP = "conformance"
REQUEST_SECONDS = 4.0
BODY = 2**20
Scheme = Literal["http", "https"]
SCHEMES: tuple[Scheme, ...] = ("http", "https")


@frozen
class Ports:
    """The ports of a run, all on the loopback interface."""

    mo_http: int
    mo_https: int
    api: int
    emulator_http: int
    emulator_https: int
    control: int

    def mo(self, scheme: Scheme) -> int:
        """The server's port for MOs and receipts."""
        return self.mo_https if scheme == "https" else self.mo_http

    def emulator(self, scheme: Scheme) -> int:
        """The emulator's port for MTs."""
        return self.emulator_https if scheme == "https" else self.emulator_http


def generate(folder: Path, *, ports: Ports, certificates: Path, catalogue: Catalogue) -> Path:
    """Write ``site.toml``, ``configuration.toml``, ``emulator.toml`` and ``target.toml``; return the target's path.

    ``certificates`` is a folder as ``cicsms certs issue`` writes it (server.pem, server.key, chain.pem, trust.pem).
    """
    profiles = [catalogue.profile(name) for name in catalogue.names()]
    published = {profile.name: golden.entries(profile.name) for profile in profiles}
    brokers = [
        broker
        for scheme in SCHEMES
        for profile in profiles
        for broker in entries(profile, scheme, ports, published[profile.name])
    ]
    target = Target(
        server=ServerTarget(
            api=f"http://{HOST}:{ports.api}",
            token=SecretStr(token_hex(24)),
            host=HOST,
            log=folder / "server.log",
            request_seconds=REQUEST_SECONDS,
            body=BODY,
        ),
        emulator=EmulatorTarget(control=f"http://{HOST}:{ports.control}", token=SecretStr(token_hex(24))),
        tls=TlsTarget(trust=certificates / "trust.pem", name=CALLED, folder=certificates),
        brokers=tuple(brokers),
    )
    write_server(folder, brokers, target, ports.api, {})
    _write(folder / "emulator.toml", emulator_document(target, ports))
    path = folder / "target.toml"
    _write(path, _revealed(target))
    return path


def entries(profile: Profile, scheme: Scheme, ports: Ports, found: Sequence[golden.Published]) -> list[BrokerTarget]:
    """Make the entries of one profile over one scheme: its own, and those that its evidence needs."""
    pattern = found[0].registration if found else {}
    name = slug(profile.name)
    own = _entry(f"{name}-{scheme}", profile.name, scheme, ports, _accounts(pattern, profile, scheme, {}))
    composer = Composer(fitted(profile, own), own, Random(1), datetime(2026, 1, 1, tzinfo=UTC))  # noqa: S311  compared only
    if profile.mo_methods and composer.credential().absent:
        own = own.model_copy(update={"accounts": _accounts(pattern, profile, scheme, _proofs(profile, scheme))})
    others = [
        _entry(f"{name}-golden{n}-{scheme}", profile.name, scheme, ports, (_published(one, profile),), one)
        for n, one in enumerate(found, 1)
    ]
    return [own, *others]


def _entry(
    name: str,
    profile: str,
    scheme: Scheme,
    ports: Ports,
    accounts: tuple[AccountTarget, ...],
    published: golden.Published | None = None,
) -> BrokerTarget:
    base = f"{scheme}://{CALLED}:{ports.mo(scheme)}/{name}"
    urls = published.registration if published else {}
    return BrokerTarget(
        name=name,
        profile=profile,
        scheme=scheme,
        port=ports.mo(scheme),
        mo_path=f"/{name}/mo",
        receipt_path=f"/{name}/receipts",
        mo_url=_called(urls.get("mo_url"), scheme) or f"{base}/mo",
        receipt_url=_called(urls.get("receipt_url"), scheme) or f"{base}/receipts",
        gateway=f"{scheme}://{CALLED}:{ports.emulator(scheme)}/{name}",
        mt_path=str(urls.get("mt_path") or ""),
        accounts=accounts,
        golden=published.names if published else (),
    )


def _called(published: object, scheme: Scheme) -> str:
    """Return a published URL of ours, unless it is of the other scheme: a server must not be configured so."""
    url = golden.stripped(str(published or ""))
    return url if url.startswith(f"{scheme}:") else ""


def _proofs(profile: Profile, scheme: str) -> dict[str, SecretStr]:
    """Fill the options by which a broker may prove itself: every secret, and the user name that belongs to one."""
    secrets = {name: f"secret-{name}-{scheme}-{token_hex(6)}" for name, option in profile.options.items() if option.secret}
    logins = {name: "hook" for name in profile.options if name.endswith("Login")}
    return {name: SecretStr(value) for name, value in (secrets | logins).items()}


def _fresh(options: Mapping[str, SecretStr], profile: Profile, secret: str) -> dict[str, SecretStr]:
    """Replace published secrets by ones that can be searched for."""
    known = profile.options
    return {
        name: SecretStr(f"{secret}-{token_hex(6)}") if name in known and known[name].secret else value
        for name, value in options.items()
    }


def _needed(profile: Profile) -> dict[str, SecretStr]:
    """Make up what the definition requires and evidence may not tell."""
    required = [option for option in profile.options.values() if option.required and not option.default]
    return {option.name: SecretStr(next(iter(option.values), "told-by-nobody")) for option in required}


def _accounts(
    pattern: Mapping[str, Any], profile: Profile, scheme: str, proof: Mapping[str, SecretStr]
) -> tuple[AccountTarget, ...]:
    """Make two accounts like the published one, with secrets that can be searched for."""
    options = _needed(profile) | {key: SecretStr(str(value)) for key, value in dict(pattern.get("options", {})).items()}
    plus = "" if profile.capabilities.addresses == "digits" else "+"
    login = str(pattern.get("login", "main"))
    names = ((str(pattern.get("account", "main")), login), ("second", login and f"second-{login}"))
    secret = f"secret-{slug(profile.name)}-{scheme}"
    return tuple(
        AccountTarget(
            id=word,
            login=user,
            password=SecretStr(f"{secret}-{token_hex(6)}"),
            options={**_fresh(options, profile, secret), **proof},
            secret_options=tuple(name for name in {**options, **proof} if profile.options[name].secret),
            local=f"{plus}1555010000{turn}",
        )
        for turn, (word, user) in enumerate(names, 1)
    )


def _published(published: golden.Published, profile: Profile) -> AccountTarget:
    """Return the account of a published example."""
    known = published.registration
    return AccountTarget(
        id=str(known.get("account") or "main"),
        login=str(known.get("login", "")),
        password=SecretStr(str(known.get("password", ""))),
        options=_needed(profile) | {name: SecretStr(str(value)) for name, value in dict(known.get("options", {})).items()},
        local=str(known.get("local") or "+15551230001"),
        senders=published.senders,
    )


def write_server(
    folder: Path, brokers: Sequence[BrokerTarget], target: Target, api: int, changes: Mapping[str, Mapping[str, Any]]
) -> None:
    """Write the site and configuration files of a server that has these brokers, private to their owner."""
    folder.mkdir(parents=True, exist_ok=True)
    tls = target.tls.folder
    site: dict[str, toml.Value] = {
        "name": "conformance",
        "configuration": "configuration.toml",
        "interface": HOST,
        "api": {"endpoint": f"tcp:{api}:interface={HOST}", "token": target.server.token.get_secret_value()},
        "tls": {
            "certificate": str(tls / "server.pem"),
            "key": str(tls / "server.key"),
            "chain": str(tls / "chain.pem"),
            "trust": str(tls / "trust.pem"),
        },
        "limits": {"request_seconds": target.server.request_seconds, "body": target.server.body},
    }
    _write(folder / "site.toml", site)
    _write(folder / "configuration.toml", configuration(brokers, changes))


def _write(path: Path, document: toml.Table) -> None:
    """Write a file that holds secrets: its owner alone may read it, from its first byte on."""
    path.unlink(missing_ok=True)
    path.touch(0o600)
    path.write_text(toml.dumps(document), "utf-8")


def configuration(brokers: Sequence[BrokerTarget], changes: Mapping[str, Mapping[str, Any]]) -> dict[str, toml.Value]:
    """Return the configuration document; ``changes`` are laid over the brokers they name, table by table."""
    return {
        "default_inbound_route": {"kind": "queue", "workgroup": WORKGROUP},
        "workgroups": [{"name": WORKGROUP}],
        "brokers": [_merged(_broker(broker), changes.get(broker.name, {})) for broker in brokers],
    }


def _broker(broker: BrokerTarget) -> dict[str, Any]:
    return {
        "name": broker.name,
        "profile": broker.profile,
        "encryption": "https" if broker.scheme == "https" else "none",
        "accounts": [
            {
                "id": account.id,
                "login": account.login,
                "password": account.password.get_secret_value(),
                "local_addresses": [{"address": address} for address in dict.fromkeys((account.local, *account.senders))],
                "options": {name: value.get_secret_value() for name, value in account.options.items()},
            }
            for account in broker.accounts
        ],
        "mo": {
            "port": broker.port,
            "path": broker.mo_path,
            "receipt_path": broker.receipt_path,
            "url": broker.mo_url,
            "receipt_url": broker.receipt_url,
        },
        "mt": {"gateway": broker.gateway, "timeout": 10.0, "rate": 500.0} | ({"path": broker.mt_path} if broker.mt_path else {}),
    }


def _merged(table: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Lay ``change`` over ``table``; tables are merged, everything else is replaced."""
    found = dict(table)
    for name, value in change.items():
        found[name] = _merged(found.get(name, {}), value) if isinstance(value, Mapping) else value
    return found


def emulator_document(target: Target, ports: Ports) -> dict[str, toml.Value]:
    """Return the emulator's settings: the same entries, each reporting nothing by itself."""
    token = target.emulator.token
    return {
        "http": f"tcp:{ports.emulator_http}:interface={HOST}",
        "https": f"tcp:{ports.emulator_https}:interface={HOST}",
        "control": f"tcp:{ports.control}:interface={HOST}",
        "host": CALLED,
        "token": token.get_secret_value() if token else "",
        "certificates": str(target.tls.folder),
        "brokers": [_played(broker, target.tls.trust) for broker in target.brokers],
    }


def _played(broker: BrokerTarget, trust: Path) -> dict[str, toml.Value]:
    account = broker.accounts[0]
    played: dict[str, toml.Value] = {
        "name": broker.name,
        "profile": broker.profile,
        "account": account.id,
        "login": account.login,
        "password": account.password.get_secret_value(),
        "local": account.local,
        "mo_url": broker.mo_url,
        "receipt_url": broker.receipt_url,
        "trust": str(trust),
        "options": {name: value.get_secret_value() for name, value in account.options.items()},
        "receipts": {"sequence": []},
    }
    if broker.mt_path:
        played["mt_path"] = broker.mt_path
    return played


def _revealed(target: Target) -> dict[str, Any]:
    """Return the target as plain values, its secrets in the clear: the suite must know them to search for them."""

    def reveal(value: Any) -> Any:
        if isinstance(value, SecretStr):
            return value.get_secret_value()
        if isinstance(value, Mapping):
            return {name: reveal(item) for name, item in value.items() if item is not None}
        if isinstance(value, list | tuple):
            return [reveal(item) for item in value]
        return str(value) if isinstance(value, Path) else value

    found: dict[str, Any] = reveal(target.model_dump())
    return found
