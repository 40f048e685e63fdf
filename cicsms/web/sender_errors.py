"""The two ways in which sending fails, and the words for what the network did."""

from __future__ import annotations

from collections.abc import Callable

from OpenSSL import SSL
from twisted.internet import error
from twisted.python.failure import Failure

from cicsms.model.errors import CicsmsError


class NotSent(CicsmsError):
    """The request did not reach the other side: no connection, no TLS, or a proxy that refused. Sending again is safe."""


class NoAnswer(CicsmsError):
    """The request may have left and no whole reply came: the other side may have the message, or not."""


class NotWritable(NotSent):
    """The request can't be put on the wire as it is; it never will be."""


class ReplyUnreadable(CicsmsError):
    """The reply is no HTTP, or larger than it may be."""


def why(failure: Failure) -> str:
    """Say what a failure of the network means, as the second half of a sentence."""
    wrong = failure.value
    if isinstance(wrong, CicsmsError):
        return str(wrong).rstrip(".")
    for kinds, words in _WORDS:
        if isinstance(wrong, kinds):
            return words(wrong)
    return f"{type(wrong).__name__}: {failure.getErrorMessage()}"


def _tls(wrong: BaseException) -> str:
    """Name what OpenSSL did not like."""
    reasons = [str(reason[-1]) for reason in wrong.args[0]] if wrong.args and isinstance(wrong.args[0], list) else []
    return f"TLS failed ({'; '.join(reasons) or type(wrong).__name__})"


def _said(text: str) -> Callable[[BaseException], str]:
    """Make words that do not depend on the error."""
    return lambda _: text


_WORDS: tuple[tuple[tuple[type[BaseException], ...], Callable[[BaseException], str]], ...] = (
    ((error.DNSLookupError,), _said("its name is not known to the resolver")),
    ((error.ConnectionRefusedError,), _said("it refuses connections")),
    ((error.TimeoutError, error.TCPTimedOutError), _said("it does not answer")),
    ((error.NoRouteError,), _said("there is no route to it")),
    ((SSL.Error,), _tls),
    ((error.ConnectionDone,), _said("it closed the connection")),
    ((error.ConnectionLost, error.ConnectionAborted), _said("the connection broke")),
    ((error.ConnectError,), lambda wrong: f"it can't be reached ({wrong})"),
)
