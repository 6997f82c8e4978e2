"""What a journal holds, and what is made of one that was damaged, altered, or written by somebody newer."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import journal_record
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal_places import (
    AdvancedSettings,
    File,
    OurRules,
    RegistryValue,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal_record import (
    Newer,
    Record,
    Undo,
    host_values,
    line,
    parse_file,
    parse_own,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal_state import data_from_json, data_to_json
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Outcome
from hypothesis import given
from hypothesis import strategies as st

VALUE = RegistryValue(r"HKLM\SOFTWARE\キー", "値", 32)
RECORD = Record(
    at="20261124T111400.123456Z",
    run="run-1",
    host="東京 pc",
    address="192.0.2.7",
    machine="3f2a",
    module="spynet",
    undo=(
        Undo(VALUE, {"value": {"type": "REG_MULTI_SZ", "data": ["一", "b"]}, "missing": 0}, {"value": None}),
        Undo(AdvancedSettings(), {"settings": None, "enabled": None}, {}),
        Undo(OurRules("規則"), {"rules": ["v2.31|Name=規則|"], "others": 0}, []),
        Undo(File("C:\\a\\b", "C:\\a\\b.new", "C:\\a\\b.bak"), {"sha256": "0"}, {"sha256": "1"}, b"\x00\xff" * 9),
    ),
)
EMPTY = Record("20261124T111400.123457Z", "run-2")


def own(values: dict[str, str]) -> Outcome:
    rows = "".join(f"    {name}    REG_SZ    {text}\r\n" for name, text in values.items())
    return Outcome(0, f"\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\windefend.maps\r\n{rows}\r\n".encode())


def file(*lines: str) -> bytes:
    return "".join(f"{text}\n" for text in lines).encode("ascii")


def test_a_file_gives_back_what_was_written() -> None:
    kept = parse_file(file(line(RECORD), line(EMPTY)))
    assert kept.records == (RECORD, EMPTY)
    assert kept.problems == ()


def test_the_host_gives_back_everything_but_the_contents_of_files() -> None:
    values = host_values(RECORD)
    (record,) = parse_own(own(values)).records
    assert [undo.content for undo in record.undo] == [None] * 4
    assert not journal_record.differs(record, RECORD)
    assert all(name.isascii() and text.isascii() and '"' not in text for name, text in values.items())


def test_a_long_record_is_written_in_parts_each_short_enough_for_a_line() -> None:
    data = "".join(chr(0x4E00 + (number * 7919) % 20000) for number in range(9000))
    long = Record("20261124T111400.123456Z", "r", undo=(Undo(VALUE, data, None),))
    values = host_values(long)
    assert len(values) > 3
    assert parse_own(own(values)).records == (long,)
    commands, there = journal_record.copying(long)
    texts = [command.text for command in commands.values()]
    assert max(map(len, texts)) < 4000
    for name, later in zip(values, [*texts[1:], there.text], strict=True):
        assert name in later, "each part waits for the one before it, and the change for the last"


def test_a_record_of_which_a_part_is_missing_never_came_to_its_change() -> None:
    data = "".join(chr(0x4E00 + (number * 7919) % 20000) for number in range(9000))
    values = host_values(Record("20261124T111400.123456Z", "r", undo=(Undo(VALUE, data, None),)))
    first = dict(list(values.items())[:-1])
    kept = parse_own(own(first))
    assert (kept.records, kept.problems) == ((), ())
    assert kept.names == tuple(first)


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
        "an unknown kind of place": file(line(EMPTY), whole.replace("our_rules", "their_rules")),
    }


@pytest.mark.parametrize("name", damaged())
def test_a_damaged_line_is_told_and_the_others_are_read(name: str) -> None:
    kept = parse_file(damaged()[name])
    assert EMPTY in kept.records
    assert RECORD not in kept.records
    assert len(kept.problems) == 1
    assert "line 2" in kept.problems[0]


def test_a_newer_schema_is_never_guessed_at() -> None:
    with pytest.raises(Newer, match="newer version"):
        parse_file(file(line(RECORD).replace('"schema":1', '"schema":2')))
    (value,) = host_values(EMPTY).items()
    with pytest.raises(Newer, match="newer version"):
        parse_own(own({value[0]: value[1].replace("1.", "2.", 1)}))
    packed = zlib.compress(line(EMPTY).replace('"schema":1', '"schema":7').encode())
    with pytest.raises(Newer, match="newer version"):
        parse_own(own({value[0]: "1." + base64.urlsafe_b64encode(packed).decode().rstrip("=")}))


@pytest.mark.parametrize("text", ["", "1.", "1.####", "1.AAAA", "x", "1." + base64.b64encode(b"{}").decode()])
def test_a_damaged_copy_on_the_host_is_told(text: str) -> None:
    (name,) = host_values(EMPTY)
    kept = parse_own(own({name: text, "something else": "x"}))
    assert kept.records == ()
    assert len(kept.problems) == 1


def test_a_copy_under_another_name_is_no_record() -> None:
    (text,) = host_values(EMPTY).values()
    kept = parse_own(own({"20261124T111400.123457Z.run-3.1-1": text}))
    assert kept.records == ()
    assert "another moment or run" in kept.problems[0]


def test_no_key_is_no_record() -> None:
    assert parse_own(Outcome(1)) == journal_record.Kept()


@pytest.mark.parametrize("name", ["", "-a", "a b", "a.b", "ラン", "a" * 65, "a\\b", 'a"', "last run"])
def test_a_run_that_no_file_and_value_can_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no name for a run"):
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
    with pytest.raises(ValueError, match=r"registry data|hexadecimal"):
        data_from_json(data)
