"""The desk: takes orders, sets cash and shares aside for them, executes what quotes allow; exact to the cent and the share.

Portfolios do not touch each other, so that the n-th event of all of them is worked off at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from contracts.trading import load_trading
from sources.workload.columns import SECOND, Flags, Floats, Integers
from sources.workload.stsa.intents import Intents
from sources.workload.stsa.market import Market

DROPPED, REJECTED_CASH, REJECTED_SHARES, REJECTED_CLOSED, ACCEPTED = range(5)
_PLACE, _END = 0, 4
_COMMISSION = load_trading().commission
_FILLS = 3


@dataclass
class Books:
    """What portfolios own and what is set aside, by portfolio and by instrument."""

    cash: Integers
    starting: Integers
    held: Integers
    set_aside: Integers = field(init=False)
    promised: Integers = field(init=False)

    def __post_init__(self) -> None:
        """Nothing is set aside at the start."""
        self.set_aside = np.zeros_like(self.cash)
        self.promised = np.zeros_like(self.held)


@dataclass
class Outcome:
    """What became of each intent, and the executions in the order in which they were made."""

    verdict: Integers
    quantity: Integers
    filled: Integers
    ended: Flags  # by its end, not by execution
    last: Integers  # the time of the last execution, or of placing
    executions: dict[str, Integers]


def commission(shares: Integers) -> Integers:
    """What executions of so many shares cost, in hundredths."""
    return np.maximum(_COMMISSION.minimum_minor, _COMMISSION.per_share_minor * shares)


class Desk:
    """Works off the intents of one market; `books` are changed."""

    def __init__(self, market: Market, books: Books, intents: Intents, ticks: Integers, until: int) -> None:
        self._market, self._books, self._intents, self._ticks, self._until = market, books, intents, ticks, until
        count = len(intents)
        self._aside = np.zeros(count, dtype=np.int64)
        self._made: list[dict[str, Integers]] = []
        zeros = np.zeros(count, dtype=np.int64)
        self.outcome = Outcome(
            zeros.copy(), zeros.copy(), zeros.copy(), np.zeros(count, bool), intents.placed.copy(), {}
        )

    def work(self, latency: Floats) -> Outcome:
        """Every event in its order; `latency` is how long each of an order's executions takes, in seconds."""
        order, kind, at = self._events(latency)
        portfolio = self._intents.portfolio[order]
        chain = np.lexsort((kind, order, at, portfolio))
        order, kind, at, portfolio = order[chain], kind[chain], at[chain], portfolio[chain]
        _, starts, counts = np.unique(portfolio, return_index=True, return_counts=True)
        turn = np.arange(len(order)) - np.repeat(starts, counts)
        by_turn = np.argsort(turn, kind="stable")
        edges = np.searchsorted(turn[by_turn], np.arange(int(turn.max(initial=-1)) + 2))
        for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            rows = by_turn[begin:end]
            self._turn(order[rows], kind[rows], at[rows])
        names = ("order", "tick", "quantity", "price", "fee", "at")
        self.outcome.executions = {
            name: np.concatenate([made[name] for made in self._made] or [np.zeros(0, np.int64)]) for name in names
        }
        return self.outcome

    def _events(self, latency: Floats) -> tuple[Integers, Integers, Integers]:
        intents, every = self._intents, np.arange(len(self._intents))
        parts = [(every, np.full(len(every), _PLACE), intents.placed)]
        for fill in range(_FILLS):
            rows = np.flatnonzero(self._ticks[:, fill] >= 0)
            met = np.maximum(self._market.instant[self._ticks[rows, fill]], intents.placed[rows])
            at = met + (latency[rows, fill] * SECOND).astype(np.int64)
            parts.append((rows, np.full(len(rows), fill + 1), at))
        ending = np.flatnonzero(intents.ends <= self._until)
        parts.append((ending, np.full(len(ending), _END), intents.ends[ending]))
        order, kind, at = (np.concatenate(column) for column in zip(*parts, strict=True))
        known = at <= self._until
        return order[known], kind[known], at[known]

    def _turn(self, order: Integers, kind: Integers, at: Integers) -> None:
        placing = kind == _PLACE
        if placing.any():
            self._place(order[placing])
        filling = ~placing & (kind != _END)
        if filling.any():
            self._fill(order[filling], kind[filling] - 1, at[filling])
        if (kind == _END).any():
            self._end(order[kind == _END])

    def _place(self, order: Integers) -> None:
        intents, books, outcome = self._intents, self._books, self.outcome
        who, what, limit = intents.portfolio[order], intents.instrument[order], intents.limit[order]
        buys = intents.sign[order] > 0
        free_cash = books.cash[who] - books.set_aside[who]
        free_shares = books.held[who, what] - books.promised[who, what]
        wished = (books.starting[who] * intents.share[order]).astype(np.int64) // limit
        # The dearest that it can get: three executions, each of at least the minimum commission.
        affordable = (free_cash - _FILLS * _COMMISSION.minimum_minor) // (limit + _COMMISSION.per_share_minor)
        part = np.where(intents.share[order] > 0.1, free_shares, np.ceil(free_shares * intents.share[order] * 5))  # noqa: PLR2004
        asked = np.where(buys, np.minimum(wished, affordable), part).astype(np.int64)
        too_much = np.where(buys, np.maximum(affordable, 0) + 1 + wished, free_shares + 10)
        stubborn = intents.stubborn[order]
        closed = intents.tick[order] < 0
        quantity = np.where(closed & (asked <= 0), 10, np.where(stubborn, too_much, asked))
        refused = np.where(buys, REJECTED_CASH, REJECTED_SHARES)
        verdict = np.where(stubborn, refused, np.where(quantity > 0, ACCEPTED, DROPPED))
        verdict = np.where(closed, REJECTED_CLOSED, verdict)
        outcome.verdict[order] = verdict
        outcome.quantity[order] = np.maximum(quantity, 0)
        taken = verdict == ACCEPTED
        bought, sold = order[taken & buys], taken & ~buys
        aside = outcome.quantity[bought] * (intents.limit[bought] + _COMMISSION.per_share_minor)
        self._aside[bought] = aside + _FILLS * _COMMISSION.minimum_minor
        books.set_aside[intents.portfolio[bought]] += self._aside[bought]
        books.promised[who[sold], what[sold]] += outcome.quantity[order[sold]]

    def _fill(self, order: Integers, fill: Integers, at: Integers) -> None:
        intents, books, outcome = self._intents, self._books, self.outcome
        left = outcome.quantity[order] - outcome.filled[order]
        tick = self._ticks[order, fill]
        goes = (outcome.verdict[order] == ACCEPTED) & (left > 0) & ~outcome.ended[order]
        order, tick, at, left = order[goes], tick[goes], at[goes], left[goes]
        who, what, sign = intents.portfolio[order], intents.instrument[order], intents.sign[order]
        quantity = np.minimum(left, self._market.size(what, tick, sign))
        price, fee = self._market.price(what, tick, sign), commission(quantity)
        books.cash[who] -= sign * quantity * price + fee
        books.held[who, what] += sign * quantity
        books.promised[who, what] -= np.where(sign < 0, quantity, 0)
        outcome.filled[order] += quantity
        outcome.last[order] = at
        done = outcome.filled[order] == outcome.quantity[order]
        spent = np.where(sign > 0, quantity * price + fee, 0)
        released = np.where(done, self._aside[order], np.minimum(spent, self._aside[order]))
        self._aside[order] -= released
        books.set_aside[who] -= released
        made = {"order": order, "tick": tick, "quantity": quantity, "price": price, "fee": fee, "at": at}
        self._made.append(made)

    def _end(self, order: Integers) -> None:
        intents, books, outcome = self._intents, self._books, self.outcome
        left = outcome.quantity[order] - outcome.filled[order]
        ends = (outcome.verdict[order] == ACCEPTED) & (left > 0)
        order, left = order[ends], left[ends]
        who, what, sign = intents.portfolio[order], intents.instrument[order], intents.sign[order]
        outcome.ended[order] = True
        books.promised[who, what] -= np.where(sign < 0, left, 0)
        books.set_aside[who] -= self._aside[order]
        self._aside[order] = 0
