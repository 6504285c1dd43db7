"""Mexicans who look for credit: income, debts, and what a bureau would say of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sources.workload.calendars import Calendar
from sources.workload.columns import DAY, HOUR, Array, Columns, Flags, Floats, Integers, full, named
from sources.workload.names import full_names
from sources.workload.streams import chance, choose, money, stream

LOAN_DAYS = 335  # older than the movements, so that outcomes of most of a year are known
# Mexico City keeps UTC-6 all year since October 2022.
LOCAL = 6 * HOUR
EMPLOYMENTS = ("salaried", "self_employed", "informal", "retired")
_STATES = ("MX-CMX", "MX-MEX", "MX-JAL", "MX-NLE", "MX-PUE", "MX-GUA", "MX-VER", "MX-OAX", "MX-CHP")
_STATE_SHARES = (0.22, 0.2, 0.14, 0.12, 0.08, 0.08, 0.07, 0.05, 0.04)
_CONSENT_DAYS = 3 * 365


@dataclass(frozen=True)
class People:
    """Position i is one person in every array; `standing` is the latent creditworthiness that the bureau half sees."""

    user: Array
    account: Array
    employment: Array
    months: Integers
    income: Floats
    debt: Floats
    standing: Floats
    utilisation: Floats
    marginalised: Flags
    registered: Integers

    def __len__(self) -> int:
        return len(self.user)


def build_people(seed: int, count: int, calendar: Calendar) -> People:
    """Draw them; everybody registered before the first application."""
    rng = stream(seed, "raisket people")
    numbers = np.arange(1, count + 1)
    standing = rng.normal(0, 1, count)
    employment = choose(rng, EMPLOYMENTS, count, (0.52, 0.22, 0.19, 0.07))
    income: Floats = np.exp(rng.normal(np.log(13_500), 0.5, count) + 0.1 * standing - 0.35 * (employment == "informal"))
    debt = income * np.exp(rng.normal(-0.2, 0.8, count) - 0.2 * standing)
    pressure = 1.1 * np.log(debt / income + 0.1) - 0.7 * standing + rng.normal(0, 0.8, count)
    registered = calendar.end - (LOAN_DAYS + 1) * DAY - rng.integers(0, 500 * DAY, count)
    return People(
        user=named(f"applicant{seed}", numbers, 6),
        account=named(f"clabe{seed}", numbers, 6),
        employment=employment,
        months=np.rint(rng.gamma(1.3, 28, count)).astype(np.int64),
        income=income,
        debt=debt,
        standing=standing,
        utilisation=100 / (1 + np.exp(-pressure)),
        marginalised=chance(rng, count, 0.08),
        registered=registered,
    )


def people_rows(seed: int, people: People) -> dict[str, Columns]:
    """The rows of users and profiles."""
    rng, count = stream(seed, "raisket people rows"), len(people)
    users: Columns = {
        "user_id": people.user,
        "full_name": full_names(rng, full(count, "MX")),
        "email": np.array([f"{name}@example.org" for name in people.user.tolist()], dtype=object),
        "curp": np.array([f"XEXX{number:014d}" for number in rng.permutation(count).tolist()], dtype=object),
        "birth_date": np.datetime64("1956-01-01", "D") + rng.integers(0, 365 * 50, count),
        "country": full(count, "MX"),
        "state": choose(rng, _STATES, count, _STATE_SHARES),
        "in_marginalised_zone": people.marginalised,
        "kyc_tier": rng.integers(1, 4, count),
        "registered_at": people.registered,
        "updated_at": people.registered,
    }
    linked = people.registered + rng.integers(HOUR, 12 * HOUR, count)
    profiles: Columns = {
        "user_id": people.user,
        "account_id": people.account,
        "employment": people.employment,
        "employment_months": people.months,
        "monthly_income": money(people.income),
        "existing_debt": money(people.debt),
        "currency": full(count, "MXN"),
        "linked_at": linked,
        "updated_at": linked,
    }
    return {"users": users, "profiles": profiles}


def consent_rows(seed: int, people: People, used: Integers, end: int) -> Columns:
    """A bureau consent of everybody, revoked by some after its last use (`used`, an instant), and some for marketing."""
    rng, count = stream(seed, "raisket consents"), len(people)
    for_bureau = people.registered + rng.integers(HOUR, 24 * HOUR, count)
    revoked = np.maximum(used, for_bureau) + rng.integers(DAY, 200 * DAY, count)
    taken_back = chance(rng, count, 0.08) & (revoked < end)
    market = np.flatnonzero(chance(rng, count, 0.3))
    granted = np.concatenate([for_bureau, people.registered[market]])
    ended = np.concatenate([taken_back, np.zeros(len(market), dtype=bool)])
    never = np.full(len(granted), np.iinfo(np.int64).min)
    never[:count][taken_back] = revoked[taken_back]
    return {
        "consent_id": named(f"consent{seed}", np.arange(1, len(granted) + 1)),
        "user_id": np.concatenate([people.user, people.user[market]]),
        "purpose": np.concatenate([full(count, "bureau_inquiry"), full(len(market), "marketing")]),
        "status": np.array(["granted", "revoked"], dtype=object)[ended.astype(int)],
        "granted_at": granted,
        "expires_at": granted + _CONSENT_DAYS * DAY,
        "revoked_at": never,
        "updated_at": np.where(ended, never, granted),
    }
