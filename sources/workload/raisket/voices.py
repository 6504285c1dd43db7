"""What users say: complaints with causes that their loans show, and what they did with recommended products."""

from __future__ import annotations

import numpy as np

from sources.workload.calendars import Calendar, later
from sources.workload.columns import DAY, HOUR, NEVER, Columns, Floats, Integers, full, named, sort_by, take, where
from sources.workload.raisket.applications import Applications, product_ids
from sources.workload.raisket.lending import Loans
from sources.workload.raisket.people import People
from sources.workload.streams import chance, choose, stream

_COMPLAINT_SHARE = 0.08
_RECENT = 200 * DAY
_CAUSES = ("undue_charge", "bureau_record", "payment_not_applied", "service")
_CLARIFIED = ("undue_charge", "payment_not_applied")
_MEDIAN_HOURS = 24 * 17.0


def complaint_rows(seed: int, people: People, made: Applications, loans: Loans, calendar: Calendar) -> Columns:
    """Complaints about loans; who fell behind complains of how it was collected. Most are answered in time."""
    rng, end = stream(seed, "raisket complaints"), calendar.end
    share: Floats = np.where(loans.missed > 0, 3 * _COMPLAINT_SHARE, _COMPLAINT_SHARE)
    loan = np.flatnonzero(chance(rng, len(loans.loan), share))
    received = loans.disbursed[loan] + rng.integers(DAY, _RECENT, len(loan))
    loan, received = loan[received <= end], received[received <= end]
    count = len(loan)
    cause = choose(rng, _CAUSES, count, (0.35, 0.2, 0.2, 0.25))
    cause[(loans.missed[loan] > 0) & chance(rng, count, 0.6)] = "collection_practice"
    clarifies = np.isin(cause.astype(str), _CLARIFIED) & chance(rng, count, 0.6)
    resolved = later(rng, received, _MEDIAN_HOURS, 0.75)
    done = resolved <= end
    product = made.product[loans.made[loan]]
    rows: Columns = {
        "user_id": people.user[made.who[loans.made[loan]]],
        "product_id": product_ids()[product],
        "loan_id": loans.loan[loan],
        "kind": where(clarifies, full(count, "clarification"), full(count, "claim")),
        "cause": cause,
        "medium": choose(rng, ("app", "telephone", "branch", "condusef"), count, (0.45, 0.3, 0.1, 0.15)),
        "status": where(done, full(count, "resolved"), full(count, "open")),
        "answer": where(done, choose(rng, ("favourable", "partly_favourable", "unfavourable"), count, (0.4, 0.2, 0.4))),
        "received_at": received,
        "resolved_at": np.where(done, resolved, NEVER),
        "updated_at": np.where(done, resolved, received),
    }
    rows = sort_by(rows, "received_at")
    return {"complaint_id": named(f"complaint{seed}", np.arange(1, count + 1), 6), **rows}


def feedback_rows(seed: int, people: People, made: Applications, calendar: Calendar, count: int) -> Columns:
    """Products shown in the history; the first place is clicked most, and some applications began so."""
    rng = stream(seed, "raisket feedback")
    who = rng.integers(0, len(people), count)
    place = 1 + rng.geometric(0.5, count).clip(1, 4) - 1
    clicked = chance(rng, count, 0.3 / place)
    action = where(clicked, full(count, "clicked"), choose(rng, ("shown", "dismissed"), count, (0.8, 0.2)))
    rows: Columns = {
        "user_id": people.user[who],
        "product_id": product_ids()[rng.integers(0, len(product_ids()), count)],
        "place": place,
        "action": action,
        "occurred_at": calendar.start + rng.integers(0, calendar.end - calendar.start, count),
    }
    begun = _begun(rng, people, made, calendar.start)
    rows = {name: np.concatenate([values, begun[name]]) for name, values in rows.items()}
    rows = sort_by(rows, "occurred_at")
    return {"feedback_id": named(f"feedback{seed}", np.arange(1, len(rows["place"]) + 1)), **rows}


def _begun(rng: np.random.Generator, people: People, made: Applications, start: int) -> Columns:
    """One in ten applications of the history came from a recommendation, an hour before at most."""
    rows: Integers = np.flatnonzero((made.submitted > start + HOUR) & chance(rng, len(made.who), 0.1))
    found = take({"who": made.who, "product": made.product, "at": made.submitted}, rows)
    return {
        "user_id": people.user[found["who"]],
        "product_id": product_ids()[found["product"]],
        "place": np.ones(len(rows), dtype=np.int64),
        "action": full(len(rows), "applied"),
        "occurred_at": found["at"] - rng.integers(1, HOUR, len(rows)),
    }
