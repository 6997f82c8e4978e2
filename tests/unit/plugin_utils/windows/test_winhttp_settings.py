"""The blob WinHttpSettings: published values, and every byte back again."""

from __future__ import annotations

import struct

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.winhttp_settings import (
    BlobError,
    WinHttpSettings,
    decode,
    from_hex,
)
from hypothesis import assume, given, strategies as st

DIRECT = "1800000000000000010000000000000000000000"
PROXY_ONLY = "28000000000000000300000016000000" + b"http=192.168.5.45:3128".hex()
LEGACY = "46000000510000000b0000000c0000003132372e302e302e313a3830070000003c6c6f63616c3e00000000" + "00" * 32
"""127.0.0.1:80 with <local>, flags direct, proxy and detection, three texts and padding."""
KEPT = "46000000bb00000009000000" + "0e000000" + b"192.0.2.1:8080".hex() + "0000000000000000" + "00" * 32
"""A proxy's text whose flag is off."""


def test_direct_access() -> None:
    settings = from_hex(DIRECT)
    assert settings == WinHttpSettings(flags=1, version=0x18, texts=2)
    assert (settings.direct, settings.named, settings.proxies.addresses) == (True, False, {})


def test_a_proxy_without_bypass_list() -> None:
    settings = from_hex(PROXY_ONLY)
    assert settings == WinHttpSettings(3, "http=192.168.5.45:3128", version=0x28, texts=1)
    assert (settings.direct, settings.proxies.addresses) == (False, {"http": "192.168.5.45:3128"})


def test_the_long_form() -> None:
    settings = from_hex(LEGACY)
    assert (settings.flags, settings.counter, settings.version, settings.texts) == (11, 0x51, 0x46, 3)
    assert (settings.proxy, settings.bypass, settings.autoconfig_url) == ("127.0.0.1:80", "<local>", "")
    assert settings.trailing == bytes(32)
    assert settings.proxies.addresses == {"http": "127.0.0.1:80", "https": "127.0.0.1:80"}
    assert settings.bypass_list == ("<local>",)


def test_the_flag_decides_not_the_text() -> None:
    settings = from_hex(KEPT)
    assert settings.proxy == "192.0.2.1:8080"
    assert (settings.direct, settings.proxies.addresses, settings.bypass_list) == (True, {}, ())


def test_the_flag_without_a_text_is_direct() -> None:
    assert from_hex("2800000000000000030000000000000000000000").direct


def test_wine_sets_flag_2_alone() -> None:
    settings = decode(struct.pack("<IIII", 0x18, 0, 2, 3) + b"p:1" + bytes(4))
    assert settings.proxies.addresses == {"http": "p:1", "https": "p:1"}


@pytest.mark.parametrize("blob", [DIRECT, PROXY_ONLY, LEGACY, KEPT])
def test_published_values_come_back_byte_for_byte(blob: str) -> None:
    assert from_hex(blob).encode().hex() == blob


@given(blob=st.binary(max_size=80))
def test_whatever_is_decoded_is_encoded_again(blob: bytes) -> None:
    try:
        settings = decode(blob)
    except BlobError as refused:
        error = refused
    else:
        assert settings.encode() == blob
        return
    assert 0 <= error.position <= len(blob)


@given(
    number=st.lists(st.integers(0, (1 << 32) - 1), min_size=3, max_size=3),
    texts=st.lists(st.binary(max_size=20), max_size=3),
    trailing=st.binary(max_size=40),
)
def test_any_blob_of_the_layout_is_decoded(number: list[int], texts: list[bytes], trailing: bytes) -> None:
    trailing = trailing if len(texts) == 3 else trailing[:3]
    assume(texts or not trailing or not number[2] & 2)  # a proxy in force that is cut off: see below
    blob = struct.pack("<III", *number) + b"".join(struct.pack("<I", len(text)) + text for text in texts) + trailing
    settings = decode(blob)
    assert [settings.version, settings.counter, settings.flags] == number
    found = [settings.proxy, settings.bypass, settings.autoconfig_url]
    assert [text.encode("utf-8", "surrogateescape") for text in found[: settings.texts]] == texts
    assert (settings.texts, settings.trailing) == (len(texts), trailing)
    assert settings.encode() == blob


@pytest.mark.parametrize(
    ("blob", "position"),
    [
        (b"", 0),
        (bytes(11), 11),
        (struct.pack("<III", 0x28, 0, 3) + b"\x17", 12),
        (struct.pack("<IIII", 0x28, 0, 3, 5) + b"four", 12),
        (struct.pack("<IIIII", 0x28, 0, 3, 0, 0xFFFFFFFF), 16),
        (struct.pack("<IIIIIII", 0x28, 0, 3, 0, 0, 9, 0), 20),
    ],
)
def test_a_blob_that_does_not_fit_is_refused_with_its_place(blob: bytes, position: int) -> None:
    with pytest.raises(BlobError) as caught:
        decode(blob)
    assert caught.value.position == position


@pytest.mark.parametrize(("text", "position"), [("18000000x", 4), ("180", 1), ("18 00", 1), ("日", 0)])
def test_hexadecimal_text_is_checked(text: str, position: int) -> None:
    with pytest.raises(BlobError) as caught:
        from_hex(text)
    assert caught.value.position == position


@pytest.mark.parametrize(
    "settings",
    [
        WinHttpSettings(autoconfig_url="http://x", texts=2),
        WinHttpSettings(bypass="x", texts=1),
        WinHttpSettings(texts=4),
        WinHttpSettings(flags=-1),
        WinHttpSettings(counter=1 << 32),
        WinHttpSettings(trailing=bytes(4), texts=2),
    ],
)
def test_what_would_be_read_otherwise_is_not_encoded(settings: WinHttpSettings) -> None:
    with pytest.raises(ValueError, match=r"."):
        settings.encode()
