"""Prices of collateral: a seeded geometric walk with jumps, one of them a crash that calls for margin."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext

import numpy as np

from sources.workload.columns import DAY, Array, Columns, Floats, Integers, full
from sources.workload.streams import chance, stream

ASSETS = ("BTC", "ETH", "SOL")
DIGITS = {"BTC": 8, "ETH": 18, "SOL": 9}  # of the asset's smallest unit

_FIRST = {"BTC": 62_000.0, "ETH": 3_100.0, "SOL": 145.0}
_VOLATILITY = {"BTC": 0.022, "ETH": 0.03, "SOL": 0.042}  # of a day's logarithmic return
_JUMPS_A_DAY = 0.03
_JUMP = 0.07
_CRASH = (-0.52, -0.38)  # logarithmic, some time in the last third
_CRASH_STEPS = 4  # prices that it takes
_PRICE_DIGITS = 8


@dataclass(frozen=True)
class Prices:
    """Prices in US dollars of each asset at the same instants; `exact` is what the rows hold."""

    at: Integers
    exact: dict[str, Array]
    rough: dict[str, Floats]

    def on(self, asset: str, at: Integers) -> Floats:
        """The latest price at each instant."""
        found: Floats = self.rough[asset][(np.searchsorted(self.at, at, side="right") - 1).clip(0)]
        return found

    def rows(self) -> Columns:
        """Rows of collateral_prices, by time."""
        count = len(self.at) * len(ASSETS)
        return {
            "asset": np.tile(np.array(ASSETS, dtype=object), len(self.at)),
            "priced_at": np.repeat(self.at, len(ASSETS)),
            "price": np.stack([self.exact[asset] for asset in ASSETS], axis=1).ravel(),
            "currency": full(count, "USD"),
        }


def build_prices(seed: int, span: tuple[int, int], every: int) -> Prices:
    """One price of each asset every so many microseconds, up to the end of the span."""
    at = np.arange(span[1], span[0] - every, -every, dtype=np.int64)[::-1]
    exact = {asset: _walk(seed, asset, len(at), every / DAY) for asset in ASSETS}
    return Prices(at, exact, {asset: values.astype(np.float64) for asset, values in exact.items()})


def exactly(value: float, digits: int) -> Decimal:
    """A quantity of at least the smallest unit, in whole smallest units."""
    unit = Decimal(1).scaleb(-digits)
    with localcontext() as context:
        context.prec = 50
        return max(Decimal(value).quantize(unit), unit)


def _walk(seed: int, asset: str, count: int, days: float) -> Array:
    rng = stream(seed, "caas prices", asset)
    steps = rng.normal(0, _VOLATILITY[asset] * np.sqrt(days), count)
    steps += np.where(chance(rng, count, _JUMPS_A_DAY * days), rng.normal(0, _JUMP, count), 0)
    crash = int(count * rng.uniform(0.65, 0.9))
    steps[crash : crash + _CRASH_STEPS] += rng.uniform(*_CRASH) / _CRASH_STEPS
    steps[0] = 0
    walked = _FIRST[asset] * np.exp(np.cumsum(steps))
    return np.array([exactly(value, _PRICE_DIGITS) for value in walked.tolist()], dtype=object)
