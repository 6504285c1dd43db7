"""What dbt is told of its readers is what they read."""

from __future__ import annotations

import re
from typing import Any

import yaml

from contracts.settings import PROJECT

MODELS = PROJECT / "dbt_project" / "models"
EXPOSURES: list[dict[str, Any]] = [
    one
    for path in sorted(MODELS.glob("exposures_*.yml"))
    for one in yaml.safe_load(path.read_text(encoding="utf-8"))["exposures"]
]


def read_by(exposure: dict[str, Any]) -> set[str]:
    return {name for text in exposure["depends_on"] for name in re.findall(r"ref\('(\w+)'\)", text)}


def test_the_executive_page_s_exposure_lists_the_marts_of_its_queries() -> None:
    queries = (PROJECT / "dashboards" / "queries.py").read_text(encoding="utf-8")
    (page,) = [one for one in EXPOSURES if one["name"] == "executive_page"]
    assert read_by(page) == set(re.findall(r"from marts\.(\w+)", queries))


def test_exposures_have_names_of_their_own_and_read_marts() -> None:
    names = [one["name"] for one in EXPOSURES]
    assert len(names) == len(set(names))
    marts = {path.stem for path in (MODELS / "marts").rglob("*.sql")}
    for one in EXPOSURES:
        assert read_by(one) <= marts, one["name"]
        assert len(read_by(one)) == len(one["depends_on"])
        assert one["description"]
        assert one["owner"]["name"]


def test_every_trading_mart_has_a_reader() -> None:
    read = set().union(*(read_by(one) for one in EXPOSURES))
    assert {path.stem for path in (MODELS / "marts" / "trading").glob("*.sql")} <= read
