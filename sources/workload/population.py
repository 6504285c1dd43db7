"""The members of three Canadian credit unions, with families abroad, their accounts and their telephones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sources.workload.calendars import Calendar, microseconds
from sources.workload.columns import DAY, Array, Columns, Flags, Floats, Integers, full, named, where
from sources.workload.names import full_names
from sources.workload.sizes import Size
from sources.workload.streams import chance, choose, pick, stream

# Credit union, public name, and the position of its time zone in calendars.ZONES.
UNIONS = (
    ("cu-lakeshore", "Lakeshore Community Credit Union", 0),
    ("cu-pacific", "Pacific Newcomers Credit Union", 1),
    ("cu-atlantic", "Atlantic Harbour Credit Union", 2),
)
_UNION_SHARES = np.array([0.55, 0.3, 0.15])

# Country of family, its share of members, and the corridor's payout currency, fee, spread and risk.
CORRIDORS = {
    "PH": (0.24, "PHP", 1.2, 0.9, "standard"),
    "IN": (0.22, "INR", 1.0, 0.8, "standard"),
    "MX": (0.12, "MXN", 1.3, 1.0, "standard"),
    "CO": (0.09, "COP", 1.5, 1.2, "standard"),
    "MA": (0.08, "MAD", 1.6, 1.3, "standard"),
    "SN": (0.07, "XOF", 1.9, 1.5, "elevated"),
    "NG": (0.11, "NGN", 2.0, 1.9, "elevated"),
    "HT": (0.07, "HTG", 2.4, 2.1, "high"),
}


@dataclass(frozen=True)
class Members:
    """What behaviour needs to know of each member; position i is one member in every array."""

    user: Array
    account: Array
    device: Array
    union: Integers
    zone: Integers
    origin: Array
    income: Floats
    employment: Integers
    activity: Floats
    thrift: Floats
    bureau: Floats
    pay_rhythm: Integers
    rents: Flags
    remits: Flags

    def __len__(self) -> int:
        return len(self.user)

    @property
    def tenant(self) -> Array:
        """The credit union of each."""
        return np.array([code for code, _, _ in UNIONS], dtype=object)[self.union]


NO_PAY, BIWEEKLY, MONTHLY = 0, 1, 2


def build_members(seed: int, size: Size) -> Members:
    """Draw the members; a lognormal activity makes few of them do much, as everywhere."""
    rng, count = stream(seed, "members"), size.members
    numbers = np.arange(1, count + 1)
    union = pick(rng, _UNION_SHARES, count)
    bureau = rng.normal(0, 1, count)
    income: Floats = np.exp(rng.normal(np.log(3300), 0.4, count) + 0.08 * bureau).round(2)
    return Members(
        user=named(f"member{seed}", numbers, 6),
        account=named(f"acct{seed}", numbers, 6),
        device=named(f"device{seed}", numbers, 7),
        union=union,
        zone=np.array([zone for _, _, zone in UNIONS])[union],
        origin=choose(rng, list(CORRIDORS), count, [spec[0] for spec in CORRIDORS.values()]),
        income=income,
        employment=np.rint(rng.gamma(1.4, 26, count)).astype(np.int64),
        activity=np.exp(rng.normal(0, 0.8, count)),
        thrift=np.exp(rng.normal(0, 0.3, count)),
        bureau=bureau,
        pay_rhythm=pick(rng, np.array([0.58, 0.27, 0.15]), count),
        rents=chance(rng, count, 0.25),
        remits=chance(rng, count, 0.6),
    )


def member_rows(seed: int, members: Members, calendar: Calendar, tiers: Integers) -> dict[str, Columns]:
    """The rows of tenants, users and accounts; everybody joined before the history begins."""
    rng, count = stream(seed, "member rows"), len(members)
    joined = calendar.start - DAY * rng.integers(800, 2200, count) - rng.integers(0, DAY, count)
    names = full_names(rng, members.origin)
    users: Columns = {
        "user_id": members.user,
        "tenant_id": members.tenant,
        "full_name": names,
        "email": np.array(
            [f"{name.lower().replace(' ', '.')}.{number}@example.org" for number, name in enumerate(names)],
            dtype=object,
        ),
        "birth_date": np.datetime64("1960-01-01", "D") + rng.integers(0, 365 * 44, count),
        "country": full(count, "CA"),
        "origin_country": members.origin,
        "kyc_tier": tiers,
        "monthly_income": where(members.pay_rhythm != NO_PAY, np.rint(members.income * 100).astype(np.int64)),
        "employment_months": where(members.pay_rhythm != NO_PAY, members.employment),
        "registered_at": joined,
        "updated_at": joined,
    }
    accounts: Columns = {
        "account_id": members.account,
        "user_id": members.user,
        "tenant_id": members.tenant,
        "currency": full(count, "CAD"),
        "status": full(count, "active"),
        "opened_at": joined,
        "updated_at": joined,
    }
    return {"tenants": _unions(calendar), "users": users, "accounts": accounts, "remittance_corridors": _corridors()}


def _unions(calendar: Calendar) -> Columns:
    return {
        "tenant_id": np.array([code for code, _, _ in UNIONS], dtype=object),
        "name": np.array([name for _, name, _ in UNIONS], dtype=object),
        "country": full(len(UNIONS), "CA"),
        "created_at": np.full(len(UNIONS), microseconds(calendar.as_of) - 3000 * DAY, dtype=np.int64),
    }


def _corridors() -> Columns:
    specs = list(CORRIDORS.values())
    return {
        "corridor": np.array([f"CA-{country}" for country in CORRIDORS], dtype=object),
        "from_country": full(len(specs), "CA"),
        "to_country": np.array(list(CORRIDORS), dtype=object),
        "currency": np.array([spec[1] for spec in specs], dtype=object),
        "fee_pct": np.array([spec[2] for spec in specs]),
        "spread_pct": np.array([spec[3] for spec in specs]),
        "risk": np.array([spec[4] for spec in specs], dtype=object),
    }
