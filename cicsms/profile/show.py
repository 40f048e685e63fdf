"""A definition as a person reads it, in Markdown: one profile whole, with its places, rules and examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from attrs import frozen

from cicsms.profile.catalogue import UnknownProfile, load_definition
from cicsms.profile.node import Node
from cicsms.profile.places import definitions
from cicsms.profile.profile import Profile
from cicsms.profile.reader import read_file
from cicsms.profile.show_examples import examples
from cicsms.profile.show_fields import table
from cicsms.profile.values import Option

_WHO = {"split": "we do (it takes one part a request)", "broker": "the broker does"}
_NUMBERS = {"plus": "with a plus (+15551234567)", "digits": "digits alone (15551234567)", "kept": "as they are given"}


@frozen(eq=False)
class Definition:
    """One file: its tree, and its profiles compiled."""

    node: Node
    profiles: tuple[Profile, ...]

    def part(self, profile: Profile) -> Node:
        """Return the element of a profile."""
        return self.node.all("profile")[self.profiles.index(profile)]


def definition(broker: str, folders: Sequence[Path] = ()) -> Definition:
    """Return the definition of a broker, bundled or in one of the folders."""
    files = chain.from_iterable(sorted(folder.glob("*.xml")) for folder in (definitions(), *folders))
    for path in files:
        node = read_file(path)
        if node.get("name") == broker:
            return Definition(node, load_definition(path))
    raise UnknownProfile(f"There is no broker '{broker}'.")


def whole(found: Definition, profile: Profile) -> str:
    """Return one profile: what it says of itself, its places, its rules and examples."""
    node = found.part(profile)
    blocks = [f"# {profile.name}: {profile.title}", *limits(profile), *options(profile)]
    for tag, title in (
        ("mt", "Outbound messages"),
        ("polling", "Fetched messages"),
        ("mo", "Inbound messages"),
        ("receipt", "Delivery reports"),
    ):
        for part in node.all(tag):
            blocks += [f"## {title}", _endpoint(part), *_lines(table(part)), *_rules(part), *_states(part)]
    blocks.append("## Examples")
    for title, text in examples(profile):
        blocks += [f"### {title}", f"```http\n{text}\n```"]
    return "\n\n".join(blocks) + "\n"


def _lines(lines: list[str]) -> list[str]:
    return ["\n".join(lines)] if lines else []


def limits(profile: Profile) -> list[str]:
    """Return what the broker can do, as a list."""
    can = profile.capabilities
    facts = [
        f"Receipts: {'yes' if can.receipts else 'no'}.",
        f"Senders with letters: {'yes' if can.alphanumeric_sender else 'no'}.",
        f"Recipients of one request: {can.recipients}.",
        f"Long texts: {_WHO.get(can.long_text, can.long_text)}"
        + (f", up to {can.max_text} characters." if can.max_text else "."),
        f"Numbers: {_NUMBERS.get(can.addresses, can.addresses)}.",
        f"Alphabets: {', '.join(can.encodings)}.",
        f"Messages that wait can be fetched: {'yes' if can.polling else 'no'}.",
    ]
    if profile.rate:
        facts.append(f"Rate: {profile.rate:g} messages a second and account, unless configured.")
    return ["\n".join(f"- {fact}" for fact in facts)]


def options(profile: Profile) -> list[str]:
    """Return the options as a table."""
    if not profile.options:
        return ["No options."]
    return ["\n".join(["| option | kind | what it is |", "|---|---|---|", *map(_option, profile.options.values())])]


def _option(option: Option) -> str:
    kind = "/".join(option.values) or option.kind
    kind += ", required" * option.required + f", `{option.default}` unless given" * bool(option.default)
    return f"| {option.name} | {kind} | {option.said} |"


def proofs(part: Node) -> Iterator[str]:
    """Say how a webhook proves that the broker sent it."""
    for check in (part.first("verify") or Node("verify")).children:
        if check.tag == "signed":
            yield f"Signed ({check.get('by')}); the key is `{check.get('key')}`" + (
                ", unsigned is let in without a key." if check.get("optional") else "."
            )
        elif check.tag == "basic":
            yield f"Basic credentials `{check.get('login')}` and `{check.get('password')}`."
        elif check.tag == "peers":
            yield f"From the addresses of `{check.get('from')}`; empty: from anywhere."
    for node in part.walk():
        if node.get("proof"):
            yield f"`{node.get('name') or node.get('path')}` must be `{node.get('value')}`, where that is set."


def _endpoint(part: Node) -> str:
    if part.tag == "mt":
        return f"{part.get('method')} `{part.get('gateway')}{part.get('path')}`"
    said = [f"{part.get('methods') or part.get('method')} `{part.get('path')}`"]
    if part.has("key"):
        said.append("matched by the broker's id" if part.get("key") == "broker-id" else "matched by the reference of ours")
    return ", ".join([*said, *(text.rstrip(".") for text in proofs(part))]) + "."


def _rules(part: Node) -> list[str]:
    answer = part.first("answer")
    if answer is None:
        return []
    return [
        "The answer, first rule that fits:",
        "\n".join(f"{turn}. {_rule(rule)}" for turn, rule in enumerate(answer.children, 1)),
    ]


def _rule(rule: Node) -> str:
    tests = [
        f"`{test.get('json') or test.get('xml') or test.get('header') or 'the text'}` {_wanted(test)}" for test in rule.all("if")
    ]
    inner = [_rule(child) for child in rule.children if rule.tag == "several" and child.tag not in ("if", "json", "xml")]
    said = f"**{rule.tag}**" + (f": status {rule.get('status')}" if rule.has("status") else "")
    said += f", {' and '.join(tests)}" if tests else ""
    return said + (" — each entry is " + "; ".join(inner) if inner else "")


def _wanted(test: Node) -> str:
    words = {"is": "is", "starts": "starts with", "has": "has", "matches": "matches", "set": "set:"}
    return next((f"{word} `{test.get(name)}`" for name, word in words.items() if test.has(name)), "is there")


def _states(part: Node) -> list[str]:
    states = part.first("states")
    if states is None:
        return []
    rows = [f"| {_quoted(one.get('is'))} | {_quoted(one.get('code'))} | {one.get('of')} |" for one in states.all("state")]
    return ["\n".join(["| status | code | is |", "|---|---|---|", *rows, f"| any other | | {states.get('default')} |"])]


def _quoted(listed: str) -> str:
    return ", ".join(f"`{word}`" for word in listed.split("|") if word)
