"""Steps of a long piece of work: shown while they run, timed, and named with their log when one fails."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from contracts.errors import AtalayaError

Report = Callable[[float, str], None]


class StepFailedError(AtalayaError):
    """A step failed; says which, why, and where its log is."""

    def __init__(self, step: str, cause: BaseException, log: Path) -> None:
        super().__init__(f"Step {step!r} failed: {cause}", hint=f"Its log: {log}")
        self.step = step
        self.log = log


@dataclass
class Journal:
    """Runs steps one after another; `seconds` has each one's duration."""

    console: Console
    logs: Path
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str, title: str) -> Iterator[Report]:
        """One step with its progress bar; the given function takes a share of 1 and a few words.

        Raises StepFailedError for whatever the step raises, after writing it to the step's log.
        """
        started = monotonic()
        columns = (
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description}"),
            BarColumn(24),
            TextColumn("[dim]{task.fields[note]}"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console, disable=not self.console.is_terminal) as progress:
            task = progress.add_task(f"{title:<44}", total=1.0, note="")
            try:
                yield lambda share, note: progress.update(task, completed=min(share, 0.99), note=note[:60])
            except Exception as error:
                raise StepFailedError(name, error, self._write(name, error)) from error
            progress.update(task, completed=1.0)
        self.seconds[name] = round(monotonic() - started, 1)
        if not self.console.is_terminal:
            self.console.print(f"✓ {title}: {self.seconds[name]} s", highlight=False)

    def log_of(self, name: str) -> Path:
        """Where a step writes what it does."""
        self.logs.mkdir(parents=True, exist_ok=True)
        return self.logs / f"{name}.log"

    def _write(self, name: str, error: Exception) -> Path:
        log = self.log_of(name)
        with log.open("a", encoding="utf-8") as stream:
            traceback.print_exception(error, file=stream)
        return log
