"""What the schema cannot state about a definition: each rule is one small function, and all of them run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import re2

from cicsms.model.errors import Finding, Severity
from cicsms.profile import fields, fitting, jsons, phrases, xmls
from cicsms.profile.answers import OUTCOMES
from cicsms.profile.check_values import value_faults
from cicsms.profile.codecs import chain, known_charset
from cicsms.profile.matching import status_test
from cicsms.profile.node import Node
from cicsms.profile.signatures import SCHEMES
from cicsms.profile.templates import holes, split

Rule = Callable[[Node], Iterator[Finding]]
_TEMPLATES = (
    "value",
    "form",
    "default",
    "login",
    "password",
    "key",
    "private",
    "shared",
    "id",
    "digest",
    "nonce",
    "from",
    "says",
)
_PARENTS = {
    "mt": "mt",
    "mo": "mo",
    "receipt": "receipt",
    "answer": "answer",
    "polling": "poll",
    "list": "page",
    "acknowledge": "poll",
    "token": "poll",
    "grant": "token",
}


def check(broker: Node) -> list[Finding]:
    """Return every finding of a definition, errors and warnings, in the order of its lines."""
    plain = fitting.by_default(broker)
    found = [*names_by_options(broker), *(finding for rule in RULES for finding in rule(plain))]
    return sorted(found, key=lambda finding: int(finding.where.rpartition(":")[2] or 0))


def _shaped(node: Node, shape: str = "") -> Iterator[tuple[Node, str]]:
    """Give every element below ``node`` with the shape it belongs to."""
    for child in node.children:
        inner = _PARENTS.get(child.tag, shape)
        yield child, inner
        yield from _shaped(child, inner)


def _bindings(broker: Node) -> Iterator[tuple[Node, str]]:
    return ((node, shape) for node, shape in _shaped(broker) if node.tag in ("at", "plain", "part"))


def names_are_unique(broker: Node) -> Iterator[Finding]:
    """Two profiles of one name could not be told apart, nor two options of one profile."""
    for kind, nodes in (
        ("profile", broker.all("profile")),
        *(("option", (*broker.all("option"), *p.all("option"))) for p in broker.all("profile")),
    ):
        seen: set[str] = set()
        for node in nodes:
            if node.get("name") in seen:
                yield Finding(
                    "duplicate-name", node.where, f"There are two of {kind} '{node.get('name')}'.", "Rename one of them."
                )
            seen.add(node.get("name"))


def bindings_have_a_source(broker: Node) -> Iterator[Finding]:
    """A binding names a field or a constant, not both, else nothing can be written or read."""
    for node, _ in _bindings(broker):
        if sum(node.has(name) for name in ("field", "value", "form")) > 1:
            yield Finding("two-sources", node.where, "A binding has a field and a constant.", "Keep one of field and value.")
        elif not any(node.has(name) for name in ("field", "value", "form", "is", "default")):
            yield Finding("no-source", node.where, "A binding has neither field nor value.", "Say what stands here.")


def fields_are_known(broker: Node) -> Iterator[Finding]:
    """A field that the shape does not have would be read into nothing and written from nothing."""
    for node, shape in _bindings(broker):
        for name in node.get("field").split("|") if node.has("field") else ():
            if not fields.known(shape, name):
                remedy = f"Write one of {', '.join(fields.SHAPES[shape])}, extra.NAME, or a value."
                yield Finding("unknown-field", node.where, f"A {shape} has no field '{name}'.", remedy)


def codecs_are_known(broker: Node) -> Iterator[Finding]:
    """Codecs are the program's library; a definition only names them."""
    for node, _ in _bindings(broker):
        try:
            chain(node.get("codec"))
        except ValueError as error:
            yield Finding(
                "unknown-codec", node.where, f"In the codec chain: {error}.", "Write codecs of the library, blank separated."
            )


def dates_have_a_form(broker: Node) -> Iterator[Finding]:
    """A date or a concatenation has no text of its own; a codec must give it one."""
    for node, shape in _bindings(broker):
        kinds = {fields.kind(shape, name) for name in node.get("field").split("|")} & {"date", "concat"}
        if (kinds or node.get("field") == "now") and not node.has("codec"):
            yield Finding(
                "no-form",
                node.where,
                f"The field '{node.get('field')}' has no form.",
                "Add a codec, such as iso(z), epoch or udh.",
            )


