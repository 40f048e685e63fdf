"""A Kannel of the test's own: bearerbox and smsbox on free loopback ports, and the phone behind its ``fake`` carrier link.

The link's protocol is that of Kannel's own test program, fakesmsc (gw/smsc/smsc_fake.c): a line for each message, as
``sender receiver kind data``. A second link, ``loopback``, hands what is sent to numbers that begin with +1999 back as if
phones had sent it; neither takes numbers that begin with +1888.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

import treq
from attrs import define, field, frozen
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.error import ConnectError, ConnectionLost
from twisted.internet.task import deferLater
from twisted.protocols.basic import LineOnlyReceiver
from twisted.web.client import ResponseFailed, ResponseNeverReceived

from tests.live.servers import HERE, NETWORK, Running, free_ports

LOGIN, PASSWORD = "peer", "peerpass"
LINK_HEADER = 6
"""Octets of the header that tells the parts of a long message (3GPP TS 23.040, 9.2.3.24.1), with its length."""

DOCUMENT = """
group = core
admin-port = {admin}
admin-interface = {here}
admin-password = status
smsbox-port = {box}
smsbox-interface = {here}
box-allow-ip = {here}
box-deny-ip = *.*.*.*
log-file = bearerbox.txt
log-level = 1

group = smsc
smsc = fake
smsc-id = fake
port = {link}
our-host = {here}
connect-allow-ip = {here}
denied-prefix = "+1999;+1888"

group = smsc
smsc = loopback
smsc-id = loop
allowed-prefix = "+1999"

group = smsbox
bearerbox-host = {here}
sendsms-port = {sendsms}
sendsms-interface = {here}
http-request-retry = 5
http-queue-delay = 1
log-file = smsbox.txt
log-level = 1

group = sendsms-user
username = {login}
password = {password}
concatenation = true
max-messages = 10

group = sms-service
keyword = default
catch-all = true
max-messages = 0
concatenation = true
get-url = "{mo}?from=%p&to=%P&text=%b&charset=%C&coding=%c&udh=%u&time=%T&smsc=%i&id=%I&service=%n"
"""


def _program(name: str) -> str | None:
    """Find a daemon; the search path of an ordinary user need not have the folder it is in."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")


def missing() -> str:
    """Say what is missing on this machine; empty when tests can run."""
    here = _program("bearerbox") and _program("smsbox")
    return "" if here else "no Kannel is installed here (Debian: apt-get install kannel)"


@frozen
class Heard:
    """One part that reached the phone: the header's octets and the text's, and what kind of line carried it."""

    sender: str
    receiver: str
    kind: str
    header: bytes
    octets: bytes


class Phone(LineOnlyReceiver):
    """What fakesmsc is: it hears every part, and sends what it is told."""

    delimiter = b"\n"
    MAX_LENGTH = 2**16

    def __init__(self) -> None:
        self.heard: list[Heard] = []

    def lineReceived(self, line: bytes) -> None:
        """Keep a part."""
        sender, receiver, kind, data = line.split(b" ", 3)
        header = b""
        if kind == b"udh":
            escaped, kind, data = data.split(b" ", 2)
            header = _unescaped(escaped)
        octets = data if kind == b"text" else _unescaped(data)
        self.heard.append(Heard(sender.decode(), receiver.decode(), kind.decode(), header, octets))

    def text(self, charset: str = "utf-8") -> str:
        """The text that its parts make, put together by the numbers in their headers."""
        return b"".join(part.octets for part in sorted(self.heard, key=lambda part: part.header[-1:])).decode(charset)

    def say(self, sender: str, receiver: str, text: str) -> None:
        """Send a text in GSM-7."""
        self._line(sender, receiver, "text", text.encode())

    def say_ucs2(self, sender: str, receiver: str, text: str) -> None:
        """Send a text in UCS-2."""
        self._line(sender, receiver, "ucs2", quote_from_bytes(text.encode("utf-16-be"), safe="").encode())

    def say_parts(self, sender: str, receiver: str, parts: Sequence[str]) -> None:
        """Send a long text in GSM-7, part by part, the last one first."""
        for index, part in reversed(list(enumerate(parts, 1))):
            header = quote_from_bytes(bytes((5, 0, 3, 42, len(parts), index)), safe="")
            self._line(sender, receiver, "udh-text", f"{header} {part}".encode())

    def _line(self, sender: str, receiver: str, kind: str, data: bytes) -> None:
        self.sendLine(f"{sender} {receiver} {kind} ".encode() + data)


def _unescaped(data: bytes) -> bytes:
    return unquote_to_bytes(data.replace(b"+", b" "))


class Box(Running):
    """One of Kannel's daemons; it stays in the foreground."""

    @property
    def command(self) -> tuple[str, ...]:
        """The whole command line."""
        return tuple(self.words)


def _box(program: str, folder: Path, answers: Any) -> Box:
    path = _program(program)
    assert path is not None
    return Box(NETWORK, folder, (path, "kannel.conf"), answers, folder / f"{program}.log")


@define(eq=False)
class Kannel:
    """Both daemons and the phone; ``mo_url`` is what smsbox calls with inbound messages."""

    folder: Path
    mo_url: str
    ports: tuple[int, ...] = field(factory=lambda: tuple(free_ports(4)))
    phone: Phone = field(factory=Phone)
    boxes: list[Box] = field(factory=list)

    @property
    def gateway(self) -> str:
        """The base URL of sendsms."""
        return f"http://{HERE}:{self.ports[3]}"

    async def start(self) -> None:
        """Start the daemons, pick up the phone, and wait until both are seen by bearerbox."""
        admin, box, link, sendsms = self.ports
        self.folder.mkdir(parents=True)
        names = {"admin": admin, "box": box, "link": link, "sendsms": sendsms, "here": HERE, "mo": self.mo_url}
        (self.folder / "kannel.conf").write_text(DOCUMENT.format(**names, login=LOGIN, password=PASSWORD))
        status = f"http://{HERE}:{admin}/status.txt?password=status"
        await self._run(_box("bearerbox", self.folder, lambda: _says(status, "")))
        await self._run(_box("smsbox", self.folder, lambda: _says(status, "smsbox:")))
        await connectProtocol(TCP4ClientEndpoint(NETWORK, HERE, link), self.phone)
        while not await _says(status, "(online"):
            await deferLater(NETWORK, 0.05)

    async def _run(self, box: Box) -> None:
        self.boxes.append(box)
        await box.start()

    async def stop(self) -> None:
        """Hang up and end the daemons at once."""
        if self.phone.transport is not None:
            self.phone.transport.loseConnection()
        for box in reversed(self.boxes):
            await box.kill()


async def _says(url: str, word: str) -> bool:
    """Tell whether a page is there and has a word."""
    try:
        reply = await treq.get(url, timeout=5, persistent=False)
        return word in await treq.text_content(reply)
    except (ConnectError, ConnectionLost, ResponseFailed, ResponseNeverReceived):
        return False
