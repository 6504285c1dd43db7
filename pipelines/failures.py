"""What Dagster does about an error, by its kind: what may pass is tried again, what cannot is told at once."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import psycopg
import sqlalchemy.exc
from pyiceberg.exceptions import CommitFailedException

from contracts.errors import AtalayaError, TransientError

RETRIES = 3
# The first pause in seconds; each further one is twice as long.
PAUSE_SECONDS = 2.0

_PASSES = (
    TransientError,
    psycopg.OperationalError,
    sqlalchemy.exc.OperationalError,
    CommitFailedException,
    ConnectionError,
    TimeoutError,
)


def is_transient(error: BaseException) -> bool:
    """Whether the same call may succeed later: a service starts, a deadline passed, another writer was faster."""
    return isinstance(error, _PASSES)


@contextmanager
def retried_by_kind(context: dg.OpExecutionContext | dg.AssetExecutionContext) -> Iterator[None]:
    """Around a step: a transient error has the step tried again with growing pauses, a permanent one ends it."""
    try:
        yield
    except Exception as error:
        if is_transient(error):
            raise again(context.retry_number) from error
        if isinstance(error, AtalayaError):
            raise dg.Failure(str(error), allow_retries=False) from error
        raise


def again(attempt: int) -> dg.RetryRequested:
    """What a step raises to be tried again after `attempt` retries."""
    return dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=PAUSE_SECONDS * 2**attempt)
