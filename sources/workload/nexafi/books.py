"""The bank's ledger: opening balances, payments, fees, loans and costs, each one account debited and one credited."""

from __future__ import annotations

import numpy as np

from sources.workload.calendars import Calendar
from sources.workload.columns import DAY, NEVER, Array, Columns, Integers, full, height, named, sort_by, stack, take
from sources.workload.nexafi.businesses import CURRENCIES, ENTITIES, Businesses
from sources.workload.nexafi.lending import Lent

# The entities' own accounts: kind, name, class, place in the cash flow statement.
OWN = (
    ("cash", "Cash at correspondents", "asset", "cash"),
    ("loans", "Loans to businesses", "asset", "operating"),
    ("equity", "Share capital", "equity", "financing"),
    ("interest_income", "Interest income", "income", "operating"),
    ("fee_income", "Fee income", "income", "operating"),
    ("credit_losses", "Credit losses", "expense", "operating"),
    ("network_costs", "Payment network costs", "expense", "operating"),
)
_CAPITAL = 0.2  # of deposits
_COST_SHARE = 0.0004  # of the volume of a month


def account_rows(businesses: Businesses, calendar: Calendar) -> Columns:
    """The entities' accounts, then every business's deposit."""
    count, own = len(businesses), len(OWN) * len(ENTITIES)
    opened = np.full(own + count, calendar.start - 735 * DAY)

    def column(place: int, deposit: str) -> Array:
        return np.concatenate(
            [np.array([row[place] for row in OWN] * len(ENTITIES), dtype=object), full(count, deposit)]
        )

    ids = [own_account(entity, row[0]) for entity in range(len(ENTITIES)) for row in OWN]
    tenants = np.repeat(np.array(ENTITIES, dtype=object), len(OWN))
    return {
        "ledger_account_id": np.concatenate([np.array(ids, dtype=object), businesses.account]),
        "tenant_id": np.concatenate([tenants, businesses.tenant]),
        "business_id": np.concatenate([tenants, businesses.business]),
        "name": column(1, "Deposits of businesses"),
        "kind": column(0, "deposit"),
        "account_class": column(2, "liability"),
        "cash_flow": column(3, "operating"),
        "currency": np.concatenate([np.repeat(np.array(CURRENCIES, dtype=object), len(OWN)), businesses.currency]),
        "status": full(own + count, "active"),
        "opened_at": opened,
        "updated_at": opened,
    }


def own_account(entity: int, kind: str) -> str:
    """An account of the entity at this position."""
    return f"{ENTITIES[entity]}-{kind}"


def ledger(seed: int, businesses: Businesses, payments: Columns, lent: Lent, calendar: Calendar) -> Columns:
    """All postings in the order of time; `payments` has `which`, `loan` (-1 for none) and `interest`."""
    parts = [
        _opening(businesses, payments, lent, calendar),
        _moved(businesses, payments),
        _lent(businesses, payments),
        _write_offs(businesses, lent, calendar),
        _costs(businesses, payments),
    ]
    rows = sort_by(stack(parts), "posted_at")
    loan_ids = np.append(lent.tables["loans"]["loan_id"], np.array([None], dtype=object))
    rows["loan_id"] = loan_ids[rows.pop("loan")]
    return {"ledger_entry_id": named(f"nxentry{seed}", np.arange(1, height(rows) + 1), 7), **rows}


def _entries(  # noqa: PLR0913 - what a posting is made of
    kind: str,
    entity: Integers,
    debit: Array,
    credit: Array,
    amount: Integers,
    at: Integers,
    *,
    payment: Array | None = None,
    loan: Integers | None = None,
) -> Columns:
    count = len(entity)
    rows: Columns = {
        "tenant_id": np.array(ENTITIES, dtype=object)[entity],
        "kind": full(count, kind),
        "debit_account_id": debit,
        "credit_account_id": credit,
        "amount": amount,
        "currency": np.array(CURRENCIES, dtype=object)[entity],
        "payment_id": full(count, None) if payment is None else payment,
        "posted_at": at,
        "loan": np.full(count, -1, dtype=np.int64) if loan is None else loan,
    }
    return take(rows, amount > 0)


def _own(entity: Integers, kind: str) -> Array:
    return np.array([own_account(place, kind) for place in range(len(ENTITIES))], dtype=object)[entity]


def opening_balances(businesses: Businesses, payments: Columns) -> Integers:
    """What each business has at the start: its cushion, above what keeps its account from going below nothing."""
    done = take(payments, payments["status"] != "failed")
    back = (done["status"] == "reversed") & (done["direction"] == "in")
    moved = np.where(done["direction"] == "in", done["amount"], -done["amount"]) - done["fee_amount"]
    moved = np.where(back, 0, moved)
    order = np.lexsort((done["occurred_at"], done["which"]))
    which, running = done["which"][order], np.cumsum(moved[order])
    first = np.searchsorted(which, np.arange(len(businesses)), side="left")
    before = np.where(first > 0, np.append(0, running)[first], 0)
    lowest = np.zeros(len(businesses), dtype=np.int64)
    np.minimum.at(lowest, which, running - before[which])
    cushion = np.rint(businesses.cushion * businesses.monthly * 100).astype(np.int64)
    opening: Integers = cushion - lowest
    return opening


