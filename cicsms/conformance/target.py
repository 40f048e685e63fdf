"""What is tested: where the server and the emulator are, and which brokers they have in common. Read from ``target.toml``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError

from cicsms.model.errors import CicsmsError
from cicsms.model.settings import Document


class BadTarget(CicsmsError):
    """The target file can't be read or says what it must not."""


class AccountTarget(Document):
    """An account at a broker entry, as server and emulator both know it."""

    id: str
    login: str = ""
    password: SecretStr = SecretStr("")
    options: dict[str, SecretStr] = Field(default_factory=dict)
    local: str
    senders: tuple[str, ...] = ()
    secret_options: tuple[str, ...] = ()

    @property
    def secrets(self) -> set[str]:
        """The password, and the options that are secrets."""
        return {self.password.get_secret_value()} | {self.options[name].get_secret_value() for name in self.secret_options}


class BrokerTarget(Document):
    """One broker entry of the server: a profile over one scheme, with the port and paths where its messages arrive.

    ``mo_url`` and ``receipt_url`` are what the broker was told to call (signatures are computed over them). ``gateway`` is
    where the server sends, the emulator's entry of the same name; ``mt_path`` its path, empty = the profile's. ``golden`` names
    the evidence whose registration this is.
    """

    name: str
    profile: str
    scheme: Literal["http", "https"]
    port: int
    mo_path: str
    receipt_path: str
    mo_url: str
    receipt_url: str
    gateway: str
    mt_path: str = ""
    accounts: tuple[AccountTarget, ...]
    golden: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        """The profile's name as part of an entry's name."""
        return slug(self.profile)

    @property
    def column(self) -> str:
        """The name of the subject in reports."""
        return f"{self.profile} {self.scheme}"


class ServerTarget(Document):
    """The server's API, its log, and the bounds it was set to (what is absent is not tested)."""

    api: str
    token: SecretStr
    host: str = "127.0.0.1"
    log: Path | None = None
    request_seconds: float
    body: int


class EmulatorTarget(Document):
    """The emulator's control API and its two ports."""

    control: str
    token: SecretStr | None = None


class TlsTarget(Document):
    """What a client must trust, the name it must ask for, and the folder of the server's certificate."""

    trust: Path
    name: str = "localhost"
    folder: Path


class Target(Document):
    """Everything a run needs to know about what it tests."""

    server: ServerTarget
    emulator: EmulatorTarget
    tls: TlsTarget
    brokers: tuple[BrokerTarget, ...]

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret that must not show anywhere; what is too short to be searched for is left out."""
        accounts = [account for broker in self.brokers for account in broker.accounts]
        found = {self.server.token.get_secret_value()}.union(*(account.secrets for account in accounts))
        return tuple(sorted(secret for secret in found if len(secret) >= SEARCHABLE))


SEARCHABLE = 12
"""Characters a secret needs to be searched for: ``12345`` is found by chance."""


def slug(profile: str) -> str:
    """Return a profile's name as it may stand in a path or an entry's name."""
    return profile.replace("/", "-").replace("_", "-").replace(".", "-")


def load_target(path: Path) -> Target:
    """Return the target described in the file ``path``; raises ``BadTarget`` with the reason."""
    try:
        return Target.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise BadTarget(f"{path}: {error.strerror}; name a target.toml as 'cicsms demo' writes it") from error
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors(include_input=False))
        raise BadTarget(f"{path}: {said}") from error
    except ValueError as error:
        raise BadTarget(f"{path}: not TOML: {error}") from error
