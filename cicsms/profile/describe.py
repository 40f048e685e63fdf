"""What a definition declares about itself: options and capabilities."""

from __future__ import annotations

from collections.abc import Mapping

from cicsms.profile.node import Node
from cicsms.profile.values import Capabilities, Option


def options(broker: Node, profile: Node) -> Mapping[str, Option]:
    """Return the options of a profile: those of the whole broker, then its own."""
    return {node.get("name"): _option(node) for node in (*broker.all("option"), *profile.all("option"))}


def _option(node: Node) -> Option:
    return Option(
        name=node.get("name"),
        kind=node.get("type", "text"),
        required=node.get("required") == "yes",
        default=node.get("default"),
        values=tuple(value for value in node.get("values").split("|") if value),
        fills=node.get("fills"),
        said=" ".join(node.text.split()),
    )


def capabilities(profile: Node) -> Capabilities:
    """Return what the profile says the broker can do."""
    node = profile.first("capabilities") or Node("capabilities")
    return Capabilities(
        receipts=node.get("receipts", "yes") == "yes",
        alphanumeric_sender=node.get("alphanumeric-sender") == "yes",
        recipients=int(node.get("recipients", "1")),
        long_text=node.get("long-text", "split"),
        max_text=int(node.get("max-text", "0")),
        addresses=node.get("addresses", "plus"),
        polling=node.get("polling") == "yes",
        encodings=tuple(node.get("encodings", "gsm7|ucs2").split("|")),
    )
