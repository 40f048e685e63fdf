"""Rules on the site file: what it names is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches

from cicsms.certs.codes import CODES
from cicsms.config.rules.case import Fault
from cicsms.config.rules.paths import paths
from cicsms.model.settings import Site

SiteRule = Callable[[Site], Iterator[Fault]]


def tls_files_exist(site: Site) -> Iterator[Fault]:
    """The PEM files of the node can be read."""
    for place, path in paths(site.tls, ("tls",)) if site.tls else ():
        if not path.is_file():
            remedy = 'Name a PEM file, from this file\'s folder on; "cicsms certs issue" makes some for development.'
            yield Fault("tls-file", place, f"There is no file {path}.", remedy)


def accepted_codes_exist(site: Site) -> Iterator[Fault]:
    """What is accepted of the node's chain are codes that a check can give."""
    for index, code in enumerate(site.tls.accept if site.tls else ()):
        if code not in CODES:
            near = get_close_matches(code.upper(), CODES, 1)
            remedy = f"Did you mean {near[0]}?" if near else "docs/certificates.md lists the codes."
            yield Fault("tls-accept", ("tls", "accept", index), f"There is no finding {code!r}.", remedy)


def clients_are_known(site: Site) -> Iterator[Fault]:
    """Where client certificates are demanded, it is said whose: a CA signs for others, too."""
    clients = site.tls.clients if site.tls else None
    if clients is not None and not (clients.names or clients.fingerprints):
        said = "Any certificate under this trust would pass."
        yield Fault("tls-clients", ("tls", "clients"), said, "Name the callers by names = [...] or fingerprints = [...].")


def proxies_are_named(site: Site) -> Iterator[Fault]:
    """Where the PROXY protocol is spoken, it is said by whom."""
    if site.proxy_protocol and not site.forwarders:
        said = "Nobody could connect to these ports: no forwarder is named."
        yield Fault("proxy-protocol", ("proxy_protocol",), said, 'Name the proxies: forwarders = ["192.0.2.7"].')


def profile_folders_exist(site: Site) -> Iterator[Fault]:
    """Folders of further broker definitions are there."""
    for index, path in enumerate(site.profiles):
        if not path.is_dir():
            yield Fault(
                "profile-folder",
                ("profiles", index),
                f"There is no folder {path}.",
                "Name a folder with broker definitions (*.xml).",
            )


RULES: tuple[SiteRule, ...] = (tls_files_exist, accepted_codes_exist, clients_are_known, proxies_are_named, profile_folders_exist)
