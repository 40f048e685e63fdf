"""The webhooks of a profile: inbound messages and receipts, read, answered and written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import evolve

from cicsms.model.message import Concat, Mo, Mt, Receipt
from cicsms.model.wire import Headers, HttpReply, HttpRequest
from cicsms.profile import fields, urls
from cicsms.profile.answers import test
from cicsms.profile.callbacks import CallbackTemplate
from cicsms.profile.node import Node
from cicsms.profile.pairs import Pairs
from cicsms.profile.proving import Verification
from cicsms.profile.shapes import Shape
from cicsms.profile.states import States
from cicsms.profile.submissions import NotWritable
from cicsms.profile.templates import Scope, template
from cicsms.profile.values import NotReadable
from cicsms.profile.wires import Wire

_BUSY: Headers = ((b"Content-Type", b"text/plain"), (b"Retry-After", b"5"))
_REPLIES = {
    "taken": HttpReply(200),
    "refused": HttpReply(400, ((b"Content-Type", b"text/plain"),), b"This request cannot be read.\n"),
    "busy": HttpReply(503, _BUSY, b"Busy, please try again.\n"),
}


def _replies(node: Node) -> dict[str, HttpReply]:
    """Return our answers by outcome: the definition's, else plain ones."""
    out = dict(_REPLIES)
    for reply in node.all("reply"):
        kind = reply.get("type")
        headers: Headers = ((b"Content-Type", kind.encode()),) if kind else ()
        if reply.get("to") == "busy":
            headers = (*headers, (b"Retry-After", b"5"))
        out[reply.get("to")] = HttpReply(int(reply.get("status", "200")), headers, reply.text.strip().encode())
    return out


class Hook:
    """A URL of ours that the broker calls."""

    def __init__(self, node: Node, shape: str) -> None:
        self.methods = frozenset(node.get("methods", "POST").split())
        self.replies = _replies(node)
        self.shape = Shape(node, shape)
        self.verification = Verification(node, self.shape)
        self._ignored = tuple(tuple(map(test, child.all("if"))) for child in node.all("ignore"))
        self._method = node.get("methods", "POST").split()[0]

    def fields(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Return the fields of each message of a request; none of one that the definition passes over."""
        wire = Wire(request)
        if self._ignored and any(all(holds(wire) for holds in tests) for tests in self._ignored):
            return []
        return self.shape.read(wire)

    def send(self, scopes: Sequence[Scope], url: str, method: str) -> HttpRequest:
        """Return the request that calls ``url``, signed; by GET a form goes into the query."""
        method = method or self._method
        if method not in self.methods:
            raise NotWritable(f"The broker does not call by {method}.")
        scheme, authority, path, query = urls.cut(url)
        scopes = [{**scope, "count": len(scopes), "url": url} for scope in scopes]
        draft = self.shape.write(scopes)
        pieces = list(draft.query)
        if method == "GET" and draft.body:
            pieces += [
                piece
                for group in self.shape.groups
                if isinstance(group, Pairs) and not group.in_query
                for piece in group.pieces(scopes[0])
            ]
            draft.body, draft.type = b"", ""
        target = urls.target(path + ("?" + query if query else ""), pieces)
        request = HttpRequest(method, target, draft.lines(), draft.body, scheme, authority)
        request = self.verification.seal(request, scopes[0], url)
        proof = self.verification.sign(request, scopes[0], url)
        return evolve(request, headers=(*request.headers, *proof)) if proof else request


class MoHook(Hook):
    """Inbound messages."""

    def __init__(self, node: Node) -> None:
        super().__init__(node, "mo")

    def read(self, request: HttpRequest) -> tuple[Mo, ...]:
        """Return the messages of a request."""
        return tuple(map(inbound, self.fields(request)))

    def write(self, messages: Sequence[Mo], url: str, scope: Scope, method: str) -> HttpRequest:
        """Return the request that delivers the messages."""
        scopes = [{"date": scope["now"], **scope, **fields.of_mo(mo)} for mo in messages]
        return self.send(scopes, url, method)


def inbound(found: dict[str, Any]) -> Mo:
    """Return the message that read fields make; ``NotReadable`` where it has no text."""
    values = fields.attributes(found)
    count, index = found.get("concat-count"), found.get("concat-index")
    if count and index and count > 1 and "concat" not in values:
        values["concat"] = Concat(found.get("concat-reference", 0), count, index)
    network = found.get("mcc-mnc", "")
    if network and "mcc" not in values:
        values["mcc"], values["mnc"] = network[:3], network[3:]
    try:
        return Mo(**{"local": "", "remote": "", **values})
    except TypeError as error:
        raise NotReadable("The text of the message is missing.") from error


class ReceiptHook(Hook):
    """Delivery reports."""

    def __init__(self, node: Node) -> None:
        super().__init__(node, "receipt")
        self.suffixes = tuple(word for word in node.get("suffixes").split("|") if word)
        self.states = States(node.first("states") or Node("states"))
        self._template = CallbackTemplate(node)

    def read(self, request: HttpRequest) -> tuple[Receipt, ...]:
        """Return the receipts of a request."""
        word = self.word(request)
        return tuple(self._receipt({"status": word, **found} if word else found) for found in self.fields(request))

    def word(self, request: HttpRequest) -> str:
        """Return the word that the called path ends with; empty where it is none of the definition's."""
        if not self.suffixes:
            return ""
        last = request.path.rpartition(b"/")[2].decode("utf-8", "replace")
        return last if last in self.suffixes else ""

    def at(self, url: str, word: str) -> str:
        """Return the URL that is called for a word: the word stands at the end of the path."""
        base, mark, query = url.partition("?")
        return f"{base.rstrip('/')}/{word}{mark}{query}" if word in self.suffixes else url

    def _receipt(self, found: dict[str, Any]) -> Receipt:
        values = fields.attributes(found)
        status = values.pop("status", "")
        if not status:
            raise NotReadable("The delivery status is missing.")
        state, final = self.states.read(status, values.get("code", ""), values.get("said", ""))
        return Receipt(state=state, status=status, final=final, **values)

    def write_receipts(self, receipts: Sequence[Receipt], mt: Mt | None, url: str, scope: Scope, method: str) -> HttpRequest:
        """Return the request that reports them; signs in the URL are filled instead of names added."""
        scopes = [self._about(receipt, mt, scope) for receipt in receipts]
        filled = self._template.filled(url, scopes[0])
        if filled is None:
            return self.send(scopes, self.at(url, str(scopes[0].get("status", ""))), method)
        scheme, authority, path, query = urls.cut(filled)
        target = urls.target(path + ("?" + query if query else ""), [])
        return HttpRequest(method or self._method, target, (), b"", scheme, authority)

    def _about(self, receipt: Receipt, mt: Mt | None, scope: Scope) -> Scope:
        message = {f"mt.{name}": value for name, value in fields.of_mt(mt).items()} if mt else {}
        own: dict[str, Any] = {"date": scope["now"]}
        if mt:
            own |= {"remote": mt.recipient, "local": mt.sender, "reference": mt.reference}
            own = {name: value for name, value in own.items() if value}
        base = {**scope, **message, **own}
        worded = self.states.worded(receipt, lambda text: template(text)({**base, **fields.of_receipt(receipt)}) or "")
        return base | fields.of_receipt(worded)
