"""A broker's page of the manual, made of its definition: what to configure, what the broker must be told, limits."""

from __future__ import annotations

from cicsms.profile import evidence
from cicsms.profile.node import Node
from cicsms.profile.profile import Profile
from cicsms.profile.show import Definition, limits, options, proofs
from cicsms.profile.templates import holes


def level(name: str) -> str:
    """Return how many of the directions of a profile rest on evidence."""
    return str(evidence.level(evidence.of_profile(name)))


def brief(profile: Profile) -> str:
    """Sum up in a few words what a profile can do."""
    can = profile.capabilities
    directions = (
        ("mt", profile.mt_method),
        ("mo", profile.mo_methods),
        ("receipts", profile.receipt_methods),
        ("polling", can.polling),
    )
    words = [word for word, there in directions if there]
    return " ".join([*words, f"x{can.recipients}"] if can.recipients > 1 else words)


def page(found: Definition) -> str:
    """Return a broker's page: what to configure, what the broker must be told, limits."""
    title = found.node.get("title")
    blocks = [
        f"# {title}",
        f"Broker `{found.node.get('name')}`. Made of its definition by `cicsms profile page {found.node.get('name')}`.",
    ]
    for profile in found.profiles:
        node = found.part(profile)
        blocks += [
            f"## {profile.name}: {node.get('title')}",
            f"Evidence: {level(profile.name)} directions.",
            "### What to configure",
        ]
        blocks += [*_account(node), *options(profile), "### What the broker must be told", *_told(node, profile), "### Limits"]
        blocks += limits(profile)
    return "\n\n".join(blocks) + "\n"


def _account(node: Node) -> list[str]:
    """Say which of account, login and password the profile uses."""
    texts = [text for one in node.walk() for text in one.attributes.values()]
    used = {name for text in texts for hole in holes(text) for name in hole}
    named = [name for name in ("account", "login", "password") if name in used]
    mt = node.first("mt")
    lines = [f"- **{name}** of the account" for name in named]
    if mt is not None:
        lines.append(f"- **gateway**: `{mt.get('gateway')}` unless configured; **outgoing path**: `{mt.get('path')}`")
    return ["\n".join(lines)] if lines else []


def _told(node: Node, profile: Profile) -> list[str]:
    """Say which URLs the broker is given, and with what they prove themselves."""
    lines = []
    for tag, what in (("mo", "inbound messages"), ("receipt", "delivery reports")):
        for part in node.all(tag):
            where = f"the public URL of your {tag} path (proposed: `{part.get('path')}`)"
            lines.append(f"- Where to send {what}: {where}, by {part.get('methods').replace(' ', ' or ')}.")
            lines += [f"  - {said}" for said in proofs(part)]
    if any("callback" in one.get("field").split("|") for one in node.walk()):
        lines.append("- The URL for delivery reports goes with each message; nothing need be set at the broker for them.")
    if not lines:
        lines.append("- Nothing: it only takes messages.")
    return ["\n".join(lines)]
