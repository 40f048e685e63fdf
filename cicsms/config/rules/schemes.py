"""Rules on encryption: the same for both directions of a broker, and possible on this node."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from cicsms.config.positions import Place
from cicsms.config.rules.case import Case, Fault, warning
from cicsms.model.settings import Broker


def _urls(place: Place, broker: Broker) -> Iterator[tuple[Place, str]]:
    """Give the URLs by which a broker calls us, most particular first."""
    if broker.mo is not None and broker.mo.url:
        yield (*place, "mo", "url"), broker.mo.url
    if broker.mo is not None and broker.mo.receipt_url:
        yield (*place, "mo", "receipt_url"), broker.mo.receipt_url
    if broker.public_url:
        yield (*place, "public_url"), broker.public_url


def _scheme(url: str) -> str:
    return urlsplit(url).scheme


def called_as_listened(case: Case) -> Iterator[Fault]:
    """A broker calls over what we listen to; only TLS ended at a reverse proxy makes a difference."""
    for place, broker in case.brokers():
        for at, url in _urls(place, broker):
            if _scheme(url) == broker.encryption.scheme:
                continue
            said = f"Broker {broker.name!r} is called by {_scheme(url)}, but its encryption is {broker.encryption.value!r}."
            if broker.encryption.scheme == "https":
                yield Fault("url-scheme", at, said, "Write an https URL, or set encryption to none.")
            elif case.site is None or not case.site.forwarders:
                remedy = "If a reverse proxy ends TLS, name it in forwarders of the site file; else set encryption to https."
                yield warning("url-scheme", at, said, remedy)


def both_directions_alike(case: Case) -> Iterator[Fault]:
    """MO and MT of one broker use the same scheme, as the broker sees it."""
    for place, broker in case.brokers():
        gateway = _gateway(case, broker)
        if broker.mt is None or not gateway:
            continue
        called = next(_urls(place, broker), None)
        mo = _scheme(called[1]) if called else broker.encryption.scheme
        if _scheme(gateway) == mo:
            continue
        setting = f"{called[0][-1]} is {mo}" if called else f"encryption is {broker.encryption.value!r}"
        whose = "mt.gateway" if broker.mt.gateway else "the definition's gateway"
        said = f"MO and MT of broker {broker.name!r} use different schemes: {setting}, {whose} is {gateway}."
        yield Fault("schemes-differ", (*place, "mt", "gateway"), said, "Use one scheme for both; encryption holds for MO and MT.")


def _gateway(case: Case, broker: Broker) -> str:
    """Return the base URL messages go to: the broker's own, else the definition's."""
    if broker.mt is not None and broker.mt.gateway:
        return broker.mt.gateway
    profile = case.profile_of(broker)
    return profile.gateway if profile else ""


def https_has_a_certificate(case: Case) -> Iterator[Fault]:
    """A node that is called over HTTPS has a certificate to show."""
    for place, broker in case.brokers():
        listens = broker.enabled and broker.mo is not None and broker.mo.enabled
        if case.site is not None and case.site.tls is None and listens and broker.encryption.scheme == "https":
            said = f"Broker {broker.name!r} calls over HTTPS, but the site file has no [tls] certificate and key."
            yield Fault(
                "https-without-certificate", (*place, "encryption"), said, "Add [tls] with certificate and key to the site file."
            )


RULES = (called_as_listened, both_directions_alike, https_has_a_certificate)
