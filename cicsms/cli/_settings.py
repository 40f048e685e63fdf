"""Settings files as verbs take them: a site file with its configuration document, or that document alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from attrs import evolve, frozen

from cicsms.config.kind import Kind, kind_of
from cicsms.config.load import Examined, examine, examine_site
from cicsms.config.source import read
from cicsms.emulator.settings import EmulatorSettings
from cicsms.model.errors import Finding, Rejected
from cicsms.model.settings import Configuration, Site
from cicsms.profile.catalogue import Catalogue

_PLAYED = frozenset({"mo_url", "receipts", "retries", "local"})
"""Keys of a broker that the emulator plays, which are no likely slips in a configuration document."""
_USED = frozenset({"accounts", "mo", "mt"})
"""Keys of a broker that a site uses, which the emulator's file does not have."""


@frozen
class Settings:
    """What a file holds: the site, if it is a site file, and the configuration with everything found in both."""

    site: Site | None
    profiles: Catalogue | None
    examined: Examined


def examine_file(path: Path, folders: Sequence[Path] = ()) -> Settings:
    """Read a site file or a configuration document, with the bundled broker definitions and those of ``folders``.

    Nothing is raised for what is wrong in the files: a faulty site file does not hide the faults of the configuration.
    """
    if kind_of(read(path)) is Kind.CONFIGURATION:
        return _configuration(path, None, folders)
    site, findings = examine_site(path)
    if site is None:
        return Settings(None, None, Examined(None, findings))
    settings = _configuration(site.configuration, site, [*(one for one in site.profiles if one.is_dir()), *folders])
    return evolve(settings, examined=evolve(settings.examined, findings=(*findings, *settings.examined.findings)))


def is_emulators(path: Path) -> bool:
    """Tell the file of an emulator: it has keys at its top, or in its brokers, that no other file has."""
    data = read(path).data
    brokers = data.get("brokers")
    inner = {key for broker in brokers if isinstance(broker, dict) for key in broker} if isinstance(brokers, list) else set()
    others = set(Site.model_fields) | set(Configuration.model_fields)
    return bool(data.keys() & (EmulatorSettings.model_fields.keys() - others)) or (bool(inner & _PLAYED) and not inner & _USED)


def _configuration(path: Path, site: Site | None, folders: Sequence[Path]) -> Settings:
    """Examine a configuration document; faulty broker definitions are findings, too."""
    faults: tuple[Finding, ...] = ()
    profiles: Catalogue | None = None
    try:
        profiles = Catalogue.load(folders)
    except Rejected as refused:
        faults = tuple(refused.findings)
    try:
        examined = examine(path, profiles, site)
    except Rejected as refused:
        examined = Examined(None, refused.findings)
    return Settings(site, profiles, Examined(examined.configuration, (*faults, *examined.findings)))
