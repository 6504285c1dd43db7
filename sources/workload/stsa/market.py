"""A simulated market: for each exchange a quote of every instrument each 15 seconds of its sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from contracts.trading import Exchange, load_trading
from sources.workload.calendars import Calendar, microseconds
from sources.workload.columns import DAY, SECOND, Array, Columns, Integers, full
from sources.workload.streams import stream

TICK = load_trading().quote_seconds * SECOND

# Symbol, issuer, kind, price at the beginning and yearly volatility.
_LISTED = {
    "PRAC": (("BUOY", "Lighthouse Lessons", "share", 25.0, 0.55), ("KEEL", "Lighthouse Lessons", "fund", 60.0, 0.2)),
    "XNYS": (
        ("AMBR", "Amber Valley Rail", "share", 142.0, 0.22),
        ("CLVR", "Clover Hill Foods", "share", 58.0, 0.18),
        ("HLYD", "Halyard Instruments", "share", 214.0, 0.38),
        ("MRSH", "Marsh & Reed Energy", "share", 37.0, 0.34),
        ("QTRN", "Quatrain Software", "share", 96.0, 0.45),
        ("WIDE", "Wide Prairie 500 Fund", "fund", 410.0, 0.16),
    ),
    "XTSE": (
        ("BRCH", "Birchbark Lumber", "share", 19.0, 0.36),
        ("FNDY", "Fundy Tidal Power", "share", 31.0, 0.28),
        ("GLCR", "Glacier Copper", "share", 8.5, 0.48),
        ("NRTH", "Northshore Trust", "share", 88.0, 0.17),
        ("PRTG", "Portage Railways", "share", 121.0, 0.2),
        ("TNDR", "Tundra Composite Fund", "fund", 34.0, 0.14),
    ),
}
_NIGHT = 0.5  # of a day's standard deviation, between two sessions


@dataclass(frozen=True)
class Market:
    """One exchange's past: prices in hundredths by instrument and tick, ticks by session."""

    code: str
    currency: str
    instrument: Array
    day: Array
    opened: Integers
    closed: Integers
    first: Integers  # the first tick of each session, and the number of ticks at the end
    instant: Integers
    middle: Integers
    half_spread: Integers
    lots: Integers  # hundreds of shares, by side (bid, ask), instrument and tick

    @property
    def sessions(self) -> int:
        """How many there are; the last may have been going on."""
        return len(self.day)

    def session_of(self, tick: Integers) -> Integers:
        """The session of each tick."""
        return np.searchsorted(self.first, tick, side="right").astype(np.int64) - 1

    def price(self, instrument: Integers, tick: Integers, sign: Integers) -> Integers:
        """The ask where `sign` is 1, the bid where it is -1."""
        return self.middle[instrument, tick] + sign * self.half_spread[instrument]

    def size(self, instrument: Integers, tick: Integers, sign: Integers) -> Integers:
        """Shares at the ask where `sign` is 1, at the bid where it is -1."""
        return self.lots[(sign + 1) // 2, instrument, tick].astype(np.int64) * 100

    def quote_ids(self, instrument: Integers, tick: Integers) -> Array:
        """The name of each quote."""
        names = zip(self.instrument[instrument].tolist(), (self.instant[tick] // 1000).tolist(), strict=True)
        return np.array([quote_id(name, at) for name, at in names], dtype=object)

    def quotes(self, instrument: Integers, tick: Integers) -> Columns:
        """Rows of these quotes."""
        up = np.ones(len(tick), dtype=np.int64)
        return {
            "quote_id": self.quote_ids(instrument, tick),
            "instrument_id": self.instrument[instrument],
            "bid_price": self.price(instrument, tick, -up),
            "ask_price": self.price(instrument, tick, up),
            "bid_size": self.size(instrument, tick, -up),
            "ask_size": self.size(instrument, tick, up),
            "quoted_at": self.instant[tick],
        }

    def daily(self) -> Columns:
        """Rows of its historical prices."""
        starts, ends = self.first[:-1], self.first[1:] - 1
        count, spread = len(self.instrument), self.half_spread[:, None]
        return {
            "instrument_id": np.repeat(self.instrument, self.sessions),
            "price_date": np.tile(self.day, count),
            "open_price": self.middle[:, starts].ravel(),
            "high_price": (np.maximum.reduceat(self.middle, starts, axis=1) + spread).ravel(),
            "low_price": (np.minimum.reduceat(self.middle, starts, axis=1) - spread).ravel(),
            "close_price": self.middle[:, ends].ravel(),
            "updated_at": np.tile(self.instant[ends], count),
        }

    def rows(self) -> Columns:
        """Rows of its instruments."""
        count = len(self.instrument)
        symbols, issuers, kinds, _, _ = zip(*_LISTED[self.code], strict=True)
        return {
            "instrument_id": self.instrument,
            "symbol": np.array(symbols, dtype=object),
            "issuer": np.array(issuers, dtype=object),
            "exchange": full(count, self.code),
            "kind": np.array(kinds, dtype=object),
            "currency": full(count, self.currency),
            "listed_at": np.full(count, self.opened[0] - 900 * DAY, dtype=np.int64),
        }


def quote_id(instrument: str, milliseconds: int) -> str:
    """The name of an instrument's quote at a time since 1970."""
    return f"{instrument}@{milliseconds}"


def half_spread(price: float) -> int:
    """How far bid and ask are from the middle, all in hundredths."""
    return max(1, round(price * 0.00015))


def build_market(seed: int, code: str, calendar: Calendar) -> Market:
    """Draw an exchange's past: a walk with a jump between sessions, up to `as_of`."""
    exchange = load_trading().exchanges[code]
    day, opened, closed = _sessions(exchange, calendar)
    counts = np.minimum(closed, calendar.end + 1) - opened
    counts = -(-counts // TICK)
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    within = np.arange(first[-1]) - np.repeat(first[:-1], counts)
    listed = _LISTED[code]
    rng = stream(seed, "stsa market", code)
    return Market(
        code=code,
        currency=exchange.currency,
        instrument=np.array([f"{code}:{symbol}" for symbol, *_ in listed], dtype=object),
        day=day,
        opened=opened,
        closed=closed,
        first=first,
        instant=np.repeat(opened, counts) + within * TICK,
        middle=_walks(rng, exchange, [(base, yearly) for *_, base, yearly in listed], first),
        half_spread=np.array([half_spread(base * 100) for *_, base, _ in listed], dtype=np.int64),
        lots=rng.integers(1, 13, (2, len(listed), int(first[-1])), dtype=np.int8),
    )


def _walks(
    rng: np.random.Generator, exchange: Exchange, listed: list[tuple[float, float]], first: Integers
) -> Integers:
    """Middle prices in whole hundredths."""
    ticks = int(first[-1])
    usual = float(np.median(np.diff(first)))
    walks = np.empty((len(listed), ticks), dtype=np.int64)
    for row, (base, yearly) in enumerate(listed):
        daily = yearly / np.sqrt(exchange.sessions_a_year)
        steps = rng.normal(rng.normal(0.0004, 0.0006) / usual, daily / np.sqrt(usual), ticks)
        steps[first[:-1]] += rng.normal(0, _NIGHT * daily, len(first) - 1)
        walks[row] = np.rint(base * 100 * np.exp(np.cumsum(steps))).clip(200)
    return walks


def _sessions(exchange: Exchange, calendar: Calendar) -> tuple[Array, Integers, Integers]:
    """Local day, opening and closing of the sessions that opened within the history."""
    begin, found = calendar.first_midnight.date() - timedelta(days=1), []
    for offset in range(calendar.days + 3):
        day: date = begin + timedelta(days=offset)
        session = exchange.session(day)
        if session and calendar.start <= microseconds(session[0]) <= calendar.end:
            found.append((day, microseconds(session[0]), microseconds(session[1])))
    days, opened, closed = zip(*found, strict=True)
    return np.array(days, dtype="datetime64[D]"), np.array(opened, np.int64), np.array(closed, np.int64)
