"""The quick ways to read, to pass on and to write say what the plain ways say."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contracts.events import event_schema, load_envelope
from tests.unit.streaming.codec_process import CodecProcess
from tests.unit.streaming.kernel_process import EVENTS, LABELS, REQUESTS, KernelProcess, event, movement

Json = dict[str, Any]

FIELDS = sorted(event_schema("transaction.processed.v1").schema["properties"])
ENVELOPE = sorted(load_envelope()["properties"])
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

LABEL = {
    "specversion": "1.0",
    "id": "l1",
    "source": "/finflow",
    "type": "label.recorded.v1",
    "subject": "t1",
    "time": "2026-11-02T12:00:00Z",
    "data": {
        "label_id": "l1",
        "transaction_id": "t1",
        "leg": "debit",
        "label": "fraud",
        "kind": "dispute",
        "known_at": "2026-11-02T12:00:00Z",
    },
}

# JSON as people and programs may write it: the text is what matters, not the value.
WRITTEN = [
    *("null", "true", "false", "0", "-0", "1", "01", "1.0", "1e3", "1E-2", "2.5", "-1", "99", "100", "100000000000000"),
    *(
        "100000000000001",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "1" * 40,
        "1e400",
        "NaN",
    ),
    *(
        "1.0000000000000000000000000001",
        "{}",
        "[]",
        '{"a":1}',
        '{"a":1,"a":2}',
        "[1]",
        '""',
        '"CA"',
        '"ca"',
        '"C\\u0041"',
    ),
    *(
        '"CAD"',
        '"CAD\\n"',
        '"debit"',
        '"d\\u0065bit"',
        '"completed"',
        '"app"',
        '"é"',
        '"\\ud83d\\ude00"',
        '"\\ud800"',
        '"😀"',
    ),
    *('"2026-11-02T12:00:00Z"', '"2026-11-02t12:00:00.5+05:30"', '"2026-02-29T00:00:00Z"', '"2046-11-02T12:00:00Z"'),
    *(
        f'"{"x" * 64}"',
        f'"{"x" * 65}"',
        f'"{"é" * 64}"',
        f'"{"😀" * 64}"',
        '"\\x"',
        '"a\tb"',
        '"transaction.failed.v1"',
    ),
]
AROUND = ["", " ", "\n", "\ufeff", "x", "{}", ",", "null", "\0", "]", "}"]


@pytest.fixture(scope="session")
def codec(kernel_jvm: KernelProcess) -> Iterator[CodecProcess]:
    with CodecProcess(kernel_jvm.settings.state) as process:
        yield process


def agree(codec: CodecProcess, topic: str, message: bytes) -> bool:
    """Whether the one pass decided; what it decided is what the tree decides."""
    ordinary, judged = codec.read(topic, message)
    assert ordinary is None or ordinary == judged
    return ordinary is not None


def text_of(pairs: list[tuple[str, str]]) -> str:
    return "{" + ",".join(f"{name}:{value}" for name, value in pairs) + "}"


def written(members: Json) -> list[tuple[str, str]]:
    return [(json.dumps(name), json.dumps(value)) for name, value in members.items()]


mutations = st.lists(
    st.tuples(
        st.sampled_from(["set", "add", "drop", "swap"]),
        st.booleans(),
        st.sampled_from([*FIELDS, *ENVELOPE, "unknown", "acc\\u006funt_id", "typ\\u0065", "\\ud800"]),
        st.sampled_from(WRITTEN) | st.text(max_size=8).map(json.dumps) | st.integers(-(2**70), 2**70).map(str),
    ),
    max_size=3,
)


def mutated(message: Json, changes: list[tuple[str, bool, str, str]]) -> str:
    around, data = written({**message, "data": None}), written(message["data"])
    for how, inside, plain, value in changes:
        pairs, name = data if inside else around, f'"{plain}"'
        places = [place for place, pair in enumerate(pairs) if pair[0] == name]
        if how == "swap":
            pairs.append(pairs.pop(0))
        elif how == "drop":
            pairs[:] = [pair for pair in pairs if pair[0] != name]
        elif how == "set" and places:
            pairs[places[0]] = (name, value)
        else:
            pairs.append((name, value))
    return text_of([(name, text_of(data) if (name, value) == ('"data"', "null") else value) for name, value in around])


@given(
    st.sampled_from([event(movement()), event(movement(tenant_id=None, device_id="é"), replyto=1), LABEL]),
    st.sampled_from([EVENTS, REQUESTS, LABELS]),
    mutations,
    st.sampled_from(AROUND),
    st.sampled_from(AROUND),
)
@example(event(movement()), EVENTS, [], "\ufeff", "")
@example(event(movement()), EVENTS, [], "", " {}")
@example(event(movement()), EVENTS, [("add", True, "leg", '"debit"')], "", "")
@example(event(movement()), EVENTS, [("add", False, "id", '"e"')], "", "")
@example(event(movement()), EVENTS, [("add", True, "acc\\u006funt_id", '"a1"')], "", "")
@example(event(movement()), EVENTS, [("set", True, "account_id", '"\\ud800"')], "", "")
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_the_one_pass_accepts_nothing_that_the_tree_reads_otherwise(
    codec: CodecProcess, message: Json, topic: str, changes: list[tuple[str, bool, str, str]], before: str, after: str
) -> None:
    agree(codec, topic, (before + mutated(message, changes) + after).encode("utf-8", "surrogatepass"))


@given(st.integers(0, 600), st.binary(max_size=4), st.integers(0, 6))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_so_it_does_with_bytes_lost_or_put_in(codec: CodecProcess, place: int, put_in: bytes, lost: int) -> None:
    message = json.dumps(event(movement())).encode()
    agree(codec, EVENTS, message[:place] + put_in + message[place + lost :])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be", "latin-1"])
def test_so_it_does_in_every_encoding(codec: CodecProcess, encoding: str) -> None:
    agree(codec, EVENTS, json.dumps(event(movement(device_id="é")), ensure_ascii=False).encode(encoding))


@pytest.mark.parametrize("topic", [EVENTS, LABELS])
def test_what_our_systems_write_is_read_in_one_pass(codec: CodecProcess, topic: str) -> None:
    message = LABEL if topic == LABELS else event(movement(), datacontenttype="application/json")
    assert agree(codec, topic, json.dumps(message).encode())


def test_one_pass_and_tree_look_alike_on_their_second_event(codec: CodecProcess) -> None:
    """Values that are remembered as good are good for their own field only."""
    assert agree(codec, EVENTS, json.dumps(event(movement(ip_country="CA"))).encode())
    assert not agree(codec, EVENTS, json.dumps(event(movement(currency="CA"))).encode())


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-130, 130),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(), max_size=300),
    st.text(st.characters(max_codepoint=255), max_size=300),
    st.sampled_from(["", "\ud800", "é" * 200, "x" * 5000, "Ā", "😀", "\0"]),
)


@given(st.lists(values, max_size=60))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_values_come_back_as_they_went(codec: CodecProcess, sent: list[Any]) -> None:
    answer = codec.ask({"values": sent})
    assert answer["equal"] == [True] * len(sent)
    assert answer["ends"]


def test_a_plain_text_takes_its_length_and_two_bytes_more(codec: CodecProcess) -> None:
    texts = ["abcdefgh", "é" * 8]
    frame = codec.ask({"values": []})["bytes"]
    assert codec.ask({"values": texts})["bytes"] == frame + 2 * (8 + 2)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=10), values, max_size=20))
@example({"pair": "😀", "half": "\ud800", "end": "x\ud83d", "escaped": "\\ud800", "control": '\0"\n\\/\u2028'})
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_an_event_written_straight_has_the_bytes_of_one_written_as_text(codec: CodecProcess, data: Json) -> None:
    answer = codec.ask({"write": data})
    assert answer["straight"] == answer["by_text"]
    assert list(json.loads(base64.b64decode(answer["straight"]))["data"]) == list(data)


@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999_999)))  # noqa: DTZ001 - they become UTC below
@example(datetime(2000, 2, 29))  # noqa: DTZ001
@example(datetime(1900, 2, 28, 23, 59, 59, 999_999))  # noqa: DTZ001
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_instants_go_to_microseconds_and_back(codec: CodecProcess, naive: datetime) -> None:
    instant = naive.replace(tzinfo=UTC)
    text = f"{instant:%Y-%m-%dT%H:%M:%S.%f}Z".rjust(27, "0")
    micros = (instant - EPOCH) // timedelta(microseconds=1)
    assert codec.ask({"instant": text}) == {"micros": micros}
    assert codec.ask({"micros": micros}) == {"text": text}


@given(st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32))
@example(1900, 2, 29)
@example(2000, 2, 29)
@example(2023, 4, 31)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_days_that_no_calendar_has_are_no_instants(codec: CodecProcess, year: int, month: int, day: int) -> None:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = {1: 31, 2: 29 if leap else 28, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}
    found = codec.ask({"instant": f"{year:04}-{month:02}-{day:02}T00:00:00Z"})["micros"]
    assert (found is not None) == (1 <= day <= days.get(month, 0))
