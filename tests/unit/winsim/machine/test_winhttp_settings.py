"""winsim's own codec of WinHttpSettings, against values that real Windows wrote."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.winsim.machine.winhttp_settings import (
    MalformedSettings,
    WinHttpSettings,
    named,
    parse,
)
from hypothesis import given, strategies as st

DIRECT = bytes.fromhex("1800000000000000010000000000000000000000")
TEXT = st.text(st.characters(max_codepoint=255), max_size=40)
DWORD = st.integers(0, 2**32 - 1)


def test_direct_access_as_windows_stores_it() -> None:
    assert parse(DIRECT) == WinHttpSettings(version=0x18)
    assert WinHttpSettings(version=0x18).to_bytes() == DIRECT


def test_a_proxy_without_a_bypass_list_may_end_after_the_proxy() -> None:
    data = bytes.fromhex("28000000000000000300000016000000") + b"http=192.168.5.45:3128"
    assert parse(data) == named("http=192.168.5.45:3128")
    assert named("http=192.168.5.45:3128").to_bytes() == data + bytes(4)


def test_the_flag_decides_and_an_empty_name_is_no_proxy() -> None:
    assert not WinHttpSettings("proxy:8080", flags=1).uses_proxy
    assert not WinHttpSettings("", flags=3).uses_proxy
    assert WinHttpSettings("proxy:8080", flags=2).uses_proxy


@pytest.mark.parametrize("length", [0, 11, 14, 17])
def test_a_blob_that_ends_too_early_is_refused(length: int) -> None:
    with pytest.raises(MalformedSettings):
        parse(named("p:1", "<local>").to_bytes()[:length])


@given(TEXT, TEXT, DWORD, DWORD, DWORD, st.binary(max_size=40))
def test_round_trip(proxy: str, bypass: str, flags: int, version: int, counter: int, rest: bytes) -> None:
    settings = WinHttpSettings(proxy, bypass, flags, version, counter, rest)
    assert parse(settings.to_bytes()) == settings


@given(st.binary(max_size=60))
def test_bytes_are_refused_or_survive(data: bytes) -> None:
    try:
        settings = parse(data)
    except MalformedSettings:
        return
    assert settings.to_bytes().startswith(data)
