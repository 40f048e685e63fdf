"""Broker definitions: the language, its compiler, signatures, evidence and the catalogue."""

from cicsms.profile.catalogue import Catalogue, UnknownProfile
from cicsms.profile.profile import Profile
from cicsms.profile.values import Capabilities, Facts, NotReadable, Option, Registration, Unverified

__all__ = [
    "Capabilities",
    "Catalogue",
    "Facts",
    "NotReadable",
    "Option",
    "Profile",
    "Registration",
    "UnknownProfile",
    "Unverified",
]
