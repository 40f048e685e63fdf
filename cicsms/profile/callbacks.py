"""Receipt URLs that are templates: the broker fills signs such as ``%d`` in the URL that the MT carried (Kannel)."""

from __future__ import annotations

import re
from typing import Any

from cicsms.profile import forms
from cicsms.profile.node import Node
from cicsms.profile.pairs import Pairs
from cicsms.profile.templates import Scope

_SIGN = re.compile(r"%([A-Za-z])(?![0-9A-Fa-f])")


class CallbackTemplate:
    """The query of a receipt as a template of signs, made from the receipt's own bindings."""

    def __init__(self, receipt: Node) -> None:
        query = receipt.first("query") or Node("query")
        self._pairs = Pairs(query, "receipt")
        self._rows = [(entry, entry.node.get("name"), entry.node.get("sign")) for entry in self._pairs.rows]
        own = next((name for entry, name, _ in self._rows if entry.field == "reference"), "")
        self._reference = own.encode()

    def extended(self, url: str, reference: str, scope: Scope) -> str:
        """Return the URL to send: one that holds signs already as it is, else with the receipt's names and signs added."""
        if _SIGN.search(url):
            return url
        pieces = [f"{name}={sign}" for _, name, sign in self._rows if sign]
        own = [(name, entry.write(scope)) for entry, name, _ in self._rows if entry.node.get("proof") == "yes"]
        pieces += [f"{name}={forms.escape(str(value).encode(), '%20')}" for name, value in own if value is not None]
        if reference:
            pieces.insert(0, f"{self._reference.decode()}={forms.escape(reference.encode(), '%20')}")
        return url + ("&" if "?" in url else "?") + "&".join(pieces) if pieces else url

    def taken_apart(self, url: str) -> tuple[str, str]:
        """Return (URL, reference) from which ``extended`` makes ``url``; any other template stays as it is."""
        reference = forms.split(url.partition("?")[2].encode()).get(self._reference, b"").decode("utf-8", "replace")
        added = self.extended("", reference, {})[1:]
        base = url.removesuffix(added)[:-1] if added and url.endswith(added) else ""
        return (base or url), reference

    def filled(self, url: str, scope: Scope) -> str | None:
        """Return the URL with every sign replaced by its value; ``None`` where the URL has no signs."""
        if not _SIGN.search(url):
            return None
        values: dict[str, Any] = {sign[1:]: entry.write(scope) for entry, _, sign in self._rows if sign}

        def fill(found: re.Match[str]) -> str:
            value = values.get(found[1])
            return "" if value is None else forms.escape(str(value).encode(), self._pairs.blank)

        return _SIGN.sub(fill, url)
