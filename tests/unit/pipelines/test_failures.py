"""A step is tried again for what may pass, and for nothing else."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

import dagster as dg
import pytest

from contracts.errors import ConfigurationError, PermanentError, TransientError
from pipelines import failures
from pipelines.failures import retried_by_kind


def attempts_at(error: Exception, monkeypatch: pytest.MonkeyPatch, *, heals_after: int = 99) -> tuple[int, bool]:
    """How often a step that raises the error is tried, and whether it ends well."""
    monkeypatch.setattr(failures, "PAUSE_SECONDS", 0.001)
    tried: list[int] = []

    @dg.asset
    def unsteady(context: dg.AssetExecutionContext) -> None:
        with retried_by_kind(context):
            tried.append(context.retry_number)
            if len(tried) <= heals_after:
                raise error

    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize([unsteady], instance=instance, raise_on_error=False)
    return len(tried), done.success


def test_a_service_that_starts_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert attempts_at(TransientError("starting"), monkeypatch, heals_after=2) == (3, True)


def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    assert attempts_at(TransientError("gone"), monkeypatch) == (1 + failures.RETRIES, False)


@pytest.mark.parametrize("error", [PermanentError("wrong"), ConfigurationError("wrong"), ValueError("a defect")])
def test_what_cannot_pass_is_told_at_once(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    assert attempts_at(error, monkeypatch) == (1, False)


def test_pauses_grow() -> None:
    pauses = [failures.again(attempt).seconds_to_wait or 0 for attempt in range(failures.RETRIES)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 4 * failures.PAUSE_SECONDS
