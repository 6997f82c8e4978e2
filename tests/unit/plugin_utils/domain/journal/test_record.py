"""What a journal holds, and what is made of one that was damaged, altered, or written by somebody newer."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import spynet
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal import (
    copy as journal_copy,
    record as journal_record,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.copy import host_values, parse_own
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.record import (
    Record,
    Undo,
    line,
    parse_file,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.states import data_from_json, data_to_json
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.places import RegistryValue
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Outcome
from ansible_collections.windefend.maps.tests.support.journals import RECORDS
from hypothesis import given, strategies as st

RECORD = RECORDS["spynet"]
EMPTY = Record("20261124T111400.123457Z", "run-2")


def long_record() -> Record:
    data = "".join(chr(0x4E00 + (number * 7919) % 20000) for number in range(3000))
    undo = tuple(
        Undo(
            RegistryValue(spynet.POLICY, name),
            {"value": {"type": "REG_SZ", "data": data[shift:] + data[:shift]}, "missing": 0},
            {"value": {"type": "REG_DWORD", "data": 1}},
        )
        for shift, name in enumerate(spynet.VALUES.values())
    )
    return Record("20261124T111400.123456Z", "r", module="spynet", undo=undo)


def own(values: dict[str, str]) -> Outcome:
    rows = "".join(f"    {name}    REG_SZ    {text}\r\n" for name, text in values.items())
    return Outcome(0, f"\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\windefend.maps\r\n{rows}\r\n".encode())


def file(*lines: str) -> bytes:
    return "".join(f"{text}\n" for text in lines).encode("ascii")


@pytest.mark.parametrize("name", RECORDS)
def test_a_file_gives_back_what_was_written(name: str) -> None:
    kept = parse_file(file(line(RECORDS[name]), line(EMPTY)))
    assert kept.problems == ()
    assert kept.records == (RECORDS[name], EMPTY)


@pytest.mark.parametrize("name", RECORDS)
def test_the_host_gives_back_everything_but_the_contents_of_files(name: str) -> None:
    values = host_values(RECORDS[name])
    kept = parse_own(own(values))
    assert kept.problems == ()
    (record,) = kept.records
    assert {undo.content for undo in record.undo} <= {None}
    assert not journal_record.differs(record, RECORDS[name])
    assert all(name.isascii() and text.isascii() and '"' not in text for name, text in values.items())


def test_a_long_record_is_written_in_parts_each_short_enough_for_a_line() -> None:
    long = long_record()
    values = host_values(long)
    assert len(values) > 3
    assert parse_own(own(values)).records == (long,)
    commands, there = journal_copy.write_copy(long)
    texts = [command.text for command in commands.values()]
    assert max(map(len, texts)) < 4000
    for name, later in zip(values, [*texts[1:], there.text], strict=True):
        assert name in later, "each part waits for the one before it, and the change for the last"


def test_a_record_of_which_a_part_is_missing_never_came_to_its_change() -> None:
    values = host_values(long_record())
    first = dict(list(values.items())[:-1])
    kept = parse_own(own(first))
    assert (kept.records, kept.problems) == ((), ())
    assert [value.name for value in kept.values] == list(first)


def damaged() -> dict[str, bytes]:
    whole = line(RECORD)
    altered = json.loads(whole)
    altered["undo"][0]["before"]["missing"] = 2
    return {
        "cut": file(line(EMPTY)) + whole[: len(whole) // 2].encode(),
        "cut and written after": file(line(EMPTY), whole[: len(whole) // 2], line(EMPTY)),
        "altered": file(line(EMPTY), json.dumps(altered)),
        "without a checksum": file(line(EMPTY), json.dumps({k: v for k, v in altered.items() if k != "sum"})),
        "no JSON": file(line(EMPTY), "\x00\x01"),
        "no object": file(line(EMPTY), "[]"),
        "not ASCII": file(line(EMPTY)) + "東\n".encode("cp932"),
        "an unknown kind of place": file(line(EMPTY), whole.replace("registry_value", "registry_key")),
    }


@pytest.mark.parametrize("name", damaged())
def test_a_damaged_line_is_told_and_the_others_are_read(name: str) -> None:
    kept = parse_file(damaged()[name])
    assert EMPTY in kept.records
    assert RECORD not in kept.records
    assert len(kept.problems) == 1
    assert "line 2" in kept.problems[0]


def test_a_newer_schema_is_never_guessed_at() -> None:
    newer = [parse_file(file(line(RECORD).replace('"schema":2', '"schema":3')))]
    (value,) = host_values(EMPTY).items()
    newer.append(parse_own(own({value[0]: value[1].replace("2.", "3.", 1)})))
    packed = zlib.compress(line(EMPTY).replace('"schema":2', '"schema":7').encode())
    newer.append(parse_own(own({value[0]: "2." + base64.urlsafe_b64encode(packed).decode().rstrip("=")})))
    for kept in newer:
        assert kept.records == ()
        assert "newer version" in kept.problems[0]
        assert "Update the collection" in kept.problems[0]


def test_an_old_schema_is_read_and_proves_nothing() -> None:
    from_old = journal_record.from_json({**journal_record.to_json(RECORD, contents=True), "schema": 1, "mac": "A" * 43})
    assert from_old == RECORD
    assert from_old.mac == ""


@pytest.mark.parametrize("text", ["", "2.", "2.####", "2.AAAA", "x", "2." + base64.b64encode(b"{}").decode()])
def test_a_damaged_copy_on_the_host_is_told(text: str) -> None:
    (name,) = host_values(EMPTY)
    kept = parse_own(own({name: text, "something else": "x"}))
    assert kept.records == ()
    assert len(kept.problems) == 1
    assert name in kept.problems[0], "which value it is, is said"
    assert kept.damaged == (name,)


def test_a_copy_under_another_name_is_no_record() -> None:
    (text,) = host_values(EMPTY).values()
    kept = parse_own(own({"20261124T111400.123457Z.run-3.1-1": text}))
    assert kept.records == ()
    assert "time or run does not match" in kept.problems[0]


def test_no_key_is_no_record() -> None:
    assert parse_own(Outcome(1)) == journal_record.JournalContents()


@pytest.mark.parametrize("name", ["", "-a", "a b", "a.b", "ラン", "a" * 65, "a\\b", 'a"', "last run"])
def test_a_run_that_no_file_and_value_can_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a valid name for a run"):
        journal_record.check_run(name)


@given(
    st.one_of(
        st.integers(0, (1 << 64) - 1),
        st.binary(max_size=99),
        st.text(max_size=20),
        st.lists(st.text(max_size=9)).map(tuple),
    )
)
def test_registry_data_survives_json(data: Any) -> None:
    assert data_from_json(json.loads(json.dumps(data_to_json(data)))) == data


@pytest.mark.parametrize("data", [None, True, 1.5, {"hex": "x"}])
def test_what_is_no_registry_data_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match=r"registry data|hexadecimal|fromhex"):
        data_from_json(data)
