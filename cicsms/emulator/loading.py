"""Reading ``emulator.toml``: all findings at once, each with its place."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from cicsms.emulator.settings import EmulatorSettings
from cicsms.model.errors import Finding, Rejected


def load_settings(path: Path) -> EmulatorSettings:
    """Return the settings in the file ``path``, its relative paths taken from the folder it lies in.

    Raises ``Rejected`` with every finding if the file can't be read or says what it must not.
    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise _one("unreadable", path, f"the file can't be read ({error.strerror}).", "Name an emulator.toml.") from error
    except UnicodeDecodeError as error:
        raise _one("not-utf-8", path, f"byte {error.start} is not UTF-8.", "Save the file as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise _one("not-toml", path, f"{error}.", "See https://toml.io.") from error
    try:
        settings = EmulatorSettings.model_validate(document)
    except ValidationError as error:
        raise Rejected(findings(error, path.name)) from error
    return _absolute(settings, path.absolute().parent)


def findings(error: ValidationError, file: str) -> tuple[Finding, ...]:
    """Tell each fault pydantic found in the document ``file`` as a finding with its place, never with the value."""
    return tuple(
        Finding(str(fault["type"]), f"{file}: {_place(fault['loc'])}", f"{fault['msg']}.", _remedy(str(fault["type"])))
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    )


def places(error: ValidationError) -> list[str]:
    """Tell each fault pydantic found as one sentence with its place."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    return [f"{_place(fault['loc'])}: {fault['msg']}" for fault in faults]


def _one(rule: str, path: Path, said: str, remedy: str) -> Rejected:
    return Rejected([Finding(rule, str(path), said, remedy)])


def _place(location: Sequence[int | str]) -> str:
    """Write ``("brokers", 0, "name")`` as a person would: ``brokers[1].name`` counts from one."""
    place = ""
    for step in location:
        place += f"[{step + 1}]" if isinstance(step, int) else f".{step}"
    return place.lstrip(".") or "the document"


def _remedy(kind: str) -> str:
    known = ", ".join(EmulatorSettings.model_fields)
    return f"Leave the key out (known at the top: {known})." if kind == "extra_forbidden" else ""


def _absolute(settings: EmulatorSettings, folder: Path) -> EmulatorSettings:
    """Hang every relative path of the settings under ``folder``."""
    brokers = tuple(
        entry.model_copy(update={"trust": folder / entry.trust}) if entry.trust else entry for entry in settings.brokers
    )
    return settings.model_copy(
        update={
            "brokers": brokers,
            "certificates": folder / settings.certificates if settings.certificates else None,
            "profiles": tuple(folder / path for path in settings.profiles),
        }
    )
