"""A real squid on loopback: Basic credentials, in clear and over TLS, in a folder of its own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from subprocess import run
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from cicsms.certs import pem
from cicsms.certs.issue import Issued
from cicsms.conformance.peer.ports import HERE, free_ports

PROGRAM = shutil.which("squid", path="/usr/sbin:/usr/bin:/sbin:/usr/local/sbin")
MISSING = "" if PROGRAM else "squid is not installed (Debian and Ubuntu: apt-get install squid)"
_HELPER = "/usr/lib/squid/basic_ncsa_auth"
_CONFIGURATION = """
http_port {here}:{clear}
https_port {here}:{secure} tls-cert={folder}/fullchain.pem tls-key={folder}/server.key
auth_param basic program {helper} {folder}/passwords
auth_param basic children 2 startup=1
acl known proxy_auth REQUIRED
acl closed port 1
http_access deny closed
http_access allow known
http_access deny all
cache deny all
access_log stdio:{folder}/access.log
cache_log {folder}/cache.log
pid_filename {folder}/squid.pid
coredump_dir {folder}
netdb_filename none
pinger_enable off
visible_hostname squid.test
shutdown_lifetime 0 seconds
max_filedescriptors 1024
"""


class Squid(ProcessProtocol):
    """A squid that knows some logins; ``clear`` and ``secure`` are its ports, in clear and over TLS."""

    def __init__(self, chain: Issued, passwords: dict[str, str]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="squid-"))
        self.folder.chmod(0o777)  # squid started by root works as another user
        self.clear, self.secure = free_ports(2)
        self._ready: Deferred[None] = Deferred()
        self._ended: Deferred[None] = Deferred()
        self._said = b""
        self._write("fullchain.pem", pem.of_certificates(chain.sent))
        self._write("server.key", pem.of_key(chain.key))
        self._write("passwords", "".join(f"{login}:{_hashed(word)}\n" for login, word in passwords.items()).encode())
        words = {"here": HERE, "clear": self.clear, "secure": self.secure, "folder": self.folder, "helper": _HELPER}
        self._write("squid.conf", _CONFIGURATION.format(**words).encode())

    def _write(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)

    async def start(self, reactor: Any, cleanup: Callable[..., object]) -> None:
        """Start it, and stop it when the test ends."""
        cleanup(self.stop)
        words = [str(PROGRAM), "-N", "-d", "1", "-f", str(self.folder / "squid.conf")]
        reactor.spawnProcess(self, words[0], words, env={"PATH": "/usr/sbin:/usr/bin:/bin"}, path=str(self.folder))
        await self._ready

    def stop(self) -> Deferred[None]:
        """Stop it; fires when it is gone."""
        if self.transport is not None:
            with suppress(ProcessExitedAlready):
                self.transport.signalProcess("TERM")
        return self._ended.addCallback(lambda _: shutil.rmtree(self.folder, ignore_errors=True))

    def log(self) -> list[str]:
        """Return what it has noted of requests, a line each."""
        return (self.folder / "access.log").read_text().splitlines()

    def errReceived(self, data: bytes) -> None:
        """Wait for both ports."""
        self._said += data
        if self._said.count(b"Accepting") >= 2 and not self._ready.called:
            self._ready.callback(None)

    def processEnded(self, reason: Failure) -> None:
        """Note its end; before it was ready it is a failure, with what was said."""
        if not self._ready.called:
            self._ready.errback(RuntimeError(self._said.decode("utf-8", "replace")))
        self._ended.callback(None)


def _hashed(word: str) -> str:
    """Hash a password as squid's helper reads it."""
    return run(["openssl", "passwd", "-1", "-stdin"], input=word, capture_output=True, text=True, check=True).stdout.strip()
