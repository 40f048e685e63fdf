"""Documents to test with: a sound configuration in TOML, parts to put into it, and a stand-in for broker definitions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from attrs import field, frozen

from cicsms.config.load import examine_source
from cicsms.config.rules import Profiles
from cicsms.config.source import parse
from cicsms.model.errors import Finding, Rejected
from cicsms.model.settings import Site
from cicsms.profile.values import Registration

SECRET = "hunter2-do-not-show"


@frozen
class Option:
    """An option of a definition."""

    required: bool = False
    default: str = ""
    secret: bool = False
    kind: str = "text"
    values: tuple[str, ...] = ()


@frozen
class Definition:
    """A profile of a definition."""

    options: Mapping[str, Option] = field(factory=dict)
    gateway: str = ""
    signs: bool = False
    may_sign: bool = False
    path: str = ""
    shared: bool = False

    def fitted(self, options: Mapping[str, str]) -> Definition:
        """Take a path from the option that ``path`` names; it must start with a dollar sign."""
        if self.path and not options.get(self.path, "$").startswith("$"):
            raise Rejected([Finding("bad-path", "x", f"The path is none: {options}.", "Write $.a.b in JSON.")])
        return self

    def unkeyed(self, registration: Registration) -> bool:
        """Tell whether the password it signs with is missing."""
        return self.signs and not registration.password

    def unsigned(self, registration: Registration) -> bool:
        """Tell whether it may sign with a login that is missing."""
        return self.may_sign and not registration.login


@frozen
class Definitions:
    """Broker definitions by name, as a catalogue has them."""

    profiles: Mapping[str, Definition]

    def names(self) -> Collection[str]:
        """Name them all."""
        return tuple(self.profiles)

    def profile(self, name: str) -> Definition:
        """Return one by its whole name, or the first of a broker."""
        return next(found for known, found in self.profiles.items() if name in (known, known.partition("/")[0]))


KNOWN = Definitions(
    {
        "twilio/form": Definition({"StatusUri": Option(), "AuthToken": Option(required=True, secret=True)}),
        "kannel/get": Definition(
            {
                "Mask": Option(required=True, default="31", kind="number"),
                "Charset": Option(kind="enum", values=("UTF-8", "UTF-16BE")),
                "Callback": Option(kind="url"),
            }
        ),
        "signer/json": Definition(signs=True),
        "maybe/json": Definition(may_sign=True),
        "any/json": Definition({"IdPath": Option()}, path="IdPath"),
        "acme/json": Definition(gateway="https://api.acme.example"),
    }
)


def broker(name: str, more: str = "", mo: str = "port = 8080", accounts: str = 'id = "main"') -> str:
    """Return the TOML of a broker that receives on paths of its own and sends to a gateway; ``more`` goes to its head."""
    return (
        f'[[brokers]]\nname = "{name}"\nprofile = "kannel"\n{more}\n'
        f'[brokers.mo]\npath = "/{name}/mo"\nreceipt_path = "/{name}/dr"\n{mo}\n'
        f'[brokers.mt]\ngateway = "http://{name}.example"\n'
        f"[[brokers.accounts]]\n{accounts}\n"
    )


def findings(text: str, profiles: Profiles | None = KNOWN, site: Site | None = None) -> tuple[Finding, ...]:
    """Examine a document."""
    return examine_source(parse(text, "c.toml"), Path("/nowhere"), profiles, site).findings


def rules(text: str, profiles: Profiles | None = KNOWN, site: Site | None = None) -> list[str]:
    """Return ``severity rule`` of everything found in a document."""
    return [f"{found.severity} {found.rule}" for found in findings(text, profiles, site)]
