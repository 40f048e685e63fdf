"""The doors of this room: a site file and a configuration document, each read whole or refused with every finding."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from attrs import frozen

from cicsms.config.rest import Rest
from cicsms.config.rules import RULES, SOUND, Case, Fault, Profiles
from cicsms.config.rules.site import RULES as SITE_RULES
from cicsms.config.shape import shape
from cicsms.config.source import Source, read
from cicsms.model.errors import Finding, Rejected, Severity
from cicsms.model.settings import SYSTEM, Configuration, Document, Site

Doc = TypeVar("Doc", bound=Document)


@frozen
class Examined:
    """A configuration as far as it is sound, and everything that was found in it."""

    configuration: Configuration | None
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> bool:
        """Whether there is an error among the findings."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


def load_site(path: Path) -> Site:
    """Read a site file; its paths are made absolute. Raises ``Rejected`` with every finding."""
    site, findings = examine_site(path)
    if site is None or any(finding.severity is Severity.ERROR for finding in findings):
        raise Rejected(findings)
    return site


def examine_site(path: Path) -> tuple[Site | None, tuple[Finding, ...]]:
    """Read a site file as far as it is sound, and gather all findings; ``Rejected`` if it is not TOML."""
    source = read(path)
    shaped = shape(source, Site)
    if shaped.value is None:
        return None, shaped.findings
    site = _settled(shaped.value, path)
    faults = [fault for rule in SITE_RULES for fault in rule(site)]
    return site, (*shaped.findings, *_findings(source, faults, shaped.rest))


def load_configuration(path: Path, profiles: Profiles | None = None, site: Site | None = None) -> Configuration:
    """Read a configuration document and hold it against every rule. Raises ``Rejected`` with every finding.

    ``profiles`` (a catalogue of broker definitions) and ``site`` let the rules that need them work.
    """
    examined = examine(path, profiles, site)
    if examined.configuration is None or examined.refused:
        raise Rejected(examined.findings)
    return examined.configuration


def examine(path: Path, profiles: Profiles | None = None, site: Site | None = None) -> Examined:
    """Read a configuration document and gather all findings; ``Rejected`` if it is not TOML."""
    return examine_source(read(path), path.parent, profiles, site)


def examine_source(source: Source, folder: Path, profiles: Profiles | None = None, site: Site | None = None) -> Examined:
    """Gather everything there is to say of a configuration document; relative paths in it start at ``folder``."""
    shaped = shape(source, Configuration)
    if shaped.value is None:
        return Examined(None, shaped.findings)
    configuration = _anchored(shaped.value, folder)
    case = Case(configuration, site, profiles)
    faults = [fault for rule in (RULES if shaped.rest.whole else SOUND) for fault in rule(case)]
    return Examined(configuration, (*shaped.findings, *_findings(source, faults, shaped.rest)))


def check(configuration: Configuration, profiles: Profiles | None = None, site: Site | None = None) -> tuple[Finding, ...]:
    """Hold a configuration that came from elsewhere than a file against every rule."""
    case = Case(configuration, site, profiles)
    source = Source("configuration", configuration.model_dump(mode="json"))
    return _findings(source, [fault for rule in RULES for fault in rule(case)], Rest())


def _findings(source: Source, faults: Iterable[Fault], rest: Rest) -> tuple[Finding, ...]:
    """Give faults the places they have in the file, in its order."""
    placed = sorted(((rest.before(fault.place), fault) for fault in faults), key=lambda one: source.line(one[0]) or 0)
    return tuple(Finding(one.rule, source.where(place), one.said, one.remedy, one.severity) for place, one in placed)


def _settled(site: Site, path: Path) -> Site:
    """Make the paths of a site file absolute: they start at its folder."""
    folder = path.absolute().parent
    changed: dict[str, Any] = {
        "state": folder / site.state,
        "configuration": folder / site.configuration,
        "profiles": tuple(folder / one for one in site.profiles),
    }
    if site.tls is not None:
        changed["tls"] = _below(site.tls, folder)
    return site.model_copy(update=changed)


def _anchored(configuration: Configuration, folder: Path) -> Configuration:
    """Make the paths in a configuration document absolute; the word ``system`` for an anchor stays a word."""
    return configuration.model_copy(update={"brokers": tuple(_below(one, folder.absolute()) for one in configuration.brokers)})


def _below(document: Doc, folder: Path) -> Doc:
    """Let every path in a part of a document start at a folder, at any depth."""
    changed: dict[str, Any] = {}
    for key, value in document:
        if isinstance(value, Path) and (key, str(value)) != ("trust", SYSTEM):
            changed[key] = folder / value
        elif isinstance(value, Document):
            changed[key] = _below(value, folder)
        elif isinstance(value, tuple) and value and all(isinstance(one, Document) for one in value):
            changed[key] = tuple(_below(one, folder) for one in value)
    return document.model_copy(update=changed)
