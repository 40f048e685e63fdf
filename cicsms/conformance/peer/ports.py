"""Free ports of the loopback interface, and one on which connecting hangs."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

HERE = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Return ports nobody listens on at this moment; all are held open until the last one is found, so they differ."""
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind((HERE, 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


@contextmanager
def black_hole() -> Iterator[int]:
    """Give a port that never answers a connection attempt: a listener whose queue is full and which nobody serves."""
    with socket.socket() as listener:
        listener.bind((HERE, 0))
        listener.listen(0)
        port = int(listener.getsockname()[1])
        waiting = [_knock(port) for _ in range(4)]
        try:
            yield port
        finally:
            for one in waiting:
                one.close()


def _knock(port: int) -> socket.socket:
    """Begin a connection and leave it there."""
    one = socket.socket()
    one.setblocking(False)
    one.connect_ex((HERE, port))
    return one


@contextmanager
def listening() -> Iterator[tuple[int, Callable[[], bool]]]:
    """Give a port, and a function that tells whether anybody knocked at it."""
    with socket.socket() as listener:
        listener.bind((HERE, 0))
        listener.listen()
        listener.setblocking(False)

        def knocked() -> bool:
            try:
                listener.accept()[0].close()
            except BlockingIOError:
                return False
            return True

        yield int(listener.getsockname()[1]), knocked
