"""A PostgreSQL of the test's own: a cluster in a temporary folder, listening on loopback, run by an ordinary user."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

USER = "postgres"


@cache
def binaries() -> Path | None:
    """Give the folder of the newest server binaries on this machine; ``None`` where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: path.parts[-3].zfill(4))
    if found:
        return found[-1].parent
    beside = shutil.which("initdb")
    return Path(beside).resolve().parent if beside else None


def _account() -> pwd.struct_passwd | None:
    """Give the ordinary user that the server runs as; it refuses to run as root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    return next((entry for entry in pwd.getpwall() if entry.pw_name in (USER, "nobody")), None)


def missing() -> str:
    """Say what is missing on this machine; empty when tests can run."""
    if binaries() is None:
        return "no PostgreSQL server is installed here (Debian: apt-get install postgresql)"
    return "" if _account() else "PostgreSQL refuses to run as root, and there is no user postgres or nobody here"


class Cluster:
    """A running server; ``stop`` ends it and removes its folder."""

    def __init__(self) -> None:
        self._folder = Path(mkdtemp(prefix="cicsms-pg-"))
        account = _account()
        assert account is not None
        self._account = account
        os.chown(self._folder, account.pw_uid, account.pw_gid)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self._run("initdb", ["-D", str(self._folder / "data"), "-U", "cicsms", "-A", "trust", "-E", "UTF8", "--locale=C"])
        options = f"-c listen_addresses=127.0.0.1 -c port={self._port} -c unix_socket_directories='' -c shared_buffers=16MB"
        self._run("pg_ctl", ["-D", str(self._folder / "data"), "-w", "-l", str(self._folder / "log"), "-o", options, "start"])

    @property
    def url(self) -> str:
        """The URL of its database."""
        return f"postgresql://cicsms@127.0.0.1:{self._port}/postgres"

    def stop(self, mode: str = "immediate") -> None:
        """End the server and remove what it wrote."""
        self._run("pg_ctl", ["-D", str(self._folder / "data"), "-w", "-m", mode, "stop"])
        shutil.rmtree(self._folder, ignore_errors=True)

    def restart(self) -> None:
        """End the server as a crash would, and start it again."""
        self._run(
            "pg_ctl", ["-D", str(self._folder / "data"), "-w", "-m", "immediate", "-l", str(self._folder / "log"), "restart"]
        )

    def _run(self, program: str, arguments: Sequence[str]) -> None:
        """Run one of its programs as the ordinary user."""
        folder = binaries()
        assert folder is not None
        root = os.geteuid() == 0
        subprocess.run(
            [str(folder / program), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            user=self._account.pw_uid if root else None,
            group=self._account.pw_gid if root else None,
            extra_groups=[] if root else None,
        )


@cache
def cluster() -> Cluster:
    """Give the cluster of this test run, started at the first need and stopped when the run ends."""
    from atexit import register

    started = Cluster()
    register(started.stop)
    return started
