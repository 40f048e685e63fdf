"""Real reverse proxies on loopback: nginx and HAProxy, each in a folder of its own, started and stopped by a test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import Factory, ProcessProtocol, Protocol
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from cicsms.conformance.peer.ports import HERE

_SEARCHED = "/usr/sbin:/usr/bin:/sbin:/usr/local/sbin:/usr/local/bin"
NGINX = shutil.which("nginx", path=_SEARCHED)
HAPROXY = shutil.which("haproxy", path=_SEARCHED)

_NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  {servers}
}}
"""
_HAPROXY = """
global
  maxconn 256
defaults
  mode http
  timeout connect 5s
  timeout client 20s
  timeout server 20s
{servers}
"""


class Daemon(ProcessProtocol):
    """A proxy's process: ready when its port accepts, gone when the test is over."""

    def __init__(self, words: list[str], port: int) -> None:
        self._words = words
        self._port = port
        self._ended: Deferred[None] = Deferred()
        self._said = b""
        self.over = False

    async def start(self, reactor: Any, cleanup: Callable[..., object]) -> None:
        """Start it, and stop it when the test ends."""
        cleanup(self.stop)
        reactor.spawnProcess(self, self._words[0], self._words, env={"PATH": _SEARCHED})
        way = TCP4ClientEndpoint(reactor, HERE, self._port)
        while not self.over:
            with suppress(Refused):
                knocking: Any = await way.connect(Factory.forProtocol(Protocol))
                knocking.transport.loseConnection()
                return
            await deferLater(reactor, 0.05)
        raise AssertionError(self._said.decode("utf-8", "replace"))

    def stop(self) -> Deferred[None]:
        """Stop it; fires when it is gone."""
        if self.transport is not None:
            with suppress(ProcessExitedAlready):
                self.transport.signalProcess("TERM")
        return self._ended

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        """Keep what it says."""
        self._said += data

    def processEnded(self, reason: Failure) -> None:
        """Note its end."""
        self.over = True
        self._ended.callback(None)


def nginx(folder: Path, port: int, servers: str) -> Daemon:
    """Prepare an nginx with these server blocks."""
    path = folder / "nginx.conf"
    path.write_text(_NGINX.format(folder=folder, servers=servers))
    return Daemon([str(NGINX), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(path)], port)


def haproxy(folder: Path, port: int, servers: str) -> Daemon:
    """Prepare a HAProxy with these sections."""
    path = folder / "haproxy.cfg"
    path.write_text(_HAPROXY.format(servers=servers))
    return Daemon([str(HAPROXY), "-db", "-f", str(path)], port)
