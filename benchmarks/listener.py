"""The listener beside a bare twisted.web resource: the same form POST, a constant answer, one run.

    python -m benchmarks.listener [SECONDS]

Each server is a process of its own and wrk another one, on a core of its own where there are two. The rounds are taken in turn
(A B A B), for machines are noisy: only the ratio counts.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from attrs import frozen

ROUNDS = 3
CONNECTIONS = 32
FORM = (
    "ToCountry=US&ToState=IN&SmsMessageSid=SM00000000000000000000000000000001&NumMedia=0&ToCity=&FromZip=46204&FromState=IN"
    "&SmsStatus=received&FromCity=INDIANAPOLIS&Body=Hello+world%2C+how+are+you%3F&FromCountry=US&To=%2B13175550100"
    "&NumSegments=1&MessageSid=SM00000000000000000000000000000001&AccountSid=AC00000000000000000000000000000001&From=%2B13175550199"
    "&ApiVersion=2010-04-01"
)
SCRIPT = f"""
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
wrk.headers["User-Agent"] = "TwilioProxy/1.1"
wrk.headers["Accept"] = "*/*"
wrk.headers["X-Twilio-Signature"] = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
wrk.body = "{FORM}"
"""


@frozen
class Round:
    """What one round of one server showed: its rate, and its processor time a request, which a busy machine spoils less."""

    rate: float
    cost: float


def main() -> None:
    """Measure both in turn and print the figures."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3
    rounds: dict[str, list[Round]] = {"bare": [], "listener": []}
    with TemporaryDirectory() as folder:
        script = Path(folder) / "post.lua"
        script.write_text(SCRIPT)
        for _ in range(ROUNDS):
            for name, found in rounds.items():
                found.append(_measure(name, script, seconds))
    for name, found in rounds.items():
        rate, cost = (median(getattr(one, what) for one in found) for what in ("rate", "cost"))
        each = ", ".join(f"{one.rate:.0f}" for one in found)
        print(f"{name:9}{rate:9.0f} requests/s{cost:9.1f} us of CPU a request   (rounds: {each})")
    by_rate, by_cost = (
        median(getattr(ours, what) / getattr(bare, what) for bare, ours in zip(rounds["bare"], rounds["listener"], strict=True))
        for what in ("rate", "cost")
    )
    print(f"ratio    {by_rate:9.2f} by rate   {1 / by_cost:9.2f} by CPU")


def _measure(name: str, script: Path, seconds: float) -> Round:
    """Run one server and load it."""
    command = [*_pin(0), sys.executable, "-m", "benchmarks.listener_servers", name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = f"http://127.0.0.1:{int(server.stdout.readline())}/mo"
            before = _spent(server.pid)
            load = [*_pin(1), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "-s", str(script), url]
            said = subprocess.run(load, check=True, capture_output=True, text=True).stdout
            spent = _spent(server.pid) - before
        finally:
            server.terminate()
    rate = re.search(r"Requests/sec:\s+([0-9.]+)", said)
    count = re.search(r"(\d+) requests in", said)
    if rate is None or count is None or "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(said)
    return Round(float(rate[1]), spent / int(count[1]) * 1e6)


def _spent(pid: int) -> float:
    """Give the processor seconds a process has used (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _pin(core: int) -> list[str]:
    """Give the command prefix that keeps a process on one core, where there are two."""
    return ["taskset", "-c", str(core)] if len(os.sched_getaffinity(0)) > 1 else []


if __name__ == "__main__":
    main()