def places_are_paths(broker: Node) -> Iterator[Finding]:
    """Places must be of the group they stand in: names in pairs, paths in documents."""
    for group, _ in _shaped(broker):
        if group.tag in ("query", "form", "header", "path"):
            for node in group.all("at"):
                if not node.get("name"):
                    yield Finding("no-place", node.where, f"A binding of a {group.tag} has no name.", "Add name.")
        if group.tag in ("json", "xml"):
            yield from _paths(group, jsons.steps if group.tag == "json" else xmls.steps)


def _paths(group: Node, steps: Callable[[str], object]) -> Iterator[Finding]:
    for node in group.walk():
        if node.tag == "at" or (node.tag == "or" and not node.has("value")) or (node.tag == "each" and node.get("of")):
            try:
                steps(node.get("path").removesuffix("[*]"))
            except ValueError as error:
                yield Finding("bad-path", node.where, f"The path is none: {error}.", "Write $.a.b[0] in JSON, a/b/@c in XML.")


def lists_have_their_place(broker: Node) -> Iterator[Finding]:
    """Recipients are listed in an MT, answers in an answer; elsewhere nobody would know what to make of the list."""
    for node, shape in _shaped(broker):
        home = {"recipients": "mt", "answers": "answer"}.get(node.get("of")) if node.tag == "each" else None
        if home and shape != home:
            said = f"A list of {node.get('of')} is no part of a {shape}."
            yield Finding("misplaced-list", node.where, said, "Bind single entries, by paths such as $.to[0].")


def tests_are_sound(broker: Node) -> Iterator[Finding]:
    """Statuses and expressions of the answer rules must be readable."""
    for node, _ in _shaped(broker):
        if (
            node.tag in (*OUTCOMES, "several")
            and node.has("status")
            and not any(map(status_test(node.get("status")), range(100, 600)))
        ):
            yield Finding("bad-status", node.where, f"No HTTP status is of '{node.get('status')}'.", "Write for example 2xx|404.")
        if node.tag == "if" and node.has("matches"):
            try:
                re2.compile(node.get("matches"), _quiet())
            except re2.error as error:
                yield Finding("bad-pattern", node.where, f"RE2 refuses the expression: {error}.", "Correct the expression.")


def expressions_have_a_text(broker: Node) -> Iterator[Finding]:
    """An expression only reads: what is written must be told, and found again by it."""
    for node, _ in _bindings(broker):
        if not node.has("match"):
            if node.has("says"):
                yield Finding("one-way", node.where, "What it says belongs to an expression.", "Add match, or drop says.")
            continue
        try:
            pattern = re2.compile(node.get("match"), _quiet())
        except re2.error as error:
            yield Finding("bad-pattern", node.where, f"RE2 refuses the expression: {error}.", "Correct the expression.")
            continue
        if pattern.groups != 1:
            yield Finding("bad-pattern", node.where, "The expression has not one group.", "Put ( ) around what is to be read.")
        elif not any(_found_again(pattern, node.get("says"), sample) for sample in _SAMPLES):
            said = "The expression does not find the value in what it says."
            yield Finding("one-way", node.where, said, "Write says with the field in a hole, as the broker would.")


_PLAIN = ("17", "0a1b2c3d", "0A1B2C3D", "12345678901234567890", "OK", "-1")
_SAMPLES: Sequence[str] = (*_PLAIN, "0123456789abcdef0123456789abcdef", "12345678-90ab-4def-8234-567890abcdef")


def _found_again(pattern: Any, says: str, sample: str) -> bool:
    """Tell whether an expression finds ``sample`` where the field stands in the text."""
    if not holes(says):
        return False
    pieces = split(says)
    found = pattern.search("".join(sample if place % 2 else piece for place, piece in enumerate(pieces)))
    return found is not None and found[1] == sample


