"""The whole server taking inbound messages, beside a bare twisted.web resource that answers the same POST with a constant.

    python -m benchmarks.inbound [SECONDS]

What the server acknowledges is verified, read by the profile, routed and committed; afterwards its API is asked how much it
kept, and that must be every request that was answered. Start-up and idle memory are printed, too.
"""

from __future__ import annotations

import json
import socket
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

from attrs import frozen

from benchmarks.listener import measure
from benchmarks.load import Round, process, ratio, show, wrk
from cicsms.model.message import Mo
from cicsms.model.wire import HttpRequest
from cicsms.profile import Catalogue, Facts, Registration

ROUNDS = 3
MESSAGES = 150_000
TOKEN = "benchmark-token"
HERE = "127.0.0.1"
LAUNCH = "import sys; from twisted.scripts.twistd import run; sys.argv[0] = 'twistd'; run()"
PROFILES = ("twilio", "kannel")

SITE = """
interface = "127.0.0.1"
api = {{ endpoint = "tcp:{api}:interface=127.0.0.1", token = "{token}" }}
"""
CONFIGURATION = """
default_inbound_route = {{ kind = "queue", workgroup = "all" }}
workgroups = [{{ name = "all" }}]
[[brokers]]
name = "twilio"
profile = "twilio"
encryption = "none"
public_url = "http://sms.example.com"
accounts = [
  {{ id = "AC0", login = "AC0", password = "a-token", local_addresses = [{{ address = "+15550100001" }}] }},
]
mo = {{ port = {mo}, path = "/twilio", receipt_path = "/twilio/receipts" }}
[[brokers]]
name = "kannel"
profile = "kannel"
accounts = [{{ id = "main", local_addresses = [{{ address = "12345" }}] }}]
mo = {{ port = {mo}, path = "/kannel", receipt_path = "/kannel/receipts" }}
"""


@frozen
class Server:
    """A server process that is up."""

    pid: int
    mo: int
    api: int
    started: float

    def kept(self) -> int:
        """Count the entries the journal has kept."""
        request = urllib.request.Request(f"http://{HERE}:{self.api}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        text = urllib.request.urlopen(request, timeout=30).read().decode()
        return int(sum(float(line.split()[-1]) for line in text.splitlines() if 'fate="taken"' in line))

    def memory(self) -> float:
        """Give the resident memory in MB (proc(5))."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


@contextmanager
def serving() -> Iterator[Server]:
    """Start a server in a folder of its own; it is up when its API answers."""
    mo, api = _free(2)
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "site.toml").write_text(SITE.format(api=api, token=TOKEN))
        (folder / "configuration.toml").write_text(CONFIGURATION.format(mo=mo))
        command = [sys.executable, "-c", LAUNCH, "-n", "--pidfile=", "--logfile=log", "cicsms", "--config", "site.toml"]
        began = time.monotonic()
        with process(command, folder) as running:
            while not _answers(mo):
                if running.poll() is not None or time.monotonic() - began > 60:
                    raise SystemExit((folder / "log").read_text() if (folder / "log").exists() else "the server did not start")
                time.sleep(0.01)
            yield Server(running.pid, mo, api, time.monotonic() - began)


def script(folder: Path, profile: str) -> Path:
    """Write a wrk script that posts different messages of a profile, signed; more than one round can send."""
    found = Catalogue.load().profile(profile)
    registration = Registration("AC0", "AC0", "a-token", mo_url=f"http://sms.example.com/{profile}", local="+15550100001")
    messages, path = folder / f"{profile}.http", folder / f"{profile}.lua"
    with messages.open("wb") as out:
        random = Random(1)
        facts = Facts(datetime(2026, 1, 1, tzinfo=UTC), random)
        for number in range(MESSAGES):
            mo = Mo(f"+1555{number:07d}", "+15550100001", "Hello world, how are you?", found.new_id(random, "mo"))
            out.write(_raw(found.write_mo(mo, registration, facts)) + b"\0")
    path.write_text(_LUA % json.dumps(str(messages)))
    return path


_LUA = """
local file = io.open(%s, "rb")
local text = file:read("*a")
file:close()
local messages = {}
for message in string.gmatch(text, "([^%%z]+)") do messages[#messages + 1] = message end
local turn = 0
request = function()
  turn = turn + 1
  return messages[turn]
end
"""


def _raw(request: HttpRequest) -> bytes:
    headers = b"".join(
        b"%b: %b\r\n" % header for header in request.headers if header[0].lower() not in (b"host", b"content-length")
    )
    length = b"Content-Length: %d\r\n" % len(request.body) if request.method == "POST" else b""
    return b"%b %b HTTP/1.1\r\nHost: localhost\r\n%b%b\r\n%b" % (
        request.method.encode(), request.target, headers, length, request.body,
    )  # fmt: skip


def _free(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind((HERE, 0))
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports


def _answers(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex((HERE, port)) == 0


def main() -> None:
    """Measure in turn and print the figures."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3
    for connections in (32, 256):
        compare(seconds, connections)
    starts, memories = zip(*(_start() for _ in range(ROUNDS)), strict=True)
    print(f"start to listening: {median(starts):.2f} s; idle memory: {median(memories):.0f} MB")


def _start() -> tuple[float, float]:
    with serving() as server:
        time.sleep(1)
        return server.started, server.memory()


def compare(seconds: float, connections: int) -> None:
    """Measure bare and every profile in turn, with so many connections."""
    rounds: dict[str, list[Round]] = {name: [] for name in ("bare", *PROFILES)}
    print(f"{connections} connections:")
    with TemporaryDirectory() as name:
        from benchmarks.listener import SCRIPT

        folder = Path(name)
        bare = folder / "bare.lua"
        bare.write_text(SCRIPT)
        scripts = {profile: script(folder, profile) for profile in PROFILES}
        for _ in range(ROUNDS):
            rounds["bare"].append(measure("bare", bare, seconds, connections))
            for profile in PROFILES:
                rounds[profile].append(_whole(profile, scripts[profile], seconds, connections))
    for name, found in rounds.items():
        show(f"MO acknowledged, {name}" if name != "bare" else "bare twisted.web", found)
    for profile in PROFILES:
        print(f"ratio {profile}: {ratio(rounds[profile], rounds['bare'])}")


def _whole(profile: str, path: Path, seconds: float, connections: int) -> Round:
    with serving() as server:
        found = wrk(f"http://{HERE}:{server.mo}/{profile}", path, seconds, connections, server.pid)
        if server.kept() < found.rate * seconds * 0.9:
            raise SystemExit(f"the server acknowledged more than it kept: {server.kept()}")
        return found


if __name__ == "__main__":
    main()
