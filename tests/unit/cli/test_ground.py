"""The demo's ground: a demo may throw away what a demo made, and nothing that a person may have added."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.commands.import_ import transactions
from cli.commands.up import up
from cli.demo.ground import clear_ground
from contracts.errors import AtalayaError, ConfigurationError, TransientError
from contracts.settings import Settings


@pytest.fixture
def after_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of a state that a demo left behind, which the verbs of this process work on."""
    monkeypatch.setenv("ATALAYA_STATE", str(tmp_path / "state"))
    settings = Settings()
    clear_ground(settings)
    (settings.state / "lakehouse").mkdir()
    (settings.state / "lakehouse" / "rows").write_text("1")
    return settings


def test_a_demo_clears_what_a_demo_left(after_demo: Settings) -> None:
    folder = after_demo.state.stat().st_ino
    clear_ground(after_demo)
    assert after_demo.state.stat().st_ino == folder, "it may be a mount"
    assert [entry.name for entry in after_demo.state.iterdir()] == ["made-by-demo"]


def test_a_state_without_the_mark_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "rows").write_text("1")
    with pytest.raises(ConfigurationError, match="no demo made"):
        clear_ground(Settings(state=tmp_path))
    assert (tmp_path / "rows").exists()


def test_nothing_that_up_was_asked_on_is_cleared(after_demo: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise TransientError("postgres did not become ready.")

    monkeypatch.setattr("cli.stack.bring_up", refuse)
    with pytest.raises(TransientError):
        up()
    with pytest.raises(ConfigurationError, match="added since"):
        clear_ground(after_demo)
    assert (after_demo.state / "lakehouse" / "rows").exists()


def test_nothing_that_was_imported_into_is_cleared(after_demo: Settings) -> None:
    with pytest.raises(AtalayaError):
        transactions(after_demo.state / "none.csv", mapping="none", load_only=True)
    with pytest.raises(ConfigurationError, match="added since"):
        clear_ground(after_demo)
    assert (after_demo.state / "lakehouse" / "rows").exists()


def test_an_import_that_is_refused_before_it_reads_changes_nothing(after_demo: Settings) -> None:
    with pytest.raises(ConfigurationError, match="Nothing runs"):
        transactions(after_demo.state / "none.csv", mapping="none", load_only=False)
    clear_ground(after_demo)
