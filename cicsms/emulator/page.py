"""The files of the control port's page, as they lie beside this module; nothing is fetched from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

_KINDS = {
    "page.html": b"text/html; charset=utf-8",
    "page.css": b"text/css; charset=utf-8",
    "page.js": b"text/javascript; charset=utf-8",
}


def _read() -> Mapping[str, tuple[bytes, bytes]]:
    folder = files("cicsms.emulator") / "static"
    return MappingProxyType({name: (kind, (folder / name).read_bytes()) for name, kind in _KINDS.items()})


FILES = _read()
"""Content type and bytes of each file by its name."""
