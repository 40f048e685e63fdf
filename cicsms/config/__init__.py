"""Site file and configuration document: read, checked as a whole, refused with every finding and its place."""

from cicsms.config.load import Examined, check, examine, load_configuration, load_site
from cicsms.config.masked import masked
from cicsms.config.rules import Profiles

__all__ = ["Examined", "Profiles", "check", "examine", "load_configuration", "load_site", "masked"]
