"""What borrowers make of the quotes, and the rows of requests and quotes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sources.workload.caas.market import Market
from sources.workload.caas.quotes import Quotes
from sources.workload.caas.requests import Asked
from sources.workload.columns import HOUR, MINUTE, NEVER, Array, Columns, Integers, full, named, where
from sources.workload.streams import choose, money, stream

_PURPOSES = ("working_capital", "consolidation", "vehicle", "home", "other")
_TAKES, _DECLINES = 0.72, 0.14  # of the borrowers who have an offer; the rest lets them run out


@dataclass(frozen=True)
class Choices:
    """Of each request the status, the quote taken (-1 for none) and when that was settled."""

    status: Array
    quote: Integers
    decided: Integers


def choose_quotes(seed: int, asked: Asked, quotes: Quotes, end: int) -> Choices:
    """Most take the cheapest offer, some another; the others decline or let them run out."""
    rng, count = stream(seed, "caas choices"), len(asked.at)
    approved = np.flatnonzero(quotes.outcome == "approved")
    liking = quotes.apr[approved] + rng.normal(0, 0.4, len(approved))
    order = approved[np.lexsort((liking, quotes.request[approved]))]
    requests, first = np.unique(quotes.request[order], return_index=True)
    best = np.full(count, -1, dtype=np.int64)
    best[requests] = order[first]
    runs_out = np.zeros(count, dtype=np.int64)
    np.maximum.at(runs_out, quotes.request[approved], quotes.expires[approved])
    fate = rng.random(count)
    takes = (best >= 0) & (fate < _TAKES)
    declines = (best >= 0) & (fate >= _TAKES) & (fate < _TAKES + _DECLINES)
    minutes = np.exp(rng.normal(np.log(50), 1.0, count)).clip(2, 1300)
    decided = np.where(takes | declines, asked.at + (minutes * MINUTE).astype(np.int64), runs_out)
    status = where(takes, full(count, "funded"), where(declines, full(count, "declined"), full(count, "expired")))
    status[best < 0] = "unserved"
    status[(best >= 0) & (decided > end - HOUR)] = "quoted"
    settled = status != "quoted"
    answered = np.zeros(count, dtype=np.int64)
    np.maximum.at(answered, quotes.request, quotes.answered)
    decided = np.where(best < 0, np.maximum(answered, asked.at), decided)
    return Choices(
        status=status,
        quote=np.where(status == "funded", best, -1),
        decided=np.where(settled, decided, NEVER),
    )


def request_rows(seed: int, market: Market, asked: Asked, quotes: Quotes, choices: Choices) -> dict[str, Columns]:
    """Rows of credit_requests and provider_quotes."""
    ids = named(f"request{seed}", np.arange(1, len(asked.at) + 1), 7)
    quote_ids = named(f"quote{seed}", np.arange(1, len(quotes.request) + 1), 8)
    chosen = choices.quote >= 0
    approved, timeout = quotes.outcome == "approved", quotes.outcome == "timeout"
    rng = stream(seed, "caas purposes")
    requests: Columns = {
        "request_id": ids,
        "borrower_id": market.borrower[asked.who],
        "jurisdiction": market.jurisdiction[asked.who],
        "amount": asked.amount,
        "currency": market.currency[asked.who],
        "term_months": asked.term,
        "purpose": choose(rng, _PURPOSES, len(ids), (0.3, 0.28, 0.16, 0.16, 0.1)),
        "applied_income": money(market.income[asked.who]),
        "applied_score": market.score[asked.who],
        "collateral_asset": asked.asset,
        "collateral_quantity": asked.quantity,
        "status": choices.status,
        "chosen_quote_id": where(chosen, quote_ids[choices.quote]),
        "requested_at": asked.at,
        "decided_at": choices.decided,
        "updated_at": np.where(choices.decided == NEVER, asked.at, choices.decided),
    }
    rows: Columns = {
        "quote_id": quote_ids,
        "request_id": ids[quotes.request],
        "provider_id": market.providers[quotes.provider],
        "outcome": quotes.outcome,
        "latency_ms": quotes.latency,
        "apr_pct": where(approved, quotes.apr),
        "amount": where(approved, quotes.amount),
        "currency": market.currency[asked.who[quotes.request]],
        "decline_reason": quotes.reason,
        "sent_at": quotes.sent,
        "responded_at": np.where(timeout, NEVER, quotes.answered),
        "expires_at": np.where(approved, quotes.expires, NEVER),
    }
    return {"credit_requests": requests, "provider_quotes": rows}
