"""All measurements that compare, one after the other: ``python -m benchmarks``; the machine should be idle."""

from __future__ import annotations

from benchmarks import inbound, listener, sender

if __name__ == "__main__":
    print("== the listener, a constant answer")
    listener.main()
    print("== the whole server, inbound messages")
    inbound.main()
    print("== the sender beside treq")
    sender.main()
