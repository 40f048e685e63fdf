"""A document as it is in effect, fit to be shown: every secret is a row of stars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel, SecretStr

from cicsms.config.rules import Profiles
from cicsms.config.rules.case import knows

STARS = "*****"


def masked(document: BaseModel, profiles: Profiles | None = None) -> dict[str, Any]:
    """Return a document as plain data, defaults included, secrets masked (empty ones stay empty).

    Options are secret unless the broker definition at hand says otherwise; of URLs the query is masked.
    """
    shown: dict[str, Any] = {key: _shown(value) for key, value in document}
    for broker, plain in zip(getattr(document, "brokers", ()), shown.get("brokers", ()), strict=True):
        open_ones = _open(broker.profile, profiles)
        for account, told in zip(broker.accounts, plain["accounts"], strict=True):
            told["options"] = {
                name: _option(name, value.get_secret_value(), open_ones) for name, value in account.options.items()
            }
        if broker.mt is not None:
            plain["mt"]["options"] = {name: _option(name, value, open_ones) for name, value in broker.mt.options.items()}
    return shown


def _open(profile: str, profiles: Profiles | None) -> frozenset[str]:
    """Name the options that a definition declares to be no secrets."""
    if profiles is None or not knows(profiles, profile):
        return frozenset()
    return frozenset(name for name, option in profiles.profile(profile).options.items() if not option.secret)


def _option(name: str, value: str, open_ones: frozenset[str]) -> str:
    return _text(value) if name in open_ones or not value else STARS


def _shown(value: Any) -> Any:
    """Return one value as plain data."""
    if isinstance(value, SecretStr):
        return STARS if value.get_secret_value() else ""
    if isinstance(value, BaseModel):
        return {key: _shown(one) for key, one in value}
    if isinstance(value, Mapping):
        return {key: _shown(one) for key, one in value.items()}
    if isinstance(value, (bool, int, float)) or value is None:
        return value
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_shown(one) for one in value]
    return str(value) if isinstance(value, Path) else _text(str(value))


def _text(value: str) -> str:
    """Mask the query of a URL and what stands before an ``@`` in it: both may carry keys."""
    if "://" not in value:
        return value
    try:
        parts = urlsplit(value)
    except ValueError:
        return STARS
    host = f"{STARS}@{parts.netloc.rpartition('@')[2]}" if "@" in parts.netloc else parts.netloc
    return urlunsplit(parts._replace(netloc=host, query=STARS if parts.query else ""))
