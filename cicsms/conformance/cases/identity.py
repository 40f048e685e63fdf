"""Group 1: configuration and identity."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cicsms.conformance import site, toml
from cicsms.conformance.case import Scope, case
from cicsms.conformance.peer.command import Ran
from cicsms.conformance.peer.lab import Private
from cicsms.conformance.peer.peer import Peer, heard_and_body, settled
from cicsms.conformance.peer.ports import HERE, listening
from cicsms.conformance.peer.serialise import plain
from cicsms.conformance.verdict import Verdict, ok, require
from cicsms.profile.places import definitions

_HEAD = '<broker xmlns="urn:cicsms:broker:1" name="broken" title="Broken">'
_BROKEN = {
    "unknown-element": f"<?xml version='1.0'?>\n{_HEAD}\n<surprise/>\n</broker>\n",
    "missing-element": f"<?xml version='1.0'?>\n{_HEAD}\n</broker>\n",
    "external-entity": "<?xml version='1.0'?>\n<!DOCTYPE broker [<!ENTITY x SYSTEM 'http://" + HERE + ":{port}/x'>]>\n"
    f"{_HEAD}&x;</broker>\n",
    "entity-bomb": "<?xml version='1.0'?>\n<!DOCTYPE broker [<!ENTITY a 'aaaaaaaaaa'>"
    + "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + f"]>\n{_HEAD}&i;</broker>\n",
}


@case(
    "1.01",
    "xml-valid",
    clause="Broker definitions: one XML file, validated; XML without entities, DTD or network",
    expect="Every bundled definition passes; a broken one is refused with file and line, and nothing is fetched.",
    scope=Scope.SITE,
)
async def xml_valid(peer: Peer) -> Verdict:
    """Check the bundled definitions, then four broken ones."""
    good = await peer.commands.cicsms("profile", "check", *_bundled())
    require(good.code == 0, "exit 0 for the bundled definitions", good.short)
    with listening() as (port, knocked):
        for name, text in _BROKEN.items():
            file = _definition(peer, name, text.replace("{port}", str(port)))
            ran = await peer.commands.cicsms("profile", "check", str(file))
            require(ran.code == 1, f"exit 1 for {file.name}", ran.short)
            require(f"{file.name}:" in ran.output, f"{file.name}:LINE in the output", ran.short)
        require(not knocked(), "no network fetch while an external entity is refused", "a connection attempt")
    return ok(f"the bundled definitions pass; {', '.join(_BROKEN)} refused with their lines")


def _bundled() -> list[str]:
    return [str(path) for path in sorted(definitions().glob("*.xml"))]


def _definition(peer: Peer, name: str, text: str) -> Path:
    """Write a broken definition."""
    folder = peer.folder / "broken-profiles"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.xml"
    file.write_text(text, "utf-8")
    return file


@case(
    "1.03",
    "enable-precedence",
    clause="Broker tab, MO tab, MT tab: Enable (the broker's is master over both)",
    expect="A disabled broker takes and sends nothing; a disabled tab stops only its own direction; no MT reaches the wire.",
    needs=("mo", "emulator", "lab", "mt"),
)
async def enable_precedence(peer: Peer) -> Verdict:
    """Use a private server that has this broker three times: off, without MO, without MT."""
    private = await peer.lab.bench()
    seen = [await _enabled(peer, private, word) for word in ("off", "nomo", "nomt")]
    return ok("; ".join(seen))


async def _enabled(peer: Peer, private: Private, word: str) -> str:
    """Hold that a variant takes and sends what is switched on, and nothing else."""
    broker, account = private.broker(f"{peer.broker.name}-{word}"), peer.account
    mo = peer.composer.mo(f"enable {word} {peer.composer.token()}")
    heard = await peer.wire_to(broker, peer.log).talk(plain(peer.aimed(peer.composer.write(mo), broker.mo_path)))
    takes, sends = word == "nomt", word == "nomo"
    require(heard.good is takes, f"{'2xx' if takes else 'no 2xx'} to an MO with {word}", heard_and_body(heard))
    to = peer.composer.remote()
    submitted = await private.api.submit(to, "enable", broker.name, account.id, account.local)
    require(submitted.accepted is sends, f"{'202' if sends else 'a refusal'} to an MT with {word}", str(submitted))
    if sends:
        told = await private.api.until(submitted.id, settled, peer.limit(10))
        require(told.message.state == "accepted", "accepted by the broker", told.message.state)
    reached = await peer.emulator.taken(peer.broker.name, to)
    require(bool(reached) is sends, "nothing on the wire" if not sends else "one MT", f"{len(reached)} MTs")
    return f"{word}: MO {heard.status}, MT {submitted.status}"


async def checked(peer: Peer, word: str, brokers: list[dict[str, Any]]) -> Ran:
    """Let ``cicsms config check`` judge a configuration that has these brokers."""
    return await peer.commands.cicsms("config", "check", str(_site(peer, word, brokers)))


def _site(peer: Peer, word: str, brokers: list[dict[str, Any]]) -> Path:
    """Write a site whose configuration has these brokers."""
    folder = peer.folder / f"config-{word}"
    site.write_server(folder, peer.target.brokers[:1], peer.target, 8180, {})
    document: dict[str, Any] = {**site.configuration((), {}), "brokers": brokers}
    (folder / "configuration.toml").write_text(toml.dumps(document), "utf-8")
    return folder / "site.toml"


def tables(peer: Peer) -> list[dict[str, Any]]:
    """Return two sound brokers of one HTTP port, as the configuration document has them."""
    own = [broker for broker in peer.target.brokers if not broker.golden]
    port = own[0].port
    made: Any = site.configuration([broker for broker in own if broker.port == port][:2], {})["brokers"]
    for table in made:
        table["mo"] = {name: value for name, value in table["mo"].items() if name not in ("url", "receipt_url")}
    return [dict(table) for table in made]


@case(
    "1.04",
    "account-id",
    clause="Accounts: the account id is unique in its broker",
    expect="The same account id twice in one broker is refused by name; on two brokers it is accepted.",
    scope=Scope.SITE,
)
async def account_id(peer: Peer) -> Verdict:
    """Check a document with the same account id on two brokers, then twice on one."""
    first, second = tables(peer)
    apart = await checked(peer, "account-apart", [first, second])
    require(apart.code == 0, "exit 0 with one account id on two brokers", apart.short)
    twice = first | {"accounts": [first["accounts"][0], first["accounts"][0]]}
    ran = await checked(peer, "account-twice", [twice, second])
    require(ran.code == 1, "exit 1 with one account id twice in a broker", ran.short)
    account = first["accounts"][0]["id"]
    require(account in ran.output and first["name"] in ran.output, "the broker and the account named", ran.short)
    return ok(ran.short)


@case(
    "1.06",
    "scheme-parity",
    clause="Encryption: the same for MO and MT",
    expect="https for MO with an http gateway for MT is refused at load, and both settings are named.",
    scope=Scope.SITE,
)
async def scheme_parity(peer: Peer) -> Verdict:
    """Check a broker whose encryption is https and whose gateway is http."""
    first, second = tables(peer)
    second = second | {"encryption": "https", "mo": second["mo"] | {"port": 1024}}
    ran = await checked(peer, "parity", [first, second])
    require(ran.code == 1, "exit 1 with https for MO and http for MT", ran.short)
    require("encryption" in ran.output and "gateway" in ran.output, "encryption and gateway named", ran.short)
    return ok(ran.short)
