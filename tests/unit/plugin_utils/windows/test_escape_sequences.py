"""Escape sequences in what tools say: a sibling of B40 in every parser that looks for words."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import (
    certutil,
    curl,
    curl_probe,
    daily_task,
    descriptors,
    files,
    netsh,
    services,
    text,
)

HOME = "\x1b[2J\x1b[m\x1b[H"
HASH = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "said",
    [
        "\x1b[Hword",
        "\x1b[2J\x1b[mword",
        "\x1b[38;5;12mwo\x1b[0mrd",
        "\x1b[?25lword\x1b[?25h",
        "\x1b]0;title\x07word",
        "\x1b]8;;http://x\x1b\\word\x1b]8;;\x1b\\",
        "\x1b(Bword",
        "\x1b7word\x1b8",
        "\x1bcword",
    ],
)
def test_a_sequence_is_no_part_of_a_word(said: str) -> None:
    assert text.plain(said) == "word"


@pytest.mark.parametrize("said", ["\x1b", "\x1b[", "\x1b[12", "\x1b]0;no end", "a\x1b\nb", "[H", "]0;"])
def test_what_is_no_sequence_stays(said: str) -> None:
    assert text.plain(said) == said


def test_every_tool_is_read_through_sequences() -> None:
    state = services.parse_state(f"{HOME}    TYPE : 10  X\r\n    STATE : {HOME}4  RUNNING\r\n".encode())
    assert (state.type, state.state) == (0x10, 4) if state else False
    assert files.parse_hash(f"SHA256:\r\n{HOME}{HASH}\r\n".encode()) == HASH
    assert certutil.failure(1, f"failed {HOME}0x80092013".encode()) == 0x80092013
    assert certutil.parse_verify(f"{HOME}0x80092010".encode()).codes == (0x80092010,)
    assert curl.schannel_code(f"(0x{HOME}80090322)".encode()) == 0x80090322
    version = curl_probe.parse_version(f"{HOME}curl 8.4.0 (Windows) libcurl/8.4.0 Schannel\r\n".encode())
    assert version is not None
    assert version.number == (8, 4, 0)
    assert daily_task.parse_result(f'{HOME}"a","b","c","d","e","f","{HOME}0"\r\n'.encode()) == 0
    assert descriptors.parse_shown(f'{HOME}C:\\a "D:{HOME}(A;;FA;;;SY)"\r\n'.encode()).sids_with_access(1)
    found = netsh.parse_advproxy(f'{HOME}text\r\n{{"Proxy": "p:1"}}{HOME}\r\n'.encode())
    assert found is not None
    assert found.proxy == "p:1"


def test_json_of_netsh_may_hold_line_ends() -> None:
    """A sibling of B05: a bypass list with line ends in it."""
    found = netsh.parse_advproxy(b'{"Proxy": "p:1", "ProxyBypass": "a\r\nb"}')
    assert found is not None
    assert (found.proxy, found.bypass) == ("p:1", "a\r\nb")


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le"])
def test_nul_decides_the_encoding_only_where_every_other_byte_is_one(codec: str) -> None:
    said = "エラー: x\r\n" + "word\r\n" * 3
    assert text.decode(said.encode(codec)) == said
    odd = said.replace("x", "a\0b\0\0c")
    assert text.decode(odd.encode("utf-8")) == odd
