"""caas's part of a world: requests with their quotes, and the loans and collateral that come of them."""

from __future__ import annotations

from datetime import timedelta

from contracts.credit import load_breaker_policy
from sources.workload.caas.breakers import build_health
from sources.workload.caas.chain import chain_rows
from sources.workload.caas.choices import choose_quotes, request_rows
from sources.workload.caas.collateral import Ground, collateral_rows, hold_collateral
from sources.workload.caas.loans import lend, loan_rows, schedule
from sources.workload.caas.market import build_market, market_rows
from sources.workload.caas.prices import build_prices
from sources.workload.caas.quotes import Situation, fan_out
from sources.workload.caas.requests import ask
from sources.workload.calendars import Calendar
from sources.workload.columns import DAY, HOUR
from sources.workload.sizes import Size
from sources.workload.system import Built

# Loans are older than the movements of the history: it starts with instalments of some.
DAYS = 180
_FEWEST = 45
_REQUESTS_A_MOVEMENT = 0.465
_BORROWERS_A_REQUEST = 0.65
# Small worlds are watched less often, so that checks and prices do not outnumber everything else.
_SMALL = 200_000
_SELDOM, _OFTEN = 12 * HOUR, HOUR


def build_caas(seed: int, size: Size, calendar: Calendar) -> Built:
    """Borrowers, providers and their health, requests, quotes, loans, collateral and chain events; nothing is planted."""
    days = Calendar(calendar.as_of, DAYS)
    span = (days.start, days.end)
    every = _SELDOM if size.movements < _SMALL else _OFTEN
    requests = max(_FEWEST, round(size.share("caas") * _REQUESTS_A_MOVEMENT))
    market = build_market(seed, round(requests * _BORROWERS_A_REQUEST))
    prices, policy = build_prices(seed, span, every), load_breaker_policy()
    health = build_health(seed, market, policy, span, timedelta(microseconds=every))
    asked = ask(seed, market, prices, days, requests)
    quotes = fan_out(seed, Situation(market, prices, asked, health, policy, days))
    choices = choose_quotes(seed, asked, quotes, days.end)
    loans = lend(seed, market, asked, quotes, choices)
    ground = Ground(loans, schedule(seed, market, loans, days.end), prices, market.currency[loans.who], days.end)
    book = hold_collateral(seed, asked, ground)
    tables = {
        **market_rows(seed, market, days.start - 2 * DAY),
        "provider_health": health.rows,
        **request_rows(seed, market, asked, quotes, choices),
        **loan_rows(seed, market, loans, ground.instalments.existing(), book.sold, days.end),
        "collateral_prices": prices.rows(),
        **collateral_rows(seed, ground, book),
        "chain_events": chain_rows(seed, ground, book),
    }
    return Built(tables)
