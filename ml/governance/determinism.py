"""Training on a fixed number of threads: sums of floating-point numbers depend on how many of them share the work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

THREADS = (
    1  # LightGBM's own advice for equal results, and on a busy machine two wait for each other longer than they save
)


@contextmanager
def fixed_threads() -> Iterator[None]:
    """Linear algebra and OpenMP within it use `THREADS`, whatever the machine and its environment offer."""
    # A library that is loaded later would not be bound.
    import sklearn.linear_model  # type: ignore[import-untyped]  # noqa: F401, PLC0415 - 2 s to import
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # noqa: PLC0415

    with threadpool_limits(limits=THREADS):
        yield