def prefixes_are_declared(broker: Node) -> Iterator[Finding]:
    """A prefix without a namespace would be written into a document that nobody can read."""
    for group, _ in _shaped(broker):
        if group.tag != "xml":
            continue
        declared = set(xmls.namespaces(group.get("namespaces")))
        for node in group.walk():
            path = node.get("root") if node is group else node.get("path")
            for prefix in re.findall(r"(?:^|[/@])([^/@:]+):", path):
                if prefix not in declared:
                    said = f"The prefix '{prefix}' has no namespace."
                    yield Finding("unknown-prefix", node.where, said, "Declare it in the attribute namespaces of xml.")


def _quiet() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    return options


def values_are_sound(broker: Node) -> Iterator[Finding]:
    """Constants must be of their type, readable, and in a character set there is."""
    for node, shape in _shaped(broker):
        yield from value_faults(node, shape)


def schemes_are_known(broker: Node) -> Iterator[Finding]:
    """Signature schemes and charsets are the program's library."""
    for node, _ in _shaped(broker):
        if node.tag == "signed" and node.get("by") not in SCHEMES:
            yield Finding(
                "unknown-scheme",
                node.where,
                f"There is no signature scheme '{node.get('by')}'.",
                f"Write one of {', '.join(SCHEMES)}.",
            )
        charset = node.get("charset")
        if charset and charset not in ("octets", "field", "percent", "gsm") and not known_charset(charset):
            yield Finding(
                "unknown-charset", node.where, f"There is no character set '{charset}'.", "Write a name such as UTF-16BE."
            )


def signatures_are_whole(broker: Node) -> Iterator[Finding]:
    """A scheme must know the headers of what it signs, and of the proof itself."""
    for node in (node for node, _ in _shaped(broker) if node.tag == "signed"):
        wanted = {"header"} if node.get("by") in ("body-hmac", "ed25519", "jwt") else set()
        wanted |= {"time-header"} if "{timestamp}" in node.get("of") or node.has("window") else set()
        wanted |= {"nonce-header", "nonce"} if "{nonce}" in node.get("of") or node.has("nonce-header") else set()
        wanted |= {"nonce"} if node.get("by") == "jwt" else set()
        for name in sorted(wanted):
            if not node.has(name):
                said = f"The signature scheme '{node.get('by')}' lacks {name}."
                yield Finding("half-signature", node.where, said, f"Add {name}, or leave out what needs it.")


def options_are_declared(broker: Node) -> Iterator[Finding]:
    """A hole or condition on an option nobody can set would never be filled."""
    for profile in broker.all("profile"):
        declared = {node.get("name") for node in (*broker.all("option"), *profile.all("option"))}
        for node, _ in _shaped(profile):
            names = [name for attribute in _TEMPLATES for hole in holes(node.get(attribute)) for name in hole]
            names += [node.get(attribute).partition("=")[0] for attribute in ("when", "unless")]
            for name in names:
                if name.startswith("option.") and name[7:] not in declared:
                    yield Finding(
                        "unknown-option",
                        node.where,
                        f"The option '{name[7:]}' is not declared.",
                        "Declare it with an option element.",
                    )


def names_by_options(broker: Node) -> Iterator[Finding]:
    """A name that an option gives needs the option; a definition is checked further as it is for an account without options."""
    for profile in broker.all("profile"):
        declared = fitting.defaults(broker, profile)
        for node, name in fitting.named(profile):
            if name not in declared:
                said = f"The option '{name}' is not declared."
                yield Finding("unknown-option", node.where, said, "Declare it with an option element.")


def messages_are_whole(broker: Node) -> Iterator[Finding]:
    """A webhook that never reads sender or text, or an MT that never writes recipient or text, is of no use."""
    wanted = {"mo": ("remote", "text"), "mt": ("recipient|recipients", "text"), "receipt": ("status",)}
    for profile in broker.all("profile"):
        for part in profile.all(*wanted):
            groups = [child for child in part.children if child.tag not in ("answer", "states", "reply", "verify", "ignore")]
            bound = {name for group in groups for node in group.walk() for name in node.get("field").split("|")}
            in_path = {name for hole in holes(part.get("path")) for name in hole}
            bound |= {"status"} if part.has("suffixes") else set()
            for names in wanted[part.tag]:
                if not set(names.split("|")) & (bound | in_path):
                    yield Finding(
                        "never-bound",
                        part.where,
                        f"No binding of the {part.tag} has the field '{names}'.",
                        "Bind it to its place.",
                    )


