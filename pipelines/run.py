"""`python -m pipelines.run --job main_line`: run a Dagster job here, saying what happens, and fail with its reason."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
import uuid
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

from contracts.errors import AtalayaError, ConfigurationError, PermanentError
from contracts.settings import Settings, load_settings
from pipelines.instance import open_instance

if TYPE_CHECKING:
    from pathlib import Path

    from dagster import EventLogEntry, JobDefinition

_log = logging.getLogger(__name__)

Progress = Callable[[str], None]

# Dagster's name of the severity that a run may not end well with; a warning is told and left.
_ERROR = "ERROR"

# What single steps import when they need it, 15 s together.
_HEAVY = ("great_expectations.expectations", "feast", "mlflow.onnx", "lightgbm", "optbinning")


@dataclass(frozen=True)
class Check:
    """The outcome of an asset check; a failed one of severity ERROR stops what stands on the asset if it is blocking."""

    asset: str
    name: str
    passed: bool
    severity: str
    description: str = ""

    def __str__(self) -> str:
        """As people read it."""
        return f"{self.name} of {self.asset}"

    @property
    def told(self) -> str:
        """With what it found, where it says so."""
        return f"{self} ({self.description.rstrip('.')})" if self.description else str(self)


@dataclass
class RunSummary:
    """What a run did: seconds by step, materialised assets, checks, and the first failure with its trace."""

    run_id: str
    seconds: dict[str, float] = field(default_factory=dict)
    assets: list[str] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    failure: str = ""
    trace: str = ""

    @property
    def failed_checks(self) -> list[Check]:
        """Checks that did not hold, warnings included."""
        return [check for check in self.checks if not check.passed]


def run_job(
    settings: Settings, job_name: str, progress: Progress = lambda _line: None, assets: Iterable[str] = ()
) -> RunSummary:
    """Run a job in this process; `assets` ('silver/labels') narrow it down, `progress` is told of each step's end.

    Raises ConfigurationError for an unknown job, and PermanentError naming the first step that failed and the log
    that holds its trace, or every check of severity ERROR that does not hold.
    """
    summary = RunSummary(run_id=str(uuid.uuid4()))
    with open_instance(settings) as instance:
        from dagster import AssetKey  # noqa: PLC0415 - 1.5 s, after the instance's home is known

        job = _find_job(job_name)
        instance.add_event_listener(summary.run_id, lambda entry: _note(summary, entry, progress))
        result = job.execute_in_process(
            run_id=summary.run_id,
            instance=instance,
            raise_on_error=False,
            asset_selection=[AssetKey.from_user_string(asset) for asset in assets] or None,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    if not result.success:
        log = _keep_trace(settings, summary)
        raise PermanentError(f"{summary.failure or 'The run failed'}.", hint=f"The trace is in {log}.")
    if broken := [check.told for check in summary.failed_checks if check.severity == _ERROR]:
        raise PermanentError(
            f"Job {job_name!r} ran, but checks do not hold: {'; '.join(broken)}.",
            hint=f"What each of them found is in Dagster ('./atalaya open dagster'), run {summary.run_id}.",
        )
    return summary


def _find_job(name: str) -> JobDefinition:
    from pipelines.definitions import definitions  # noqa: PLC0415 - heavy, and it needs the instance's home

    known = {job.name for job in definitions.get_repository_def().get_all_jobs()}
    if name not in known:
        raise ConfigurationError(f"There is no job {name!r}.", hint=f"There are {', '.join(sorted(known))}.")
    return definitions.resolve_job_def(name)


def _note(summary: RunSummary, entry: EventLogEntry, progress: Progress) -> None:
    """Take from one event of the run what a person or the summary needs."""
    event = entry.dagster_event
    if event is None:
        return
    step = event.step_key or ""
    if event.is_step_materialization and event.asset_key:
        summary.assets.append(event.asset_key.to_user_string())
    elif event.event_type_value == "ASSET_CHECK_EVALUATION":
        found = event.asset_check_evaluation_data
        check = Check(
            *(found.asset_key.to_user_string(), found.check_name, found.passed, found.severity.value),
            found.description or "",
        )
        summary.checks.append(check)
        if not check.passed:
            reason = f": {check.description}" if check.description else ""
            progress(f"check {check} does not hold ({check.severity}){reason}")
            if found.blocking and check.severity == _ERROR and not summary.failure:
                # The step that holds the check fails as well, and Dagster's reason does not say what was found.
                summary.failure = f"Check {check} does not hold{reason}".rstrip(".")
    elif event.is_step_success:
        summary.seconds[step] = round(event.step_success_data.duration_ms / 1000, 3)
        progress(f"{step} {summary.seconds[step]:.1f} s")
    elif event.is_step_failure and not summary.failure:
        error = event.step_failure_data.error
        cause = error.cause or error if error else None
        reason = cause.message.strip().splitlines()[0] if cause else "no reason given"
        summary.failure = f"Step {step!r} failed: {reason}"
        summary.trace = error.to_string() if error else ""
        progress(summary.failure)


def _keep_trace(settings: Settings, summary: RunSummary) -> Path:
    path = settings.state / "logs" / f"pipelines-{summary.run_id}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{summary.failure}\n{summary.trace}\n", encoding="utf-8")
    return path


def serve(settings: Settings, jobs: Iterable[str], tell: Progress) -> None:
    """Run the named jobs one after another in one process, whose imports are paid while nobody waits.

    Each ends with a line of JSON: the job, and the reason of its failure or null.
    """
    with open_instance(settings):
        _find_job("main_line")
    for module in _HEAVY:
        import_module(module)
    for job in jobs:
        reason = None
        try:
            _run_and_tell(settings, job.strip(), (), tell)
        except AtalayaError as error:
            reason = str(error)
        tell(json.dumps({"job": job.strip(), "failed": reason}))


def _run_and_tell(settings: Settings, job: str, assets: Iterable[str], tell: Progress) -> None:
    began = time.monotonic()
    summary = run_job(settings, job, tell, assets)
    held = sum(check.passed for check in summary.checks)
    seconds = time.monotonic() - began
    tell(f"{job}: {len(set(summary.assets))} assets, {held} of {len(summary.checks)} checks hold, {seconds:.1f} s")
    if summary.failed_checks:
        tell(f"{job}: warnings: {', '.join(map(str, summary.failed_checks))}")


def main() -> int:
    """The command: one line for each step; 0, or 1 with the reason on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job", default="main_line")
    parser.add_argument("--assets", nargs="*", default=[], metavar="LAYER/NAME")
    parser.add_argument("--serve", action="store_true", help="run the jobs that standard input names, one on each line")
    arguments = parser.parse_args()
    # A handler of our own: what Dagster and the libraries log goes to the event log and to files.
    _log.addHandler(logging.StreamHandler(sys.stdout))
    _log.setLevel(logging.INFO)
    _log.propagate = False
    # Third parties' deprecations say nothing to whoever runs a job; the tests see them.
    warnings.simplefilter("ignore")
    try:
        if arguments.serve:
            serve(load_settings(), sys.stdin, _log.info)
        else:
            _run_and_tell(load_settings(), arguments.job, arguments.assets, _log.info)
    except AtalayaError as error:
        _log.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
