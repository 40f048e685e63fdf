"""The command ``twistd cicsms``: its options, and the service it starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from twisted.application.service import IService
from twisted.python.usage import Options as BaseOptions
from twisted.python.usage import UsageError

from cicsms.model.errors import CicsmsError

EXAMPLES = """\
Examples:
  twistd -n cicsms --config site.toml
      Runs in the foreground, logging to the terminal; Ctrl-C stops it.
  twistd --pidfile /run/cicsms.pid --logfile /var/log/cicsms.log cicsms --config /etc/cicsms/site.toml
      Runs in the background.
  kill -HUP $(cat /run/cicsms.pid)
      Reads the configuration again; a wrong one is refused and the old one stays.

Check the files first:  cicsms config check site.toml
"""


class Options(BaseOptions):
    """The options of ``twistd cicsms``."""

    synopsis = "--config FILE"
    longdesc = "The SMS server: takes messages and receipts from brokers, sends messages through them, loses nothing."
    optParameters = (("config", "c", None, "The site file (TOML)."),)

    def postOptions(self) -> None:
        """Refuse early what can't be meant."""
        if self["config"] is None:
            raise UsageError("--config FILE is needed: the site file, for example --config site.toml")

    def getUsage(self, width: int | None = None) -> str:
        """Give the options, then examples."""
        return f"{super().getUsage(width)}\n{EXAMPLES}"


def makeService(options: Options) -> IService:
    """Make the service that twistd runs; a fault in the files ends the process with all of them listed."""
    from twisted.internet import reactor

    from cicsms.config import load_site
    from cicsms.server import build

    try:
        return build(cast(Any, reactor), load_site(Path(options["config"])))
    except CicsmsError as error:
        raise SystemExit(f"cicsms: {error}") from error
