"""Commands of the product and of the system, run as processes, with their exit code and output."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from attrs import frozen
from twisted.internet import utils


@frozen
class Ran:
    """How a command ended and all that it said."""

    code: int
    output: str

    @property
    def short(self) -> str:
        """The exit code and the beginning of the output."""
        return f"exit {self.code}: {self.output.strip()[:600]}"


class Runs(Protocol):
    """Something that runs commands."""

    async def cicsms(self, *words: str) -> Ran:
        """Run the product's own command line."""

    async def run(self, words: Sequence[str]) -> Ran:
        """Run any command."""


@frozen
class Commands:
    """Runs commands in ``folder``."""

    reactor: Any
    folder: Path

    async def cicsms(self, *words: str) -> Ran:
        """Run ``cicsms`` with these words."""
        return await self.run([sys.executable, "-m", "cicsms", *words])

    async def run(self, words: Sequence[str]) -> Ran:
        """Run a command with no input and without colours."""
        environment = dict(os.environ) | {"NO_COLOR": "1", "COLUMNS": "400"}
        out, err, code = await utils.getProcessOutputAndValue(
            words[0], list(words[1:]), environment, str(self.folder), self.reactor, stdinBytes=b""
        )
        return Ran(code, (out + err).decode("utf-8", "replace"))
