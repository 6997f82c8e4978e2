"""The blobs of the WinHTTP proxy, read and written by the winhttp.dll that Wine's authors wrote.

Wine knows version 0x18 of the value only and takes every other for direct access, so the current version (0x28) has no
judge here. A text that is not ASCII it refuses to store, as Windows does by Wine's own tests, and reads byte by byte.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import registry, winhttp_settings
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.batch import Batch
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Command, Outcome
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.winhttp_settings import (
    DIRECT,
    PROXY,
    WinHttpSettings,
)
from ansible_collections.windefend.maps.tests.wine.support import Runner
from ansible_collections.windefend.maps.winsim.machine import winhttp_settings as simulated
from ansible_collections.windefend.maps.winsim.wine.build import build
from ansible_collections.windefend.maps.winsim.wine.prefix import Prefix
from hypothesis import HealthCheck, given, settings, strategies as st

pytestmark = [pytest.mark.wine, pytest.mark.usefixtures("clean")]

OLD = 0x18
ACCESS_DIRECT, ACCESS_PROXY = 1, 3
CASES = [
    ("proxy.corp.example:3128", ""),
    ("proxy.corp.example:3128", "<local>;*.corp.example;10.*"),
    ("http=p1:8080;https=p2:8443;socks=p3:1080", "<local>"),
    ("http://192.0.2.1:3128", "[2001:db8::1]"),
    ("p", "*"),
]
INVALID_PARAMETER = 87
TEXT = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=60)


@pytest.fixture(scope="module")
def program(prefix: Prefix) -> str:
    """Path on the host of the program that asks winhttp.dll."""
    made = build(Path(__file__).with_name("default_proxy.c"), prefix.folder, "-municode", "-lwinhttp")
    shutil.copy(made, prefix.drive / "default_proxy.exe")
    return "C:\\default_proxy.exe"


def run(runner: Runner, **commands: Command) -> dict[str, Outcome]:
    """Commands in one line, all of which succeed."""
    batch = Batch(commands, token="feedbeef")
    outcomes = batch.split(runner.run(batch.line).out)
    assert {name: outcome.exit_code for name, outcome in outcomes.items()} == dict.fromkeys(commands, 0)
    return outcomes


def read(runner: Runner, program: str, blob: bytes) -> tuple[int, str, str]:
    """Access type, proxy and bypass list that winhttp.dll makes of a stored blob."""
    store = registry.add(winhttp_settings.KEY, winhttp_settings.NAME, "REG_BINARY", blob)
    kind, *texts = run(runner, store=store, show=Command.of(program))["show"].output.decode("ascii").split("\r\n")
    found = {line[0]: bytes.fromhex(line[2:].rstrip(".")).decode("utf-8") for line in texts if line}
    return int(kind), found.get("p", ""), found.get("b", "")


@pytest.mark.parametrize(("proxy", "bypass"), CASES)
@pytest.mark.parametrize("flags", [PROXY, DIRECT | PROXY])
def test_what_we_encode_is_what_winhttp_reads(
    runner: Runner, program: str, proxy: str, bypass: str, flags: int
) -> None:
    blob = WinHttpSettings(flags, proxy, bypass, version=OLD).encode()
    assert read(runner, program, blob) == (ACCESS_PROXY, proxy, bypass)


@settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
@given(proxy=TEXT, bypass=TEXT | st.just(""))
def test_any_text(runner: Runner, program: str, proxy: str, bypass: str) -> None:
    assert read(runner, program, WinHttpSettings(PROXY, proxy, bypass, version=OLD).encode()) == (
        ACCESS_PROXY,
        proxy,
        bypass,
    )


@pytest.mark.parametrize(("proxy", "bypass"), CASES)
def test_winsims_blobs_too(runner: Runner, program: str, proxy: str, bypass: str) -> None:
    blob = simulated.named(proxy, bypass, simulated.OLD_VERSION).to_bytes()
    assert read(runner, program, blob) == (ACCESS_PROXY, proxy, bypass)


@pytest.mark.parametrize(
    "blob",
    [
        WinHttpSettings(DIRECT, version=OLD).encode(),
        # A text may stay behind when the proxy is switched off: the flag decides.
        WinHttpSettings(DIRECT, "left.behind:1", "<local>", version=OLD).encode(),
    ],
)
def test_without_the_flag_there_is_no_proxy(runner: Runner, program: str, blob: bytes) -> None:
    assert winhttp_settings.decode(blob).direct
    assert read(runner, program, blob)[0] == ACCESS_DIRECT


@pytest.mark.parametrize(("proxy", "bypass"), CASES)
def test_what_winhttp_stores_is_what_we_decode(runner: Runner, program: str, proxy: str, bypass: str) -> None:
    outcomes = run(
        runner,
        store=Command.of(program, proxy, bypass),
        query=registry.query(winhttp_settings.KEY, winhttp_settings.NAME),
    )
    value = registry.value(outcomes["query"].output)
    assert value is not None
    assert isinstance(value.data, bytes)
    stored = winhttp_settings.decode(value.data)
    assert (stored.version, stored.flags, stored.proxy, stored.bypass) == (OLD, PROXY, proxy, bypass)
    assert stored.encode() == value.data
    assert simulated.parse(value.data) == replace(
        simulated.named(proxy, bypass, OLD), flags=PROXY, counter=stored.counter, rest=stored.trailing
    )


@pytest.mark.parametrize(("proxy", "bypass"), [("サーバー.example:1", "<local>"), ("proxy:1", "ünïcode.example")])
def test_what_is_not_ascii_is_not_stored(runner: Runner, program: str, proxy: str, bypass: str) -> None:
    batch = Batch({"store": Command.of(program, proxy, bypass)}, token="feedbeef")
    assert batch.split(runner.run(batch.line).out)["store"].exit_code == INVALID_PARAMETER
