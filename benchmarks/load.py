"""Servers under load by wrk, each a process on a core of its own where there are two; figures of one round."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from attrs import frozen


@frozen
class Round:
    """What one round of one server showed: its rate, its processor time a request (us), and its 99th percentile (ms)."""

    rate: float
    cost: float
    p99: float


@contextmanager
def process(command: Sequence[str], folder: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    """Run a server on the first core; it is ended afterwards."""
    with subprocess.Popen([*pin(0), *command], stdout=subprocess.PIPE, text=True, cwd=folder) as server:
        try:
            yield server
        finally:
            server.terminate()


def wrk(url: str, script: Path, seconds: float, connections: int, pid: int) -> Round:
    """Load a server from the second core; an answer that is no 2xx, or a broken connection, spoils the run."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing. On Debian and Ubuntu: apt-get install wrk")
    before = spent(pid)
    command = [*pin(1), "wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency", "-s", str(script), url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    used = spent(pid) - before
    rate = re.search(r"Requests/sec:\s+([0-9.]+)", said)
    count = re.search(r"(\d+) requests in", said)
    slow = re.search(r"99%\s+([0-9.]+)(us|ms|s)", said)
    if rate is None or count is None or slow is None or "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(said)
    scale = {"us": 0.001, "ms": 1.0, "s": 1000.0}[slow[2]]
    return Round(float(rate[1]), used / int(count[1]) * 1e6, float(slow[1]) * scale)


def spent(pid: int) -> float:
    """Give the processor seconds a process has used (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pin(core: int) -> list[str]:
    """Give the command prefix that keeps a process on one core, where there are two."""
    return ["taskset", "-c", str(core)] if len(os.sched_getaffinity(0)) > 1 else []


def show(name: str, rounds: Sequence[Round]) -> None:
    """Print the medians of one server."""
    rate, cost, p99 = (median(getattr(one, what) for one in rounds) for what in ("rate", "cost", "p99"))
    each = ", ".join(f"{one.rate:.0f}" for one in rounds)
    print(f"{name:24}{rate:9.0f} requests/s{cost:9.1f} us of CPU a request   p99 {p99:7.1f} ms   (rounds: {each})")


def ratio(ours: Sequence[Round], bare: Sequence[Round]) -> str:
    """Say how much faster we are, round by round: by rate, and by processor time, which a busy machine spoils less."""
    pairs = list(zip(ours, bare, strict=True))
    by_rate = median(our.rate / other.rate for our, other in pairs)
    by_cost = median(other.cost / our.cost for our, other in pairs)
    return f"{by_rate:.2f} by rate, {by_cost:.2f} by CPU"
