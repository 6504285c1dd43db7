"""Credit monitoring: what an application says against the same customer's application before."""

from __future__ import annotations

from contracts.credit.monitoring import load_monitoring
from contracts.credit.offers import load_offers
from contracts.events import Json
from ml.champions import Champion
from ml.credit.monitoring import movement


def credit_alert(previous: Json, decision: Json, champion: Champion) -> Json | None:
    """The alert on a decision, as it is stored; None where nothing moved by a declared step.

    Applications under two jurisdictions tell amounts of two currencies, and are not compared.
    """
    if previous["jurisdiction"] not in {None, decision["jurisdiction"]}:
        return None
    columns = load_offers().products[decision["product"]].columns
    found = movement(previous["inputs"], decision["inputs"], champion, columns, load_monitoring())
    if found is None:
        return None
    return {
        "application_id": decision["application_id"],
        "previous_application_id": previous["application_id"],
        "customer_id": decision["customer_id"],
        "product": decision["product"],
        "movements": list(found.movements),
        "score_before": found.score_before,
        "score_after": found.score_after,
        "bureau_score_before": found.bureau_score_before,
        "bureau_score_after": found.bureau_score_after,
        "raised_at": decision["decided_at"],
    }
