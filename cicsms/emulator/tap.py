"""The command ``twistd cicsms-emulator``: its options, and the service it starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.application.service import IService, MultiService
from twisted.python.usage import Options as BaseOptions
from twisted.python.usage import UsageError

from cicsms.emulator.assembly import build
from cicsms.emulator.loading import load_settings
from cicsms.emulator.ports import NotListening
from cicsms.emulator.settings import EmulatorSettings
from cicsms.model.errors import CicsmsError

EXAMPLES = """\
Examples:
  twistd -n cicsms-emulator
      Every bundled broker, at http://localhost:8290/BROKER and https://localhost:8291/BROKER;
      the page and the control API at http://localhost:8292/.
  twistd -n cicsms-emulator --config emulator.toml --seed 1
      The brokers of a file, with ids that are the same at every start.
  twistd -n cicsms-emulator --http tcp:9000 --https tcp:9001 --control tcp:9002:interface=127.0.0.1

A file may say:
  [[brokers]]
  name = "twilio"                # served under /twilio
  profile = "twilio"
  mo_url = "http://localhost:5000/sms"
  receipt_url = "http://localhost:5000/status"
"""


class Options(BaseOptions):
    """The options of ``twistd cicsms-emulator``."""

    synopsis = "[--config FILE] [--seed N] [--http ENDPOINT] [--https ENDPOINT] [--control ENDPOINT]"
    longdesc = "Plays SMS brokers and their phones on this machine, for any program that talks to brokers."
    optParameters = (
        ("config", "c", None, "The settings file (TOML); without one, every bundled broker is played."),
        ("seed", "s", None, "A whole number that makes ids the same at every start."),
        ("http", None, None, "Where brokers listen, an endpoint such as tcp:8290:interface=127.0.0.1"),
        ("https", None, None, "Where brokers listen for TLS, an endpoint such as tcp:8291:interface=127.0.0.1"),
        ("control", None, None, "Where the page and the control API are, an endpoint such as tcp:8292:interface=127.0.0.1"),
        ("certs", None, None, "The folder with the certificate for TLS, as cicsms certs issue writes it."),
    )

    def postOptions(self) -> None:
        """Refuse early what can't be meant."""
        seed = self["seed"]
        if seed is not None and not seed.lstrip("-").isdigit():
            raise UsageError("--seed wants a whole number, for example --seed 1")
        for name in ("http", "https", "control"):
            if self[name] is not None and ":" not in self[name]:
                raise UsageError(f"--{name} wants an endpoint such as tcp:8290:interface=127.0.0.1")

    def getUsage(self, width: int | None = None) -> str:
        """Give the options, then examples."""
        return f"{super().getUsage(width)}\n{EXAMPLES}"


def chosen(options: Options) -> EmulatorSettings:
    """Return the settings of the file with the options put over them; raises ``Rejected``."""
    settings = load_settings(Path(options["config"])) if options["config"] else EmulatorSettings()
    over: dict[str, Any] = {name: options[name] for name in ("http", "https", "control") if options[name] is not None}
    if options["seed"] is not None:
        over["seed"] = int(options["seed"])
    if options["certs"] is not None:
        over["certificates"] = Path(options["certs"]).absolute()
    return settings.model_copy(update=over)


class Command(MultiService):
    """The emulator as a command: a port that can't be opened ends the process with one sentence."""

    def privilegedStartService(self) -> None:
        """Open the ports, or say why not and leave."""
        try:
            super().privilegedStartService()  # type: ignore[no-untyped-call]
        except NotListening as error:
            raise SystemExit(f"cicsms-emulator: {error}") from error


def makeService(options: Options) -> IService:
    """Make the service that twistd runs; a fault in the settings ends the process with all of them listed."""
    from twisted.internet import reactor

    try:
        emulator = build(reactor, chosen(options))
    except CicsmsError as error:
        raise SystemExit(f"cicsms-emulator: {error}") from error
    command = Command()  # type: ignore[no-untyped-call]
    command.addService(emulator)  # type: ignore[no-untyped-call]
    return command
