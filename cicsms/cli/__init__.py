"""The command line: ``main`` is the door; every module beside this one holds one verb, as its ``command``."""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module
from typing import Any

import click

from cicsms.model.errors import CicsmsError, Rejected

EX_USAGE = 64
"""The exit code for a command that was typed wrongly (sysexits.h)."""


class Verbs(click.Group):
    """A group whose commands are the modules of this package, imported when they are asked for.

    A module without an underscore before its name is a verb of that name (``_`` reads as ``-``); its click command is
    called ``command``.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every verb."""
        names = (found.name for found in pkgutil.iter_modules(__path__))
        return sorted(name.replace("_", "-") for name in names if not name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one verb and return its command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"{__name__}.{cmd_name.replace('-', '_')}").command
        return command

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command line and leave the process: the one place where errors become exit codes."""
        extra["standalone_mode"] = False
        try:
            result = super().main(*args, **extra)
        except click.UsageError as wrong:
            wrong.show()
            sys.exit(EX_USAGE)
        except click.ClickException as failed:
            failed.show()
            sys.exit(failed.exit_code)
        except click.Abort:
            click.echo("Stopped.", err=True)
            sys.exit(130)
        except Rejected as refused:
            click.echo(str(refused), err=True)
            sys.exit(1)
        except CicsmsError as refused:
            click.echo(f"cicsms: {refused}", err=True)
            sys.exit(1)
        sys.exit(result if isinstance(result, int) else 0)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="cicsms", prog_name="cicsms")
def main() -> None:
    """SMS server between brokers and people, with the brokers' emulator and a conformance suite.

    The server and the emulator run under twistd: "twistd -n cicsms --help", "twistd -n cicsms-emulator --help".
    """
