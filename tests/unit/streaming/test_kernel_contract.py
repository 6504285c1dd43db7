"""The kernel refuses exactly what the contract refuses, as the JSON Schema itself judges it."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.errors import ConfigurationError, InvalidInputError
from contracts.events import event_schema, load_envelope, validate_event
from streaming.event_contract import field_specs
from tests.unit.streaming.kernel_process import KernelProcess, event, movement

Json = dict[str, Any]

FIELDS = sorted(event_schema("transaction.processed.v1").schema["properties"])
# The schema alone knows no currency list and checks no dates; those have tests of their own.
SCHEMA_ALONE = [name for name in FIELDS if name not in {"currency", "occurred_at"}]
ENVELOPE = sorted(set(load_envelope()["properties"]) - {"time", "replyto", "data"})

values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 200),
    st.integers(-(10**16), 10**16),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: abs(number) < 1e300),
    st.sampled_from(
        [1.0, 0.0, 2.5, 1e3, math.pi, "", "CA", "ca", "debit", "x" * 64, "x" * 65, "completed", "app", [], {}]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=70),
)


def accepted(message: Json) -> bool:
    try:
        validate_event(message)
    except InvalidInputError:
        return False
    return True


@given(
    st.dictionaries(st.sampled_from(SCHEMA_ALONE), values, max_size=2),
    st.dictionaries(st.sampled_from(ENVELOPE), values, max_size=1),
    st.sets(st.sampled_from(FIELDS), max_size=1),
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_kernel_and_schema_judge_alike(kernel: KernelProcess, changed: Json, around: Json, dropped: set[str]) -> None:
    kernel.forget()
    message = copy.deepcopy(event(movement()))
    message["data"].update(changed)
    for name in dropped:
        message["data"].pop(name, None)
    message.update(around)
    if around.get("type") == "transaction.attempted.v1":
        return
    (answer,) = kernel.take(message)
    assert (answer["topic"] == "transaction.scores") == accepted(message), answer


def test_a_keyword_that_the_kernel_does_not_know_is_refused() -> None:
    schema = {"required": [], "properties": {"name": {"type": "string", "contentEncoding": "base64"}}}
    with pytest.raises(ConfigurationError, match="contentEncoding"):
        field_specs(schema)
