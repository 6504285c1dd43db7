"""dbt builds what stands on changed tables, and what does not stand yet."""

from __future__ import annotations

from pipelines.warehouse.selection import Marks, Project, left_out

MODELS = {
    "model.atalaya.stg_a": ("staging", "stg_a"),
    "model.atalaya.stg_b": ("staging", "stg_b"),
    "model.atalaya.rpt_a": ("marts", "rpt_a"),
    "model.atalaya.rpt_b": ("marts", "rpt_b"),
    "model.atalaya.rpt_both": ("marts", "rpt_both"),
}
PROJECT = Project(
    models=MODELS,
    views=frozenset({"model.atalaya.stg_a", "model.atalaya.stg_b"}),
    tests={
        "test.atalaya.unique_a": frozenset({"model.atalaya.stg_a"}),
        "test.atalaya.unique_b": frozenset({"model.atalaya.stg_b"}),
        "test.atalaya.both_add_up": frozenset({"model.atalaya.rpt_both", "model.atalaya.rpt_b"}),
    },
    children={
        "source.atalaya.lake_silver.a": ("model.atalaya.stg_a",),
        "source.atalaya.lake_silver.b": ("model.atalaya.stg_b",),
        "model.atalaya.stg_a": ("model.atalaya.rpt_a", "model.atalaya.rpt_both"),
        "model.atalaya.stg_b": ("model.atalaya.rpt_b", "model.atalaya.rpt_both"),
    },
    checksum="p",
)
STANDING = set(MODELS.values())
BUILT = Marks("p today", {"a": "1", "b": "1"})
CHANGED_A = Marks("p today", {"a": "2", "b": "1"})


def test_marts_and_tests_on_what_did_not_change_are_left_out_and_so_are_views_that_stand() -> None:
    assert left_out(PROJECT, STANDING, CHANGED_A, BUILT, ()) == ("rpt_b", "stg_a", "stg_b", "unique_b")


def test_with_nothing_new_nothing_is_built() -> None:
    assert len(left_out(PROJECT, STANDING, BUILT, BUILT, ())) == len(MODELS) + len(PROJECT.tests)


def test_a_view_that_went_with_its_table_is_made_again() -> None:
    assert "stg_a" not in left_out(PROJECT, STANDING - {("staging", "stg_a")}, CHANGED_A, BUILT, ())


def test_everything_is_built_first_and_after_a_change_of_the_project_or_of_the_day() -> None:
    for built in (None, Marks("p yesterday", BUILT.tables)):
        assert left_out(PROJECT, STANDING, CHANGED_A, built, ()) == ()


def test_what_stands_on_a_held_back_table_is_left_as_it_was() -> None:
    assert left_out(PROJECT, set(), CHANGED_A, None, ("b",)) == (
        "both_add_up",
        "rpt_b",
        "rpt_both",
        "stg_b",
        "unique_b",
    )
