"""All measurements that compare, one after the other: ``python -m benchmarks``; the machine should be idle."""

from __future__ import annotations

import subprocess
import sys

PARTS = {
    "listener": "the listener beside twisted.web, a constant answer",
    "tls": "the same under TLS: requests on kept connections, and handshakes",
    "inbound": "the whole server beside twisted.web, inbound messages; start-up and memory",
    "profile": "a profile beside functions written by hand",
    "sender": "the sender beside a treq loop",
}

if __name__ == "__main__":
    for name, title in PARTS.items():
        print(f"== {title}", flush=True)
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)
