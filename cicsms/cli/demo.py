"""``cicsms demo``: server and emulator on this machine, judged by the conformance suite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from twisted.internet.defer import Deferred

from cicsms.cli._react import reacted
from cicsms.cli.conformance import rendered
from cicsms.conformance.plan import Selection
from cicsms.conformance.report.progress import telling
from cicsms.conformance.result import Report
from cicsms.demo import Stage, lay


@click.command()
@click.option("--stay", is_flag=True, help="Leave both processes up afterwards, until Ctrl-C.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path(".demo"),
    show_default=True,
    help="For all files; emptied.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="What the standards leave open varies by it.")
@click.option("--parallel", type=click.IntRange(1, 64), default=6, show_default=True, help="Cases at once.")
def command(stay: bool, folder: Path, seed: int, parallel: int) -> int:
    r"""Start server and emulator on this machine, run every conformance case, print the matrix.

    \b
    cicsms demo
    cicsms demo --stay

    Exit codes are those of "cicsms conformance run".
    """
    found: list[Report] = []
    home = folder.absolute()

    async def main(reactor: Any) -> None:
        """Start both, judge, and stay where that was asked for."""
        stage = lay(reactor, home)
        reactor.addSystemEventTrigger("before", "shutdown", lambda: Deferred.fromCoroutine(stage.stop()))
        click.echo("Starting server and emulator ...")
        await stage.start()
        with telling(Console(), click.echo) as listener:
            found.append(await stage.judge(reactor, Selection((), (), ("http", "https"), seed, parallel), listener))
        rendered(found[0], stage.folder / "conformance", None)
        _told(stage)
        if stay:
            click.echo("Both stay up. Press Ctrl-C to end.")
            await Deferred()

    reacted(main)
    return found[0].exit_code() if found else 130


def _told(stage: Stage) -> None:
    """Say where everything is."""
    target = stage.target
    click.echo(f"server:   {target.server.api}/api/v1/health   (token in {stage.folder / 'site.toml'})")
    click.echo(f"emulator: {target.emulator.control}/")
    click.echo(f"logs:     {stage.folder / 'server.log'}  {stage.folder / 'emulator.log'}")
