"""A step that breaks is an error of the run, and what stands on it is made all the same, of what was there before.

Dagster skips all that stands on a step that fails. That is right where old content must not be used, and wrong where it may: who
reads the champion in charge does not need the training of the next one.
"""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

import logging
import traceback
from collections.abc import Callable, Iterable

import dagster as dg

from pipelines.failures import RETRIES, is_transient, retried_by_kind
from pipelines.gate import left_out

_log = logging.getLogger(__name__)

Results = Iterable[dg.MaterializeResult[None] | dg.AssetCheckResult | dg.Output[None]]


def spared(
    context: dg.AssetExecutionContext,
    make: Callable[[], Results],
    broken: Callable[[Exception], Iterable[dg.AssetCheckResult]],
) -> Results:
    """All results of making the step's one asset; where an error ended it, no materialisation, and the checks that `broken` makes of it.

    At least one of these has to fail with severity ERROR, which fails the run (pipelines.run). What may pass has the step tried
    again, and is such an error when that did not help.
    """
    with retried_by_kind(context):
        try:
            results = tuple(make())
        except Exception as error:
            if is_transient(error) and context.retry_number < RETRIES:
                raise
            _log.exception("%s could not be made", context.asset_key.to_user_string())
            results = (left_out(context, context.asset_key), *broken(error))
    yield from results


def first_line(error: Exception) -> str:
    """The error's kind, and the first line of what it says."""
    first, *_ = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {first}"


def trace(error: Exception) -> dg.MarkdownMetadataValue:
    """Where the error came from, as a check shows it."""
    return dg.MetadataValue.md(f"```\n{''.join(traceback.format_exception(error))}\n```")
