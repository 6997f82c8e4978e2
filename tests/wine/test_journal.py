"""The journal's copy on the host, through Wine's cmd.exe and reg.exe. The condition in front of a change is not judged:
Wine's `&&` is none outside `if`."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import spynet
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.copy import (
    KEY,
    OWN_KEY,
    host_values,
    write_copy,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.record import Record, Undo
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.states import RegistryHandler
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.places import RegistryValue
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import registry
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Outcome
from ansible_collections.windefend.maps.tests.wine.support import Runner
from ansible_collections.windefend.maps.tests.wine.test_registry import proven, run

pytestmark = pytest.mark.wine

PLACE = RegistryValue("HKLM\\SOFTWARE\\Policies\\Microsoft\\windefend.maps test\\サブ", "値")
MADE = {"value": {"type": "REG_DWORD", "data": 1}}
LONG = "".join(chr(0x4E00 + (number * 7919) % 20000) for number in range(3000))
RECORD = Record(
    "20261124T111400.123456Z",
    "run-1_x",
    host="日本",
    module="spynet",
    undo=tuple(
        Undo(RegistryValue(spynet.POLICY, name), {"value": {"type": "REG_SZ", "data": LONG}, "missing": 0}, MADE)
        for name in spynet.VALUES.values()
    ),
)


def test_a_record_comes_back_and_the_key_goes(runner: Runner) -> None:
    assert len(host_values(RECORD)) > 1
    commands, there = write_copy(RECORD)
    for name, command in commands.items():
        assert run(runner, one=command)["one"].ok, name
    after = proven(runner, there=there, **OWN_KEY.commands)
    assert after["there"].ok
    assert OWN_KEY.parse(after).records == (RECORD,)
    gone = proven(runner, delete=registry.delete_key(KEY), there=there, **OWN_KEY.commands)
    assert [outcome.exit_code for outcome in gone.values()] == [0, 1, 1]


def test_a_key_is_there_whether_its_default_value_is_set_or_not(runner: Runner) -> None:
    handler = RegistryHandler()
    states = []
    steps = (
        (),
        (registry.add(PLACE.key, "other", "REG_DWORD", 1),),
        (registry.add(PLACE.key, "", "REG_SZ", "set"), registry.add(PLACE.key, PLACE.name, "REG_BINARY", b"\0\xff")),
        (registry.delete_key(PLACE.key.rpartition("\\")[0]),),
    )
    for commands in steps:
        for command in commands:
            run(runner, one=command)
        states.append(handler.read(PLACE, _by_text(runner, handler)))
    assert [state["missing"] for state in states] == [2, 0, 0, 2]
    assert states[2]["value"] == {"type": "REG_BINARY", "data": {"hex": "00ff"}}
    assert [state["value"] for state in (states[0], states[1], states[3])] == [None] * 3


def _by_text(runner: Runner, handler: RegistryHandler) -> dict[str, Outcome]:
    commands = handler.reading(PLACE)
    outcomes = proven(runner, **{f"c{number}": command for number, command in enumerate(commands.values())})
    return dict(zip(commands, outcomes.values(), strict=True))
