"""The listener under our TLS beside a stock twisted.web site under stock TLS: requests on kept connections, and handshakes.

    python -m benchmarks.tls [SECONDS]

The rounds are taken in turn (A B A B), for machines are noisy: only the ratio counts. Both serve the same chain (ECDSA P-256).
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from twisted.internet import reactor as installed
from twisted.internet.endpoints import TCP4ServerEndpoint, wrapServerTLS
from twisted.internet.interfaces import IListeningPort, IOpenSSLServerConnectionCreator, IProtocolFactory
from twisted.internet.ssl import CertificateOptions

from benchmarks.listener import SCRIPT
from benchmarks.listener_servers import bare, listener
from benchmarks.load import Round, process, ratio, show, wrk
from cicsms.certs.folder import provide
from cicsms.web.listener import BrokerPort
from cicsms.web.tls import ServerContexts, read_credentials

ROUNDS = 3
CONNECTIONS = 32
CLOSING = SCRIPT + 'wrk.headers["Connection"] = "close"\n'
reactor = cast(Any, installed)


def main() -> None:
    """Measure both in turn, kept connections first, then one handshake a request, and print the figures."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3
    with TemporaryDirectory() as folder:
        provide(Path(folder), hosts=["localhost"], now=datetime.now(UTC))
        for title, script in (("kept connections", SCRIPT), ("a handshake a request", CLOSING)):
            path = Path(folder) / "post.lua"
            path.write_text(script)
            rounds: dict[str, list[Round]] = {"bare": [], "listener": []}
            for _ in range(ROUNDS):
                for name, found in rounds.items():
                    found.append(measure(name, path, seconds, folder))
            print(title)
            for name, found in rounds.items():
                show(name, found)
            print(f"ratio: {ratio(rounds['listener'], rounds['bare'])}")


def measure(name: str, script: Path, seconds: float, folder: str) -> Round:
    """Run one of the servers and load it."""
    with process([sys.executable, "-m", "benchmarks.tls", "--serve", name, folder]) as server:
        assert server.stdout is not None
        return wrk(f"https://127.0.0.1:{int(server.stdout.readline())}/mo", script, seconds, CONNECTIONS, server.pid)


def serve(name: str, folder: Path) -> None:
    """Serve until the process is ended."""
    credentials = read_credentials(folder / "fullchain.pem", folder / "server.key")
    ours = name == "listener"
    contexts: IOpenSSLServerConnectionCreator = ServerContexts(credentials) if ours else stock(credentials)
    endpoint = wrapServerTLS(contexts, TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1"), clock=reactor)
    endpoint.listen(behind_tls() if ours else bare()).addCallback(told)
    reactor.run()


def behind_tls() -> IProtocolFactory:
    """Make the broker port that knows of the TLS around it."""
    factory = cast(BrokerPort, listener())
    factory.scheme = "https"
    return factory


def told(port: IListeningPort) -> None:
    """Print the port."""
    print(cast(Any, port).getHost().port, flush=True)


def stock(credentials: Any) -> CertificateOptions:
    """Make what anybody would use who follows Twisted's documentation."""
    return CertificateOptions(
        privateKey=credentials.key, certificate=credentials.certificate, extraCertChain=list(credentials.chain)
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2], Path(sys.argv[3]))
    else:
        main()
