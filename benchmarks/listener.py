"""The listener beside a bare twisted.web resource: the same form POST, a constant answer, one run.

    python -m benchmarks.listener [SECONDS]

The rounds are taken in turn (A B A B), for machines are noisy: only the ratio counts.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.load import Round, process, ratio, show, wrk

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
    rounds: dict[str, list[Round]] = {"bare": [], "listener": []}
    with TemporaryDirectory() as folder:
        script = Path(folder) / "post.lua"
        script.write_text(SCRIPT)
        for _ in range(ROUNDS):
            for name, found in rounds.items():
                found.append(measure(name, script, seconds, CONNECTIONS))
    for name, found in rounds.items():
        show(name, found)
    print(f"ratio: {ratio(rounds['listener'], rounds['bare'])}")


def measure(name: str, script: Path, seconds: float, connections: int) -> Round:
    """Run one of ``benchmarks.listener_servers`` and load it."""
    with process([sys.executable, "-m", "benchmarks.listener_servers", name]) as server:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}/mo"
        return wrk(url, script, seconds, connections, server.pid)


if __name__ == "__main__":
    main()
