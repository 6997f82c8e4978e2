"""Many keys in one command: which of them failed is known again, whatever they are called."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import key_groups, registry
from ansible_collections.windefend.maps.tests.support.simulated_host import machine
from ansible_collections.windefend.maps.tests.unit.winsim.tools.command_line import CommandLine
from hypothesis import given, strategies as st

BASE = r"HKLM\SOFTWARE\Policies\Microsoft\Windows"
NAMES = ("one", "two", "three 3", "a&b", "v1.0", "(x)", "a*", "é")
KEYS = st.lists(
    st.tuples(st.sampled_from((BASE, BASE + "NT", BASE + r"\a b")), st.sampled_from(NAMES)).map("\\".join),
    unique=True,
    min_size=1,
    max_size=10,
)


@given(KEYS, st.data())
def test_a_mark_names_its_key(keys: list[str], data: st.DataObject) -> None:
    failed = data.draw(st.sets(st.sampled_from(keys)))
    marks = []
    for group in key_groups.grouped(keys):
        for name in group.names or ("",):
            if group.asked.replace(key_groups.EACH, name) in failed:
                marks.append(group.mark.replace(key_groups.EACH, name))
    output = "".join(f"{mark} \r\nHKEY_LOCAL_MACHINE\\x\r\n" for mark in marks).encode()
    assert key_groups.failed(keys, output) == failed
    assert key_groups.unmarked(output) == b"HKEY_LOCAL_MACHINE\\x\r\n" * len(marks)


@given(KEYS)
def test_every_key_is_in_one_group(keys: list[str]) -> None:
    groups = key_groups.grouped(keys)
    assert [group.asked.replace(key_groups.EACH, name) for group in groups for name in group.names or ("",)] == keys


@pytest.mark.parametrize("output", [b"?9\r\n", b"?0\\other\r\n", b"?99999999999999999999\r\n", b"??\r\n", b"x?0\r\n"])
def test_a_mark_of_no_key_says_nothing(output: bytes) -> None:
    assert key_groups.failed([BASE + r"\one", BASE + r"\two"], output) == set()


def test_what_cmd_answers_for_a_group() -> None:
    cmd = CommandLine(machine())
    cmd.run(rf"reg add {BASE}\here /v a /t REG_SZ /d x /f")
    keys = [BASE, rf"{BASE}\here", rf"{BASE}\gone", rf"{BASE}\not there"]
    out = cmd.run(registry.query_all(keys).text)
    assert key_groups.failed(keys, out.encode()) == {rf"{BASE}\gone", rf"{BASE}\not there"}
    assert "a    REG_SZ    x" in out
    assert "reg query" not in out  # for prints no command
