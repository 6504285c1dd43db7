"""Paper trading's part of a world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sources.workload.calendars import Calendar
from sources.workload.columns import HOUR, NEVER, Array, Columns, Integers, full, named, sort_by, stack, take, where
from sources.workload.sizes import Size
from sources.workload.streams import stream
from sources.workload.stsa.desk import (
    ACCEPTED,
    DROPPED,
    REJECTED_CASH,
    REJECTED_CLOSED,
    REJECTED_SHARES,
    Books,
    Desk,
    Outcome,
)
from sources.workload.stsa.intents import Intents, copies, fill_ticks, own_intents, stack_intents
from sources.workload.stsa.market import Market, build_market
from sources.workload.stsa.people import (
    Portfolios,
    build_portfolios,
    build_traders,
    follow_rows,
    orders_of,
    portfolio_rows,
)
from sources.workload.system import Built

MARKETS = ("PRAC", "XNYS", "XTSE")
_OWN = 0.98  # of all orders; the rest, and what is given up for want of shares, are copies
_KEPT = HOUR // 2  # of the past, every quote of the last half hour of trading
_REASONS = {
    REJECTED_CASH: "insufficient_cash",
    REJECTED_SHARES: "insufficient_shares",
    REJECTED_CLOSED: "market_closed",
}


@dataclass(frozen=True)
class _Traded:
    """One market's orders; `copied` is the position of the leader's order in the same rows, or -1."""

    market: Market
    intents: Intents
    outcome: Outcome
    copied: Integers


def build_stsa(seed: int, size: Size, calendar: Calendar) -> Built:
    """Traders, prices, orders and what became of them."""
    traders = build_traders(seed, size, calendar)
    portfolios = build_portfolios(seed, traders, calendar)
    markets = [build_market(seed, code, calendar) for code in MARKETS]
    count = len(portfolios)
    shape = (count, max(len(market.instrument) for market in markets))
    books = Books(portfolios.starting.copy(), portfolios.starting, np.zeros(shape, dtype=np.int64))
    traded = [
        _trade(stream(seed, "stsa orders", one.code), one, portfolios, books, orders_of(size), calendar.end)
        for one in markets
    ]
    parts = [_order_rows(part, portfolios) for part in traded]
    orders, executions = _number(seed, parts, [_execution_rows(part) for part in traded])
    touched = _positions(traded, portfolios)
    updated = np.full(count, NEVER, dtype=np.int64)
    for part in traded:
        made = part.outcome.executions
        np.maximum.at(updated, part.intents.portfolio[made["order"]], made["at"])
    tables = {
        "traders": traders,
        "portfolios": portfolio_rows(portfolios, markets, books.cash, updated),
        "instruments": stack([market.rows() for market in markets]),
        "quotes": sort_by(stack([_kept_quotes(part) for part in traded]), "quoted_at"),
        "historical_prices": stack([market.daily() for market in markets]),
        "orders": orders,
        "order_executions": executions,
        "positions": touched,
        "follows": follow_rows(portfolios),
    }
    return Built(tables)


def _trade(
    rng: np.random.Generator, market: Market, portfolios: Portfolios, books: Books, count: int, until: int
) -> _Traded:
    """Leaders first, then everybody else with what they copy; `count` is how many orders all markets have together."""
    who = portfolios.on(MARKETS.index(market.code))
    share = portfolios.activity[who].sum() / portfolios.activity.sum()
    own = own_intents(rng, market, portfolios, who, round(count * _OWN * share))
    leads = portfolios.leads[own.portfolio].astype(bool)
    led, others = own.take(leads), own.take(~leads)
    first = _work(rng, market, books, led, until)
    copied = copies(rng, market, portfolios, led, first.verdict == ACCEPTED)
    followed = stack_intents([others, copied])
    second = _work(rng, market, books, followed, until)
    intents = stack_intents([led, followed])
    return _Traded(market, intents, _join(first, second, len(led)), intents.copied)


def _work(rng: np.random.Generator, market: Market, books: Books, intents: Intents, until: int) -> Outcome:
    latency = rng.uniform(0.05, 0.9, (len(intents), 3))
    return Desk(market, books, intents, fill_ticks(market, intents), until).work(latency)


def _join(first: Outcome, second: Outcome, offset: int) -> Outcome:
    made = {
        name: np.concatenate([values, second.executions[name] + (offset if name == "order" else 0)])
        for name, values in first.executions.items()
    }
    names = ("verdict", "quantity", "filled", "ended", "last")
    return Outcome(
        **{name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in names}, executions=made
    )


def _order_rows(part: _Traded, portfolios: Portfolios) -> Columns:
    market, intents, outcome = part.market, part.intents, part.outcome
    filled = (outcome.filled == outcome.quantity) & (outcome.verdict == ACCEPTED)
    rejected = outcome.verdict != ACCEPTED
    closed = np.where(filled, outcome.last, np.where(outcome.ended, intents.ends, NEVER))
    closed = np.where(rejected, intents.placed, closed)
    quoted = market.price(intents.instrument, np.maximum(intents.tick, 0), intents.sign)
    return {
        "row": np.arange(len(intents)),
        "copied": part.copied,
        "verdict": outcome.verdict,
        "portfolio_id": portfolios.portfolio[intents.portfolio],
        "instrument_id": market.instrument[intents.instrument],
        "side": where(intents.sign > 0, full(len(intents), "buy"), "sell"),
        "order_type": where(intents.limited, full(len(intents), "limit"), "market"),
        "time_in_force": where(intents.gtc, full(len(intents), "gtc"), "day"),
        "quantity": outcome.quantity,
        "filled_quantity": outcome.filled,
        "limit_price": where(intents.limited, intents.limit),
        "quoted_price": where(intents.tick >= 0, quoted),
        "currency": full(len(intents), market.currency),
        "status": _statuses(intents, outcome, filled),
        "reject_reason": np.array([_REASONS.get(verdict) for verdict in outcome.verdict.tolist()], dtype=object),
        "placed_at": intents.placed,
        "closed_at": closed,
        "updated_at": np.maximum(np.maximum(closed, outcome.last), intents.placed),
    }


def _statuses(intents: Intents, outcome: Outcome, filled: Array) -> Array:
    status = where(outcome.filled > 0, full(len(intents), "partially_filled"), "open")
    status[filled] = "filled"
    status[outcome.ended & intents.cancelled] = "cancelled"
    status[outcome.ended & ~intents.cancelled] = "expired"
    status[outcome.verdict != ACCEPTED] = "rejected"
    return status


def _execution_rows(part: _Traded) -> Columns:
    made, market = part.outcome.executions, part.market
    return {
        "order": made["order"],
        "quote_id": market.quote_ids(part.intents.instrument[made["order"]], made["tick"]),
        "quantity": made["quantity"],
        "price": made["price"],
        "fee_amount": made["fee"],
        "currency": full(len(made["order"]), market.currency),
        "executed_at": made["at"],
    }


def _number(seed: int, orders: list[Columns], executions: list[Columns]) -> tuple[Columns, Columns]:
    """Identifiers in the order of time over all markets; what nobody placed is left out."""
    offsets = np.cumsum([0, *(len(part["row"]) for part in orders)])
    every = stack(orders)
    of = np.repeat(offsets[:-1], [len(part["row"]) for part in orders])
    copied = np.where(every["copied"] >= 0, every["copied"] + of, -1)
    rank = np.empty(len(copied), dtype=np.int64)
    rank[np.lexsort((np.arange(len(copied)), every["placed_at"], every["verdict"] == DROPPED))] = np.arange(len(copied))
    names = named(f"order{seed}", rank + 1)
    every["order_id"] = names
    every["copied_order_id"] = where(copied >= 0, names[copied])
    made = stack(
        [{**part, "order": part["order"] + offset} for part, offset in zip(executions, offsets[:-1], strict=True)]
    )
    made["order_id"] = names[made.pop("order")]
    made = sort_by(made, "executed_at")
    made["execution_id"] = named(f"execution{seed}", np.arange(1, len(made["order_id"]) + 1))
    every = sort_by(take(every, every["verdict"] != DROPPED), "placed_at")
    return {name: values for name, values in every.items() if name not in {"row", "copied", "verdict"}}, made


def _kept_quotes(part: _Traded) -> Columns:
    """The quotes that executions met, and every quote of the last half hour of trading."""
    market, made = part.market, part.outcome.executions
    ticks = len(market.instant)
    recent = np.flatnonzero(market.instant > market.instant[-1] - _KEPT)
    every = np.arange(len(market.instrument))[:, None] * ticks + recent[None, :]
    met = part.intents.instrument[made["order"]] * ticks + made["tick"]
    wanted = np.unique(np.concatenate([every.ravel(), met]))
    return market.quotes(wanted // ticks, wanted % ticks)


def _positions(traded: list[_Traded], portfolios: Portfolios) -> Columns:
    """Sums of executions by portfolio and instrument."""
    parts = []
    for part in traded:
        made, width = part.outcome.executions, len(part.market.instrument)
        who, what = part.intents.portfolio[made["order"]], part.intents.instrument[made["order"]]
        keys, inverse = np.unique(who * width + what, return_inverse=True)
        quantity = np.zeros(len(keys), dtype=np.int64)
        np.add.at(quantity, inverse, part.intents.sign[made["order"]] * made["quantity"])
        opened, updated = np.full(len(keys), np.iinfo(np.int64).max), np.full(len(keys), NEVER)
        np.minimum.at(opened, inverse, made["at"])
        np.maximum.at(updated, inverse, made["at"])
        parts.append(
            {
                "portfolio_id": portfolios.portfolio[keys // width],
                "instrument_id": part.market.instrument[keys % width],
                "quantity": quantity,
                "opened_at": opened,
                "updated_at": updated,
            }
        )
    return stack(parts)
