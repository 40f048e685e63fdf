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


def main() -> None:
    """Measure both in turn and print the figures."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3
    rates: dict[str, list[float]] = {"bare": [], "listener": []}
    with TemporaryDirectory() as folder:
        script = Path(folder) / "post.lua"
        script.write_text(SCRIPT)
        for _ in range(ROUNDS):
            for name, found in rates.items():
                found.append(_measure(name, script, seconds))
    bare, ours = median(rates["bare"]), median(rates["listener"])
    for name, found in rates.items():
        print(f"{name:9}{median(found):9.0f} requests/s   (rounds: {', '.join(f'{rate:.0f}' for rate in found)})")
    print(f"ratio    {ours / bare:9.2f}")


def _measure(name: str, script: Path, seconds: float) -> float:
    """Run one server and load it; give its requests per second."""
    with subprocess.Popen(
        [*_pin(0), sys.executable, "-m", "benchmarks.listener_servers", name], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            url = f"http://127.0.0.1:{int(server.stdout.readline())}/mo"
            load = [*_pin(1), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "-s", str(script), url]
            said = subprocess.run(load, check=True, capture_output=True, text=True).stdout
        finally:
            server.terminate()
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(said)
    found = re.search(r"Requests/sec:\s+([0-9.]+)", said)
    if found is None:
        raise SystemExit(said)
    return float(found[1])


def _pin(core: int) -> list[str]:
    """Give the command prefix that keeps a process on one core, where there are two."""
    return ["taskset", "-c", str(core)] if len(os.sched_getaffinity(0)) > 1 else []


if __name__ == "__main__":
    main()