def _opening(businesses: Businesses, payments: Columns, lent: Lent, calendar: Calendar) -> Columns:
    deposits, entity = opening_balances(businesses, payments), businesses.entity
    at = np.full(len(businesses), calendar.start)
    held = _entries("opening", entity, _own(entity, "cash"), businesses.account, deposits, at)
    owed = outstanding(lent, calendar.start)
    lender = businesses.entity[lent.which]
    start = np.full(len(lender), calendar.start)
    loans = _entries(
        "opening", lender, _own(lender, "loans"), _own(lender, "equity"), owed, start, loan=np.arange(len(lender))
    )
    both = np.arange(len(ENTITIES))
    capital = np.array([round(deposits[entity == place].sum() * _CAPITAL) for place in both.tolist()], dtype=np.int64)
    paid_in = _entries("opening", both, _own(both, "cash"), _own(both, "equity"), capital, np.full(2, calendar.start))
    return stack([held, loans, paid_in])


def outstanding(lent: Lent, at: int) -> Integers:
    """Principal that each loan owes at an instant; nothing once it defaulted."""
    owed = np.where(lent.disbursed < at, lent.tables["loans"]["principal"], 0).astype(np.int64)
    paid = (lent.paid_at != NEVER) & (lent.paid_at < at)
    np.subtract.at(owed, lent.loan[paid], lent.principal_part[paid])
    gone = (lent.defaulted != NEVER) & (lent.defaulted <= at)
    left: Integers = np.where(gone, 0, owed)
    return left


def _moved(businesses: Businesses, payments: Columns) -> Columns:
    """Payments that are no loan's: completed, or completed and then reversed; and their fees."""
    rows = take(payments, (payments["loan"] < 0) & (payments["status"] != "failed"))
    entity, account = businesses.entity[rows["which"]], businesses.account[rows["which"]]
    cash, comes = _own(entity, "cash"), rows["direction"] == "in"
    debit, credit = np.where(comes, cash, account), np.where(comes, account, cash)
    ids, at = rows["payment_id"], rows["occurred_at"]
    back = np.where(rows["status"] == "reversed", rows["amount"], 0)
    fee = _own(entity, "fee_income")
    return stack(
        [
            _entries("payment", entity, debit, credit, rows["amount"], at, payment=ids),
            _entries("reversal", entity, credit, debit, back, rows["updated_at"], payment=ids),
            _entries("fee", entity, account, fee, rows["fee_amount"], at, payment=ids),
        ]
    )


def _lent(businesses: Businesses, payments: Columns) -> Columns:
    rows = take(payments, payments["loan"] >= 0)
    entity, account = businesses.entity[rows["which"]], businesses.account[rows["which"]]
    comes, ids, at, loan = rows["direction"] == "in", rows["payment_id"], rows["occurred_at"], rows["loan"]
    loans, nothing = _own(entity, "loans"), np.zeros(height(rows), dtype=np.int64)
    given = np.where(comes, rows["amount"], nothing)
    principal = np.where(comes, nothing, rows["amount"] - rows["interest"])
    interest = _own(entity, "interest_income")
    return stack(
        [
            _entries("disbursement", entity, loans, account, given, at, payment=ids, loan=loan),
            _entries("principal", entity, account, loans, principal, at, payment=ids, loan=loan),
            _entries("interest", entity, account, interest, rows["interest"], at, payment=ids, loan=loan),
        ]
    )


def _write_offs(businesses: Businesses, lent: Lent, calendar: Calendar) -> Columns:
    """What a loan owes when it defaults is lost; the bank's books know no recoveries."""
    lost = np.flatnonzero(calendar.within(lent.defaulted))
    owed = lent.tables["loans"]["principal"].copy()
    paid = lent.paid_at != NEVER
    np.subtract.at(owed, lent.loan[paid], lent.principal_part[paid])
    entity = businesses.entity[lent.which[lost]]
    return _entries(
        "write_off",
        entity,
        _own(entity, "credit_losses"),
        _own(entity, "loans"),
        owed[lost],
        lent.defaulted[lost],
        loan=lost,
    )


def _costs(businesses: Businesses, payments: Columns) -> Columns:
    """What the payment networks charge for each thirty days, paid at their end."""
    rows = take(payments, (payments["method"] != "internal") & (payments["status"] != "failed"))
    entity, period = businesses.entity[rows["which"]], rows["occurred_at"] // (30 * DAY)
    cells, position = np.unique(np.stack([entity, period]), axis=1, return_inverse=True)
    volume = np.bincount(position.ravel(), weights=rows["amount"].astype(float))
    last = np.zeros(len(volume), dtype=np.int64)
    np.maximum.at(last, position.ravel(), rows["occurred_at"])
    who, cost = cells[0], np.rint(volume * _COST_SHARE).astype(np.int64)
    return _entries("cost", who, _own(who, "network_costs"), _own(who, "cash"), cost, last)