def _named(node: Node) -> frozenset[str]:
    """Return the fields that a binding reads and writes."""
    return frozenset(node.get("field").split("|")) | phrases.named(node.get("form"))


def receipts_can_be_matched(broker: Node) -> Iterator[Finding]:
    """A receipt's key must be one that the MT's answer gave, or that the MT itself carried."""
    for profile in broker.all("profile"):
        mt, receipt = profile.first("mt"), profile.first("receipt")
        if mt is None or receipt is None:
            continue
        key = receipt.get("key")
        answer = mt.first("answer") or Node("answer")
        given = (
            answer if key == "broker-id" else Node("mt", children=tuple(child for child in mt.children if child.tag != "answer"))
        )
        carried = mt.get("callback") == "template" and key == "reference"
        if not carried and not any(key in _named(node) for node in given.walk()):
            said = f"Receipts are matched by the {key}, which no MT {'answer gives' if key == 'broker-id' else 'carries'}."
            yield Finding("lost-receipts", receipt.where, said, "Bind it, or choose the other key.")
        if not any(key in _named(node) for node in receipt.walk()):
            yield Finding("lost-receipts", receipt.where, f"No receipt binding has the key '{key}'.", "Bind it to its place.")


def polling_is_declared(broker: Node) -> Iterator[Finding]:
    """What a profile can fetch must be seen in its capabilities; a list without messages is of no use."""
    for profile in broker.all("profile"):
        polling, capabilities = profile.first("polling"), profile.first("capabilities") or Node("capabilities")
        if polling is None:
            continue
        if capabilities.get("polling") != "yes":
            yield Finding("undeclared", polling.where, "The capabilities do not say polling.", 'Write polling="yes" there.')
        bound = {name for node in polling.walk() for name in node.get("field").split("|")}
        for name in sorted({"remote", "text"} - bound):
            yield Finding(
                "never-bound", polling.where, f"No binding of the list has the field '{name}'.", "Bind it to its place."
            )
        place = "token" if polling.get("cursor") == "token" else "cursor"
        if polling.has("cursor") and place not in bound:
            yield Finding("never-bound", polling.where, "The request never says which page it wants.", "Bind the field cursor.")


def tokens_are_whole(broker: Node) -> Iterator[Finding]:
    """A token that no answer gives, or that no message carries, is of no use; one that is not fetched leaves its place empty."""
    for profile in broker.all("profile"):
        token, parts = profile.first("token"), profile.all("mt", "polling")
        used = next((node for part in parts for node in part.walk() if _uses_token(node)), None)
        if token is None:
            if used:
                yield Finding("no-token", used.where, "Nothing fetches the access token.", "Add a token element, or an option.")
            continue
        if not any("access-token" in _named(node) for node in token.walk()):
            said = "No binding of the grant has the field 'access-token'."
            yield Finding("never-bound", token.where, said, "Bind it to its place.")
        if used is None:
            said = "A token is fetched, but no binding of mt or polling carries it."
            yield Finding("unused-token", token.where, said, "Write {access-token} where the broker wants it, such as a header.")


def _uses_token(node: Node) -> bool:
    return any("access-token" in hole for attribute in _TEMPLATES for hole in holes(node.get(attribute)))


