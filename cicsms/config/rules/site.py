"""Rules on the site file: what it names is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from cicsms.config.rules.case import Fault
from cicsms.model.settings import Site

SiteRule = Callable[[Site], Iterator[Fault]]


def tls_files_exist(site: Site) -> Iterator[Fault]:
    """The PEM files of the node can be read."""
    for key, path in site.tls or ():
        if isinstance(path, Path) and not path.is_file():
            remedy = 'Name a PEM file, from this file\'s folder on; "cicsms certs issue" makes some for development.'
            yield Fault("tls-file", ("tls", key), f"There is no file {path}.", remedy)


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


RULES: tuple[SiteRule, ...] = (tls_files_exist, profile_folders_exist)
