"""Public sets are read as their descriptions say; those whose file is absent are skipped, by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import ConfigurationError
from contracts.settings import Settings
from tests.bench.bench_credit import measure
from tests.bench.credit_sets import CreditSet, described_sets, read_applicants, read_set

OWN = """
set: own
source: {file: own.csv, separator: ",", header: true, missing: ["", "?"], fold_case: true}
target: {column: outcome, bad: "YES"}
costs: {bad_accepted: 3, good_refused: 1}
repetitions: 1
features:
  debt: {trend: ascending}
  income:
  debt_to_income: {ratio: [debt, income], trend: ascending}
  trade: {kind: category}
scale: {base_points: 600, base_odds: 50, points_to_double_odds: 20}
training: {seed: 1, minimum_bin_share: 0.05, inverse_penalties: [1], category_smoothing: 10}
"""


def described(tmp_path: Path, rows: str) -> tuple[Path, Settings]:
    (tmp_path / "credit").mkdir()
    (tmp_path / "credit" / "own.csv").write_text(f"debt,income,trade,outcome\n{rows}", encoding="utf-8")
    (tmp_path / "own.yml").write_text(OWN, encoding="utf-8")
    return tmp_path / "own.yml", Settings(bench_data=tmp_path)


def test_a_file_is_read_as_it_is_described(tmp_path: Path) -> None:
    path, settings = described(tmp_path, "10,5, Baker ,yes\n?,4,baker,no\n8,,SMITH,no\n")
    applicants = read_applicants(read_set(path), settings)
    assert applicants.default.tolist() == [True, False, False]
    assert applicants.features["debt_to_income"].tolist() == pytest.approx([2, float("nan"), float("nan")], nan_ok=True)
    assert applicants.features["trade"].tolist() == ["BAKER", "BAKER", "SMITH"]


def test_an_absent_set_is_told_with_the_way_to_name_its_folder(tmp_path: Path) -> None:
    path, settings = described(tmp_path, "")
    (tmp_path / "credit" / "own.csv").unlink()
    with pytest.raises(ConfigurationError, match="The credit set 'own' is absent: there is no"):
        measure(settings, described_by=path)


@pytest.mark.parametrize(
    ("line", "broken"),
    [
        ("trade: {kind: category}", "trade: {kind: ordered}"),
        ("income:", "income: {kind: category, ratio: [debt, debt]}"),
    ],
)
def test_a_description_that_breaks_its_shape_is_refused(tmp_path: Path, line: str, broken: str) -> None:
    path, _ = described(tmp_path, "")
    path.write_text(OWN.replace(f"  {line}", f"  {broken}"), encoding="utf-8")
    with pytest.raises(ConfigurationError):
        read_set(path)


@pytest.mark.parametrize(
    ("name", "rows", "defaults"), [("german", 1000, 300), ("hmeq", 5960, 1189), ("pakdd", 50_000, 13_041)]
)
def test_the_public_sets_have_their_rows(name: str, rows: int, defaults: int) -> None:
    (declared,) = [one for one in described_sets() if one.set == name]
    settings = Settings()
    if not (settings.bench_data / "credit" / declared.source.file).exists():
        pytest.skip(f"{settings.bench_data}/credit/{declared.source.file} is absent")
    applicants = read_applicants(declared, settings)
    assert (len(applicants.default), int(applicants.default.sum())) == (rows, defaults)
    assert _constant(declared, applicants.features.nunique(dropna=False).to_dict()) == []


def _constant(declared: CreditSet, values: dict[str, int]) -> list[str]:
    return [feature.name for feature in declared.features if values[feature.name] < 2]
