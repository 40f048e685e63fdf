"""Which of the settings files a file is: told by the keys at its top."""

from __future__ import annotations

from enum import StrEnum

from cicsms.config.source import Source
from cicsms.model.settings import Configuration, Site


class Kind(StrEnum):
    """The settings files a person writes."""

    SITE = "site"
    CONFIGURATION = "configuration"


def kind_of(source: Source) -> Kind:
    """Tell a site file from a configuration document; in doubt it is a configuration."""
    keys = set(source.data)
    site, configuration = len(keys & set(Site.model_fields)), len(keys & set(Configuration.model_fields))
    return Kind.SITE if site > configuration else Kind.CONFIGURATION
