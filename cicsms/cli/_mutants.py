"""The mutation gate on the screen: a bar while it runs, then a line for each broker and the survivors."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cicsms.profile.mutant_gate import ENOUGH, Score, Work, overall, plan, scores, work
from cicsms.profile.mutant_survivors import Explained
from cicsms.profile.mutant_trial import Fate, Trial


def gate(glob: str, sample: int, seed: int, jobs: int) -> int:
    """Run the gate and tell the outcome; return the exit code."""
    pieces = plan(glob, sample, seed)
    if not pieces:
        click.echo(f"No broker with evidence is called '{glob}'.", err=True)
        return 2
    trials = _run(pieces, jobs)
    explained = Explained.load()
    listed, left = scores(trials, explained)
    everything = overall(listed)
    for trial in sorted(left, key=lambda trial: (trial.broker, trial.where)):
        click.echo(f"{trial.where}: survived: {trial.name}")
    for trial in trials:
        if trial.fate is Fate.CRASHED:
            click.echo(f"{trial.where}: killed by a crash: {trial.name}: {trial.by}")
    for score in sorted(listed, key=lambda score: score.broker):
        click.echo(_line(score))
    click.echo(_line(everything))
    stale = [] if sample else explained.stale({score.broker for score in listed} | ({""} if glob == "*" else set()))
    for finding in stale:
        click.echo(str(finding))
    return 1 if stale or everything.passed < ENOUGH else 0


def _line(score: Score) -> str:
    return (
        f"{score.broker:16} {score.total:6} mutants  {score.killed / max(score.total, 1):6.1%} killed "
        f"({score.red} red, {score.refused} refused, {score.crashed} crashed)  "
        f"{score.explained} explained  {score.survived} survived  {score.passed:6.1%}"
    )


def _run(pieces: list[Work], jobs: int) -> list[Trial]:
    """Do the pieces in several processes; the bar shows mutants, not pieces."""
    columns = (TextColumn("mutants"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    total = sum(len(piece.indexes) for piece in pieces)
    trials: list[Trial] = []
    with (
        Progress(*columns, console=Console(stderr=True), transient=True) as progress,
        ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool,
    ):
        task = progress.add_task("", total=total)
        for future in as_completed(sizes := {pool.submit(work, piece): len(piece.indexes) for piece in pieces}):
            trials += future.result()
            progress.advance(task, sizes[future])
    return trials