def derived_values_are_declared(broker: Node) -> Iterator[Finding]:
    """A hole for a digest or a place of the path needs the element that makes it; one that no hole names is never sent."""
    for mt in (mt for profile in broker.all("profile") for mt in profile.all("mt")):
        made = {f"digest.{node.get('name')}": node for node in mt.all("digest")}
        made |= {f"path.{node.get('name')}": node for group in mt.all("path") for node in group.all("at")}
        texts = [(node, node.get(name)) for node in mt.walk() for name in (*_TEMPLATES, *(("path",) if node is mt else ()))]
        named = {name: node for node, text in texts for hole in holes(text) for name in hole}
        for name, node in named.items():
            if name.startswith(("digest.", "path.")) and name not in made:
                yield Finding("never-made", node.where, f"Nothing makes '{name}'.", "Add a digest, or a path with this name.")
        for name in sorted(made.keys() - named.keys()):
            yield Finding("never-sent", made[name].where, f"No hole names '{name}'.", f"Write {{{name}}} where it belongs.")


def shared_paths_are_told_apart(broker: Node) -> Iterator[Finding]:
    """Where messages and reports come to one path, each must have something that the other has not."""
    for profile in broker.all("profile"):
        receipt = profile.first("receipt")
        if receipt is None or receipt.get("shared") != "yes":
            continue
        for part in profile.all("mo", "receipt"):
            if not any(node.has("is") or node.get("need") == "yes" for node in part.walk() if node.tag in ("at", "plain")):
                said = f"Nothing tells a request of the {part.tag} from others at the shared path."
                yield Finding("not-told-apart", receipt.where, said, "Demand a constant (is), or need a field, in both.")


def rules_are_reachable(broker: Node) -> Iterator[Finding]:
    """A rule behind one that takes the same statuses without a test or needed field never has its turn."""
    for answer, _ in _shaped(broker):
        if answer.tag != "answer":
            continue
        taken: list[Callable[[int], bool]] = []
        for rule in answer.children:
            own = status_test(rule.get("status", "100..599"))
            statuses = [status for status in range(100, 600) if own(status)]
            if statuses and all(any(test(status) for test in taken) for status in statuses):
                yield Finding(
                    "unreachable",
                    rule.where,
                    f"An earlier rule takes everything this '{rule.tag}' is for.",
                    "Move it up, or drop it.",
                )
            needs = any(node.get("need") == "yes" or node.has("is") or node.has("form") for node in rule.walk())
            if not rule.all("if") and not needs and rule.tag != "several":
                taken.append(own)


def tests_are_written(broker: Node) -> Iterator[Finding]:
    """What a rule tests must be written by the side that speaks the rule, else it would not be read back."""
    for rule, _ in _shaped(broker):
        if rule.tag not in OUTCOMES or rule.get("write") == "no":
            continue
        paths = {node.get("path") for node in rule.walk() if node.tag == "at"}
        for test in rule.all("if"):
            place = test.get("json") or test.get("xml")
            if place and place not in paths and test.get("set") != "no":
                yield Finding(
                    "test-not-written", test.where, f"The rule tests {place} but never writes it.", "Add a binding for the place."
                )


def secrets_stay_out_of_urls(broker: Node) -> Iterator[Finding]:
    """URLs end up in the logs of every proxy on the way."""
    for profile in broker.all("profile"):
        secret = {
            f"option.{n.get('name')}" for n in (*broker.all("option"), *profile.all("option")) if n.get("type") == "secret"
        } | {"password"}
        for part in profile.all("mt"):
            places = [part, *(node for group in part.all("query") for node in group.all("at"))]
            for node in places:
                text = node.get("path") if node is part else node.get("value")
                if any(name in secret for hole in holes(text) for name in hole):
                    said = "A secret travels in the URL."
                    yield Finding(
                        "secret-in-url", node.where, said, "Keep it only if the broker takes it nowhere else.", Severity.WARNING
                    )


RULES: tuple[Rule, ...] = (
    names_are_unique,
    bindings_have_a_source,
    fields_are_known,
    codecs_are_known,
    dates_have_a_form,
    places_are_paths,
    lists_have_their_place,
    tests_are_sound,
    expressions_have_a_text,
    prefixes_are_declared,
    values_are_sound,
    schemes_are_known,
    signatures_are_whole,
    options_are_declared,
    messages_are_whole,
    receipts_can_be_matched,
    polling_is_declared,
    tokens_are_whole,
    derived_values_are_declared,
    shared_paths_are_told_apart,
    rules_are_reachable,
    tests_are_written,
    secrets_stay_out_of_urls,
)
