"""The servers that ``benchmarks.listener`` compares; each prints its port and serves until it is ended."""

from __future__ import annotations

import os
import sys
from typing import Any, cast

from twisted.internet import reactor as installed
from twisted.internet.interfaces import IProtocolFactory
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from cicsms.model.settings import Limits
from cicsms.model.wire import HttpReply
from cicsms.web.listener import BrokerPort
from cicsms.web.paths import Endpoint, PathTable

reactor = cast(Any, installed)
ANSWER = b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


class Bare(Resource):
    """What anybody would write first: a resource that answers a POST with a constant."""

    isLeaf = True

    def render_POST(self, request: Request) -> bytes:
        """Answer."""
        request.setHeader(b"content-type", b"text/xml")
        return ANSWER


def bare() -> IProtocolFactory:
    """A stock twisted.web site, with its access log as it comes."""
    return Site(cast(Any, Bare)(), logPath=os.devnull)


def listener() -> IProtocolFactory:
    """A broker port whose endpoint answers a constant."""
    reply = HttpReply(200, ((b"Content-Type", b"text/xml"),), ANSWER)
    endpoint = Endpoint(frozenset({"POST"}), "bench", lambda request: reply)
    return BrokerPort(reactor, PathTable([("/mo", endpoint)]), Limits())


def main() -> None:
    """Serve what the command line names."""
    factory = {"bare": bare, "listener": listener}[sys.argv[1]]()
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    print(port.getHost().port, flush=True)
    reactor.run()


if __name__ == "__main__":
    main()
