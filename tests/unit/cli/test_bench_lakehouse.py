"""The lakehouse's benchmark stands on rows that silver takes whole, and tells growth by its exponent."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.lakehouse.refresh import refresh
from pipelines.lakehouse.specification import find_silver
from tests.bench.bench_lakehouse import exponent
from tests.bench.lakehouse_rows import TABLE, bench_lake, land_more, land_rows


def test_its_rows_fit_and_new_ones_are_an_increment(tmp_path: Path) -> None:
    with bench_lake(tmp_path) as lake:
        land_rows(lake, 500)
        first = refresh(lake, find_silver(TABLE.silver))
        land_more(lake, 500, 100)
        more = refresh(lake, find_silver(TABLE.silver))
    assert (first.rows, first.quarantined) == (500, 0)
    assert (more.rows, more.changes, more.rebuilt) == (600, 100, False)


@pytest.mark.parametrize(("power", "factor"), [(1.0, 3.0), (2.0, 0.1), (0.0, 7.0)])
def test_growth_is_told_by_its_exponent(power: float, factor: float) -> None:
    assert exponent({size: factor * size**power for size in (10, 30, 100)}) == pytest.approx(power)
