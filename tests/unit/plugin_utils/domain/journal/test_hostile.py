"""Whatever bytes lie in a journal or in our key on a host: checked records, problems with names, and no more."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import json
import pathlib
import tracemalloc
import zlib
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender.spynet import POLICY, Spynet
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal import choice as journal_choice
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.copy import KEY, LARGEST_COPY, parse_own
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.record import (
    JournalContents,
    Record,
    parse_file,
    to_json,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import HostError
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation import history as remediation_history
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Outcome
from ansible_collections.windefend.maps.tests.support import forged
from ansible_collections.windefend.maps.tests.support.journals import RECORDS
from ansible_collections.windefend.maps.tests.support.operations import conclude, run_operation
from ansible_collections.windefend.maps.tests.support.remediation import (
    NOW,
    SEAL,
    Journal,
    MortalHost,
    changed,
    spynet_operation,
    state,
)
from ansible_collections.windefend.maps.tests.support.simulated_host import machine
from hypothesis import given, settings, strategies as st

GUID = r"HKLM\SOFTWARE\Microsoft\Cryptography"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)
VALID = [to_json(one, contents=contents) for one in RECORDS.values() for contents in (True, False)]
HEAD = b"\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\windefend.maps\r\n"


def own(values: dict[str, str], type_: str = "REG_SZ") -> Outcome:
    rows = "".join(f"    {name}    {type_}    {text}\r\n" for name, text in values.items())
    return Outcome(0, HEAD + rows.encode())


def steps(data: Any) -> list[tuple[Any, ...]]:
    """The ways to every part of a JSON."""
    below = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [(), *((step, *more) for step, inner in below for more in steps(inner))]


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A valid record in which something has another shape, is gone, or is there besides."""
    data = json.loads(json.dumps(draw(st.sampled_from(VALID))))
    for _count in range(draw(st.integers(1, 2))):
        way = draw(st.sampled_from(steps(data)))
        if not way:
            return draw(JSON)
        place = data
        for step in way[:-1]:
            place = place[step]
        if draw(st.booleans()) or isinstance(place, list):
            place[way[-1]] = draw(JSON)
        else:
            del place[way[-1]]
    return data


def used(kept: JournalContents) -> None:
    """What is read goes through everything that goes by it; only these two kinds of error may come."""
    trust = journal_choice.Trust("auto", RECORDS["spynet"].machine, SEAL, skip_damaged=True)
    with contextlib.suppress(HostError):
        merged = conclude(journal_choice.merge(trust, kept, kept))
        remediation_history.open_loosening(
            merged, Spynet(0, None, None, None, None), dt.datetime.fromtimestamp(NOW, dt.UTC)
        )
        for records in (merged.proven, merged.unproven):
            for run in ("last", "run-1"):
                assert journal_choice.select(records, run).targets is not None


@settings(max_examples=400, deadline=None)
@given(mutated())
def test_a_mutated_record_is_a_record_or_damaged(data: Any) -> None:
    with contextlib.suppress(ValueError):  # what JSON itself cannot write
        line = forged.line(data) if isinstance(data, dict) else f"{json.dumps(data)}\n"
        kept = parse_file(line.encode("ascii"))
        assert len(kept.records) + len(kept.problems) == 1
        used(kept)
        kept = parse_own(own(forged.packed(json.dumps(data).encode("ascii"))))
        assert len(kept.records) + len(kept.problems) == 1
        used(kept)


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=300), st.sampled_from([b"", HEAD, HEAD + b"    20261124T111400.123456Z.r.1-1    REG_SZ    2."])
)
def test_arbitrary_bytes_are_damaged_and_no_more(content: bytes, before: bytes) -> None:
    used(parse_file(content))
    kept = parse_own(Outcome(0, before + content))
    used(kept)
    remediation_history.parse_remembered(kept.values, "x", SEAL)


@settings(max_examples=200, deadline=None)
@given(JSON, st.sampled_from(remediation_history.STEPS))
def test_a_step_of_any_shape_was_never_tried(data: Any, step: str) -> None:
    text = "2." + base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")
    kept = parse_own(own({f"tried.{step}": text}))
    assert remediation_history.parse_remembered(kept.values, "x", SEAL) == []


DEEP = b"[" * 100_000
SHAPES: dict[str, bytes] = {
    "nested without end": DEEP,
    "nested within a record": b'{"schema":2,"at":"20261124T111400.123456Z","run":"r","undo":' + DEEP,
    "a number without end": b'{"schema":' + b"9" * 10_000 + b"}",
    "no number": b'{"schema":NaN}',
    "a list": b"[]",
}


@pytest.mark.parametrize("name", SHAPES)
def test_json_that_breaks_a_reader_is_damaged(name: str) -> None:
    assert len(parse_file(SHAPES[name] + b"\n").problems) == 1
    assert len(parse_own(own(forged.packed(SHAPES[name]))).problems) == 1


def test_a_bomb_is_not_unpacked() -> None:
    bomb = zlib.compress(b" " * 50_000_000, 9)
    text = base64.urlsafe_b64encode(bomb).decode().rstrip("=")
    values = {
        f"{forged.AT}.r.{number}-17": f"2.{text[number * 3000 - 3000 : number * 3000]}" for number in range(1, 18)
    }
    content = base64.b64encode(zlib.compress(b"\0" * 50_000_000, 9)).decode()
    undo = {**forged.file(r"C:\x\machine.config", b""), "content": content}
    line = forged.line(forged.record([undo], "x", module="publisher_evidence")).encode()
    tracemalloc.start()
    (host,) = parse_own(own(values)).problems
    (file,) = parse_file(line).problems
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert f"more than {LARGEST_COPY} bytes" in host
    assert "unpacks to more than" in file
    assert peak < 5_000_000


