"""What a person reads of a backtest."""

from __future__ import annotations

from dataclasses import asdict

from rich.console import Console

from cli.backtest.comparison import compare
from cli.backtest.movements import Decision, Movement
from cli.backtest.tables import show

QUIET = Decision("allow", 0.1, ())
HELD = Decision("review", 0.9, ("CA-LARGE-001",))


def test_a_rule_that_holds_has_its_line_with_its_whole_name_and_the_silent_ones_are_counted() -> None:
    stopped = Movement(("t1", "debit", 1), "transfer", 123_400, "fraud", QUIET, HELD, "account-1")
    result = compare([stopped], ["CA-LARGE-001", "CA-STRUCT-001", "MX-VELOC-001"])
    console = Console(width=80)
    with console.capture() as captured:
        show({"comparison": asdict(result), "models": {}}, console)
    text = captured.get()
    line = next(line for line in text.splitlines() if line.startswith("CA-LARGE-001"))
    assert line.split() == ["CA-LARGE-001", "0", "1", "1", "0", "1,234", "0"]
    assert "2 others hold at no movement" in text
    assert "STRUCT" not in text
