"""The data dictionary: complete, truthful about where columns come from, and the same bytes each time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.dictionary.entries import CLASSES, Entry, Page, Relation, all_gaps, strictest, unit_of
from cli.dictionary.models import DBT_PROJECT, warehouse_pages
from cli.dictionary.pages import gather_pages, index_text, page_text, write_pages
from contracts.errors import ConfigurationError
from contracts.events import load_envelope, load_event_schemas
from contracts.features import feature_names, kept_views
from contracts.tables import load_systems, load_tables
from pipelines.warehouse.copied import copied_tables


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    return {page.name: page for page in gather_pages()}


def relation(page: Page, name: str) -> Relation:
    return next(one for one in page.relations if one.name == name)


def entry(page: Page, name: str, column: str) -> Entry:
    found = relation(page, name).column(column)
    assert found is not None
    return found


def test_nothing_is_missing(pages: dict[str, Page]) -> None:
    assert all_gaps(pages.values()) == []


def test_every_declared_thing_has_its_place(pages: dict[str, Page]) -> None:
    for system in load_systems():
        told = {one.name: {column.name for column in one.entries} for one in pages[system.app].relations}
        assert told == {
            f"{system.schema_name}.{table.name}": {column.name for column in table.columns} for table in system.tables
        }
    assert {one.name for one in pages["events"].relations} == {"envelope", *load_event_schemas()}
    features = {column.name for one in pages["features"].relations for column in one.entries}
    assert features == set(feature_names())
    silver = {one.name: {column.name for column in one.entries} for one in pages["silver"].relations}
    assert silver == {table.name: {column.name for column in table.stored} for table in copied_tables()}
    assert {one.name for one in pages["bronze"].relations} == {
        *(table.bronze for table in load_tables()),
        "bronze.events",
    }


def test_a_feature_is_told_with_how_it_is_made(pages: dict[str, Page]) -> None:
    made = {
        "account__count_failures_1h": "count over 1h by 1s where failed",
        "account__count_round_24h": "count over 1d by 1m where amount_minor is at least 50000 and a multiple of 50000",
        "account__seconds_since_other_ip_country": "seconds_since_other of ip_country",
    }
    for name, said in made.items():
        source = entry(pages["features"], "account_activity", name).source
        assert source == f"contracts/features/account_activity.yml: {said}"
    terminal = relation(pages["features"], "terminal_activity")
    (view,) = (one for one in kept_views() if one.view == "terminal_activity")
    assert (
        terminal.description
        == f"Features of each terminal, version {view.version}, over buckets that ended 1m before the movement"
    )
    share = entry(pages["features"], "terminal_activity", "terminal__fraud_share_7d").source
    assert share.endswith(": fraud_share over 7d by 1h that ended 7d before where leg is debit")


def test_the_table_that_models_learn_from_has_every_key(pages: dict[str, Page]) -> None:
    table = "features.transaction_activity"
    for view in kept_views():
        assert entry(pages["feature-tables"], table, view.key).classification in {"internal", "confidential"}
    assert entry(pages["feature-tables"], table, "device_id").classification == "confidential"


def test_every_model_of_dbt_is_told_with_its_origin(pages: dict[str, Page]) -> None:
    models = {path.stem for path in (DBT_PROJECT / "models").rglob("*.sql")}
    assert models == {one.name for name in ("staging", "intermediate", "marts") for one in pages[name].relations}
    margin = entry(pages["marts"], "fct_remittance_orders", "margin_usd_minor")
    assert margin.unit == "US cents"
    assert margin.source.split(", ") == [
        f"int_remittance_margins: {name}"
        for name in ("fee_amount", "minor_per_unit", "spread_amount", "usd_cents_per_minor")
    ]


def test_classes_follow_the_data_to_the_marts(pages: dict[str, Page]) -> None:
    contract = entry(pages["diasporacore"], "diasporacore.remittance_orders", "user_id")
    assert contract.classification == "confidential"
    assert entry(pages["silver"], "silver.diasporacore__remittance_orders", "user_id").classification == "confidential"
    assert entry(pages["marts"], "fct_remittance_orders", "user_id").classification == "confidential"
    assert entry(pages["marts"], "rpt_alerts_daily", "parties").classification == "confidential"
    assert entry(pages["marts"], "rpt_payments_daily", "payments").classification == "internal"


def test_a_direct_identifier_is_a_token_in_silver_and_in_no_mart(pages: dict[str, Page]) -> None:
    assert entry(pages["silver"], "silver.diasporacore__users", "full_name").tag == "direct_identifier, token"
    for name in ("staging", "intermediate", "marts"):
        for one in pages[name].relations:
            for column in one.entries:
                assert "direct_identifier" not in column.tag, f"{one.name}.{column.name}"


def test_a_name_that_says_nothing_gives_way_to_its_origin(pages: dict[str, Page]) -> None:
    assert entry(pages["marts"], "fct_decisions", "leg").description.startswith("Money leaves (debit)")
    assert entry(pages["marts"], "fct_decisions", "score").description.startswith("Fraud probability")


def test_an_event_is_as_confidential_as_the_column_of_its_name() -> None:
    """What a table keeps from most readers must not be open to them in an event."""
    declared: dict[str, list[str]] = {}
    for table in load_tables():
        for column in table.columns:
            declared.setdefault(column.name, []).append(column.classification)
    for schema in [load_envelope(), *(one.schema for one in load_event_schemas().values())]:
        classes = {field: kind for kind, fields in schema.get("x-classes", {}).items() for field in fields}
        assert classes.keys() <= schema["properties"].keys()
        assert set(classes.values()) <= set(CLASSES)
        assert schema.get("x-units", {}).keys() <= schema["properties"].keys()
        for field in schema["properties"].keys() & {name for name in declared if name.endswith("_id")}:
            least = min(declared[field], key=CLASSES.index)
            assert strictest([classes.get(field, "internal"), least]) == classes.get(field, "internal"), field


def test_the_same_declarations_give_the_same_bytes(pages: dict[str, Page], tmp_path: Path) -> None:
    first = write_pages(pages.values(), tmp_path / "one")
    again = write_pages(gather_pages(), tmp_path / "two")
    assert [path.name for path in first] == [path.name for path in again]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    assert not re.search(r"20\d\d-\d\d-\d\dT", first[0].read_text(encoding="utf-8"))


def test_the_index_leads_to_every_page(pages: dict[str, Page], tmp_path: Path) -> None:
    index, *others = write_pages(pages.values(), tmp_path)
    linked = set(re.findall(r"\]\((\S+)\)", index.read_text(encoding="utf-8")))
    assert linked == {path.name for path in others}
    assert all(path.exists() for path in others)


def test_a_gap_is_listed_with_where_and_what() -> None:
    column = Entry("amount", "numeric(18,2)", "", "", "secret", "", "")
    page = Page(
        "marts", "Marts", "All", (Relation("fct_x", "X", "platform", (), (column,)), Relation("y", "", "p", (), ()))
    )
    assert all_gaps([page]) == [
        ("marts", "fct_x", "amount", "description"),
        ("marts", "fct_x", "amount", "class"),
        ("marts", "fct_x", "amount", "unit"),
        ("marts", "fct_x", "amount", "source"),
        ("marts", "y", "", "description"),
        ("marts", "y", "", "columns"),
    ]
    assert "`fct_x.amount` has no unit" in index_text((page,))


def test_a_text_keeps_to_its_cell() -> None:
    column = Entry("a", "text", "this | that\n<b>", "", "internal", "", "x")
    text = page_text(Page("p", "P", "d", (Relation("r", "R", "o", (), (column,)),)))
    assert "| `a` | text | this \\| that &lt;b> |  | internal |  | x |" in text


@given(st.lists(st.sampled_from(CLASSES)))
def test_a_column_is_at_least_as_strict_as_what_it_is_made_from(classes: list[str]) -> None:
    assert all(CLASSES.index(strictest(classes)) >= CLASSES.index(one) for one in classes)
    assert strictest(classes) in {*classes, "internal"}


def test_a_suffix_says_the_unit_unless_one_is_declared() -> None:
    assert unit_of("amount_usd_minor") == "US cents"
    assert unit_of("amount_minor") == "minor unit of the currency"
    assert unit_of("fee_pct", "basis points") == "basis points"
    assert unit_of("name") == ""


def project(folder: Path, *, declared: str) -> Path:
    """A dbt project of one source and two models, the second on the first."""
    models = folder / "models" / "staging"
    (folder / "macros").mkdir(parents=True)
    (folder / "models" / "marts").mkdir(parents=True)
    models.mkdir(parents=True)
    source = "{name: things, description: Things, columns: [{name: owner_id, data_type: text, description: Owner, config: {meta: {class: restricted, source: s}}}]}"
    (models / "sources.yml").write_text(f"sources: [{{name: lake_silver, tables: [{source}]}}]", encoding="utf-8")
    (models / "stg_things.sql").write_text("select owner_id as who from {{ source('lake_silver', 'things') }}", "utf-8")
    (folder / "models" / "marts" / "fct_things.sql").write_text(
        "with one as (select who from {{ ref('stg_things') }}) select count(distinct who) as owners from one", "utf-8"
    )
    (models / "_x.yml").write_text(
        f"models: [{{name: fct_things, description: X, columns: [{{name: {declared}}}]}}]", "utf-8"
    )
    return folder


def test_a_class_follows_renames_and_steps(tmp_path: Path) -> None:
    found = {page.name: page for page in warehouse_pages((), project(tmp_path, declared="owners"))}
    assert entry(found["staging"], "stg_things", "who").description == "Owner"
    owners = entry(found["marts"], "fct_things", "owners")
    assert (owners.classification, owners.source) == ("restricted", "stg_things: who")


def test_a_column_that_is_declared_and_not_selected_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="fct_things declares columns that it does not have: owner"):
        warehouse_pages((), project(tmp_path, declared="owner"))