def test_what_follows_a_packed_record_is_damage() -> None:
    (name, text), *_unused = forged.packed(json.dumps(VALID[0]).encode()).items()
    packed = base64.urlsafe_b64decode(text[2:] + "==") + b"more"
    kept = parse_own(own({name: "2." + base64.urlsafe_b64encode(packed).decode().rstrip("=")}))
    assert "something follows it" in kept.problems[0]


def test_a_value_of_another_type_is_damage() -> None:
    kept = parse_own(own(dict.fromkeys(forged.packed(b"{}"), "0x2"), "REG_DWORD"))
    assert "it is not a REG_SZ" in kept.problems[0]


def test_a_text_with_line_ends_hides_nothing_and_is_named() -> None:
    values = forged.packed(json.dumps({**VALID[0], "at": forged.AT, "run": forged.RUN}).encode())
    outcome = Outcome(0, own({"evil": "x\r\nneither name nor value", **values}).output)
    kept = parse_own(outcome)
    assert len(kept.records) == 1
    assert "value 'evil': it contains a line end" in kept.problems[0]
    assert kept.damaged == ("evil",)


def test_a_key_that_is_full_of_values_is_looked_at_up_to_a_limit() -> None:
    many = {f"{number:06d}": "x" for number in range(5000)}
    kept = parse_own(own(many))
    assert len(kept.values) == 2000
    assert "more than the limit of 2000" in kept.problems[0]
    kept = parse_own(own({str(number): "x" * 3000 for number in range(500)}))
    assert any("more than the limit of 1048576" in problem for problem in kept.problems)


def test_an_answer_that_was_cut_off_is_no_record_and_no_crash() -> None:
    kept = parse_own(Outcome(None, HEAD))
    assert kept.partial
    assert "is too large" in kept.problems[0]


BAD = {"20270115T080000.000009Z.evil.1-1": "2.AAAA", "evil": "x\r\nneither name nor value"}


def bad_value(host: MortalHost, name: str = "20270115T080000.000009Z.evil.1-1") -> str:
    host.machine.registry.set_text(KEY, name, BAD[name])
    return name


@pytest.mark.parametrize("bad", BAD)
def test_one_bad_value_does_not_stop_anything_for_ever(bad: str, tmp_path: pathlib.Path) -> None:
    host, journal = MortalHost(machine()), Journal(tmp_path)
    clean = state(host.machine)
    journal.drive(host, spynet_operation(ssl_options=2))
    name = bad_value(host, bad)
    warnings: list[str] = []
    keys = remediation_history.Keys(lambda: SEAL, lambda: SEAL)
    memory = remediation_history.remember(step=None, depends_on="", present=True, now=NOW, check_mode=False, keys=keys)
    assert run_operation(host, memory, warnings)["debt"][0]["lost"] == ["revocation_check"], (
        "the rest of the key still counts"
    )
    assert name in warnings[0]
    before = state(host.machine)
    with pytest.raises(HostError, match=rf"{name}.*skip_damaged"):
        journal.rollback(host, source="host")
    assert changed(before, host.machine) == []
    result = journal.rollback(host, source="host", skip_damaged=True)
    assert result["changed"]
    assert any(name in warning for warning in result["warnings"])
    assert changed(clean, host.machine) == []


def test_a_bad_value_beside_a_whole_journal_is_left_as_it_is(tmp_path: pathlib.Path) -> None:
    host, journal = MortalHost(machine()), Journal(tmp_path)
    journal.drive(host, spynet_operation(ssl_options=2))
    name = bad_value(host)
    result = journal.rollback(host)
    assert host.machine.registry.data(POLICY, "SSLOptions") is None
    assert any(name in warning for warning in result["warnings"])
    assert [value.name for value in host.machine.registry.key(KEY).values.values() if "evil" in value.name] == [name]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["change", "undone", "loosened"]), st.integers(0, 9))))
def test_what_was_taken_back_is_what_a_later_mark_reaches_back_to(drawn: list[tuple[int, str, int]]) -> None:
    def moment(number: int) -> str:
        return f"2026112{number}T111400.000000Z"

    records = [
        Record(moment(at), f"run-{number}", kind, since=moment(since) if kind == "undone" else "")
        for number, (at, kind, since) in enumerate(drawn)
    ]
    marks = [record for record in records if record.kind == "undone"]
    assert journal_choice.active(records) == [
        record
        for record in records
        if record.kind == "change" and not any(mark.since <= record.at < mark.at for mark in marks)
    ]


def test_a_journal_of_many_forged_marks_costs_no_square() -> None:
    """Counted, not timed: each record's moment is looked at a few times, whatever the number of marks."""
    looked = 0

    class Counted(str):
        __slots__ = ()

        def __lt__(self, other: object) -> bool:
            nonlocal looked
            looked += 1
            return str(self) < str(other)

    def record(number: int) -> Record:
        kind = "undone" if number % 2 else "change"
        return Record(
            Counted(f"20261124T111400.{number:06d}Z"), "r", kind, since=Counted("20261125T") if number % 2 else ""
        )

    for count in (1000, 2000):
        looked = 0
        journal_choice.active([record(number) for number in range(count)])
        assert looked < 25 * count
