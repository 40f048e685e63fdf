"""From the emulator's values to what the control API shows."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import urlsplit

from cicsms.emulator.entries import Entry
from cicsms.emulator.ledger import Exchange, Line
from cicsms.emulator.raw import raw_request, read_reply
from cicsms.emulator.views import EntryView, ExchangeView, MessageView, ReplyView, RequestView
from cicsms.model.wire import Headers, HttpRequest


def show_request(request: HttpRequest) -> RequestView:
    """Show a request that was only composed."""
    return _request(request.method, request.url, raw_request(request))


def show_exchange(exchange: Exchange) -> ExchangeView:
    """Show a line of the ledger."""
    took = None if exchange.ended is None else round((exchange.ended - exchange.started) * 1000, 3)
    return ExchangeView(
        id=exchange.number,
        at=exchange.at,
        direction=exchange.direction,
        kind=exchange.kind,
        broker=exchange.broker,
        attempt=exchange.attempt,
        request=_request(exchange.method, exchange.url, exchange.request),
        reply=_reply(exchange.reply) if exchange.reply else None,
        milliseconds=took,
        done=exchange.done,
        error=exchange.error,
        messages=[show_line(line) for line in exchange.lines],
    )


def show_line(line: Line) -> MessageView:
    """Show what one message says."""
    return MessageView(
        **{"from": line.sender},
        to=line.to,
        text=line.text,
        id=line.id,
        reference=line.reference,
        callback=line.callback,
        state=line.state,
        code=line.code,
    )


def show_entry(entry: Entry) -> EntryView:
    """Show a played broker, without its secrets."""
    settings = entry.settings
    return EntryView(
        name=entry.name,
        profile=entry.profile.name,
        title=entry.profile.title,
        account=settings.account,
        login=settings.login,
        local=settings.local,
        http=entry.registration("http").gateway,
        https=entry.registration("https").gateway,
        mo_url=settings.mo_url or "",
        receipt_url=settings.receipt_url or "",
    )


def _request(method: str, url: str, raw: bytes) -> RequestView:
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")[1:]
    pairs = tuple((name, value.strip(b" \t")) for name, _, value in (line.partition(b":") for line in lines))
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return RequestView(method=method, url=url, target=target, headers=_texts(pairs), body=_base64(body), raw=_base64(raw))


def _reply(raw: bytes) -> ReplyView:
    reply = read_reply(raw)
    return ReplyView(status=reply.status, headers=_texts(reply.headers), body=_base64(reply.body), raw=_base64(raw))


def _texts(headers: Headers) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


def _base64(value: bytes) -> str:
    return b64encode(value).decode("ascii")
