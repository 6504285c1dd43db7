"""Credit requests: who asks for how much, when, and with which collateral."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contracts.credit import levels_on
from contracts.money import rate_on
from sources.workload.caas.market import Market
from sources.workload.caas.prices import ASSETS, DIGITS, Prices, exactly
from sources.workload.calendars import WAKING, Calendar, times_on
from sources.workload.columns import DAY, HOUR, Array, Floats, Integers, full, where
from sources.workload.streams import chance, choose, money, pick, stream

_TERMS = np.array([3, 6, 9, 12, 18])
_TERM_SHARES = np.array([0.15, 0.35, 0.2, 0.22, 0.08])
_SECURED = 0.5  # requests with collateral


@dataclass(frozen=True)
class Asked:
    """Requests by position, in the order of time."""

    who: Integers
    at: Integers
    amount: Integers  # hundredths
    term: Integers
    asset: Array
    quantity: Array


def dollars(market: Market, who: Integers, calendar: Calendar) -> Floats:
    """US dollars for one unit of each borrower's currency."""
    rates = {code: float(rate_on(code, calendar.as_of.date()).usd_per_unit) for code in ("EUR", "USD")}
    return np.array([rates[code] for code in market.currency[who].tolist()])


def ask(seed: int, market: Market, prices: Prices, calendar: Calendar, count: int) -> Asked:
    """Draw the requests; collateral is worth more than the initial level asks for, mostly."""
    rng = stream(seed, "caas requests")
    who = rng.integers(0, len(market.borrower), count)
    day = rng.integers(0, calendar.days + 1, count)
    at = times_on(rng, calendar, day, market.zone[who], WAKING)
    at = np.sort(np.where(calendar.within(at), at, calendar.end - rng.integers(HOUR, 30 * DAY, count)))
    amount = money(np.round((market.income[who] * rng.uniform(0.6, 6.5, count)).clip(500, 60_000) / 50) * 50)
    offers = chance(rng, count, _SECURED)
    asset = where(offers, choose(rng, ASSETS, count, (0.4, 0.4, 0.2)))
    pledge = rng.uniform(0.72, 1.08, count)  # of the initial level
    quantity = full(count, None)
    rates = dollars(market, who, calendar)
    for row in np.flatnonzero(offers).tolist():
        level = float(levels_on(asset[row], calendar.as_of.date()).initial_ltv)
        price = prices.on(asset[row], at[row : row + 1])[0]
        value = amount[row] / 100 * rates[row] / (level * pledge[row])
        quantity[row] = exactly(value / price, DIGITS[asset[row]])
    return Asked(who, at, amount, _TERMS[pick(rng, _TERM_SHARES, count)], asset, quantity)
