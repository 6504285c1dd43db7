"""The credit unions' part of a world: members with their accounts, cards, cash, transfers, remittances and micro-loans."""

from __future__ import annotations

import numpy as np

from sources.workload.calendars import Calendar
from sources.workload.columns import Columns, height, sort_by, stack, take
from sources.workload.diasporacore.partners import partner_rows
from sources.workload.diasporacore.quotes import status_rows
from sources.workload.diasporacore.verification import document_rows, factor_rows, verified_tiers, wallet_rows
from sources.workload.household import household
from sources.workload.labels import disputes, numbered
from sources.workload.lending import lending
from sources.workload.movements import Numbers
from sources.workload.planting.cases import Planted
from sources.workload.planting.crowds import plant_crowds, plant_takeovers
from sources.workload.planting.fraud import plant_cards
from sources.workload.planting.laundering import plant_rapid, plant_structuring
from sources.workload.planting.parameters import RAPID_ONE_IN, STRUCTURING_ONE_IN
from sources.workload.planting.shapes import USUAL, Shapes
from sources.workload.planting.worlds import member_world
from sources.workload.population import Members, build_members, member_rows
from sources.workload.remittances import remittances
from sources.workload.sizes import Size
from sources.workload.spending import Shops, build_shops, card_payments
from sources.workload.streams import stream
from sources.workload.system import Built, identify, marks, truth_rows
from sources.workload.tontines.build import build_tontines


def build_banking(seed: int, size: Size, calendar: Calendar, shapes: Shapes = USUAL) -> Built:
    """Members, what they do, and what was planted among it, in these shapes."""
    members = build_members(seed, size)
    numbers, shops = Numbers(), build_shops(seed, size, members)
    orders, quotes, sent = remittances(seed, size, members, calendar, numbers)
    loans = lending(seed, size, members, calendar, numbers)
    tontines = build_tontines(seed, size, members, calendar, numbers)
    crowds = plant_crowds(stream(seed, "crowds"), size, members, calendar, numbers, shapes)
    daily = [household(seed, members, calendar, numbers), sent, loans["account_transactions"], tontines.movements]
    daily += [crowd.rows for crowd in crowds]
    cards = max(200, size.bank_movements - sum(height(part) for part in daily))
    paid = card_payments(seed, members, shops, calendar, numbers, cards)
    others = _plant_banking(seed, size, members, shops, calendar, paid, numbers, shapes)
    plants = [tontines.look_alikes, *crowds, *others]
    plain = {name: paid[name] for name in daily[0]}
    rows = stack([*daily, plain, *(plant.rows for plant in others)])
    rows = sort_by(take(rows, calendar.within(rows["occurred_at"])), "occurred_at")
    rows["transaction_id"] = identify(f"tx{seed}", rows["movement"])
    kind, case = marks(rows["movement"], plants)
    told, known = disputes(seed, rows, kind, case, calendar.end)
    truth = truth_rows("diasporacore", {**rows, "party_id": rows["customer_id"]}, kind, case, known)
    tiers = verified_tiers(seed, members, orders, calendar)
    people = member_rows(seed, members, calendar, tiers)
    tables = {
        "tenants": people["tenants"],
        "users": people["users"],
        "kyc_documents": document_rows(seed, members, tiers, calendar),
        "devices": _devices(seed, members, rows, calendar),
        "accounts": stack([people["accounts"], tontines.accounts]),
        "wallets": wallet_rows(seed, members, calendar),
        "remittance_corridors": people["remittance_corridors"],
        "remittance_partners": partner_rows(calendar),
        "fx_quotes": quotes,
        "remittance_orders": orders,
        "remittance_status_log": status_rows(seed, orders),
        "account_transactions": rows,
        "transaction_disputes": numbered(told, "dispute_id", f"dispute{seed}"),
        **tontines.named(rows["movement"], rows["transaction_id"]),
        "loans": loans["loans"],
        "loan_repayments": loans["loan_repayments"],
        "credit_score_factors": factor_rows(loans["loans"], calendar),
    }
    return Built(tables, truth)


def _plant_banking(  # noqa: PLR0913, PLR0917 - the whole world is the planter's ground
    seed: int,
    size: Size,
    members: Members,
    shops: Shops,
    calendar: Calendar,
    paid: Columns,
    numbers: Numbers,
    shapes: Shapes,
) -> list[Planted]:
    rng = stream(seed, "planted in banking")
    ground = member_world(seed, rng, members, shops, paid, numbers)
    structuring, rapid = (size.cases(one_in, at_least=3) for one_in in (STRUCTURING_ONE_IN, RAPID_ONE_IN))
    return [
        *plant_cards(rng, ground, calendar, shapes),
        plant_takeovers(rng, size, members, calendar, numbers, ground, shapes),
        plant_structuring(rng, members, calendar, numbers, structuring, shapes.structuring),
        plant_rapid(rng, members, calendar, numbers, rapid, shapes.rapid_movement),
    ]


def _devices(seed: int, members: Members, rows: Columns, calendar: Calendar) -> Columns:
    """Every device that a movement names, with the first member of each union who used it, and the ones nobody used yet."""
    rng = stream(seed, "devices")
    used = take(rows, rows["device_id"] != None)  # noqa: E711 - element by element
    pairs = np.char.add(np.char.add(used["tenant_id"].astype(str), " "), used["device_id"].astype(str))
    pair, first = np.unique(pairs, return_index=True)
    own = {f"{tenant} {device}" for tenant, device in zip(members.tenant, members.device, strict=True)}
    joined = calendar.start - rng.integers(1, 10**14, len(members))
    other = first[np.array([name not in own for name in pair.tolist()], dtype=bool)]
    count = len(members) + len(other)
    platform = rng.choice(3, count, p=[0.42, 0.46, 0.12])
    return {
        "device_id": np.concatenate([members.device, used["device_id"][other]]),
        "tenant_id": np.concatenate([members.tenant, used["tenant_id"][other]]),
        "user_id": np.concatenate([members.user, used["customer_id"][other]]),
        "platform": np.array(["ios", "android", "web"], dtype=object)[platform],
        "first_seen_at": np.concatenate([joined, used["occurred_at"][other]]),
    }
