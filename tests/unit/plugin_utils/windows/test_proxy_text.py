"""The text of a proxy and of a bypass list: what Microsoft documents, what nobody does, and what is no such text."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.proxy_text import (
    Entry,
    ProxyText,
    endpoint,
    parse,
    parse_bypass,
)
from hypothesis import given, strategies as st

PIECES = st.sampled_from(
    (
        *(";", " ", "\t", "=", ":", "//", "/", "@", "http=", "HTTPS=", "socks=", "x=", "http://", "Ftp://", "a"),
        *("b.example", "p:80", "h:1/", "[::1]:3128", ":65536", "svc:pw@", "\u3000", "\u0130", "\udcff", "日"),
        "9" * 5000,
    )
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=12).map("".join))


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("h:80", {"http": "h:80", "https": "h:80"}),
        ("http=a:80;https=b:443", {"http": "a:80", "https": "b:443"}),
        ("HTTPS=b:443 c:1", {"https": "b:443", "http": "c:1"}),
        ("http=http://http_proxy other_proxy", {"http": "http_proxy", "https": "other_proxy"}),
        ("http://192.168.0.117:8080", {"http": "192.168.0.117:8080", "https": "192.168.0.117:8080"}),
        ("http=http://a:80/", {"http": "a:80"}),
        ("https=HTTPS://a:443", {"https": "a:443"}),
        ("socks=127.0.0.1:10808", {"socks": "127.0.0.1:10808"}),
        ("socks://a:1080", {"http": "socks://a:1080", "https": "socks://a:1080"}),
        ("a:1;A:1;http://a:1", {"http": "a:1", "https": "a:1"}),
        ("http=;=;//;http://", {"http": "=", "https": "="}),
        (" ; ", {}),
        ("", {}),
    ],
)
def test_proxies_by_protocol(text: str, addresses: dict[str, str]) -> None:
    assert parse(text).addresses == addresses


@pytest.mark.parametrize(
    ("text", "http", "https"),
    [
        ("http=a:1;http=b:2", "a:1;b:2", ""),
        ("a:1 b:2;https=c:3", "a:1;b:2", "c:3"),
        ("https://b:2;http://a:1", "b:2;a:1", "b:2;a:1"),
    ],
)
def test_of_several_proxies_for_one_protocol_none_is_chosen(text: str, http: str, https: str) -> None:
    found = parse(text)
    assert (found.address("http"), found.address("https")) == (http, https)
    assert endpoint(found.address("http")) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("proxy.corp.example:3128", "proxy.corp.example:3128"),
        ("http://proxy.corp.example:3128/", "proxy.corp.example:3128"),
        ("[2001:db8::1]:3128", "[2001:db8::1]:3128"),
        ("proxy", ""),
        ("proxy:0", ""),
        ("proxy:65536", ""),
        ("http=proxy:1", ""),
        ("socks://proxy:1080", ""),
        ("http://proxy:1/path", ""),
        ("svc:pw@proxy:1", ""),
        ("proxy:80 --config x", ""),
        ("プロキシ:80", ""),
        ("", ""),
    ],
)
def test_an_endpoint_is_one_host_and_port(text: str, expected: str) -> None:
    assert endpoint(text) == expected


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("http://p:3128/", {3128}),
        ("http=a:1;https=b:2;c", {1, 2}),
        ("http://svc:5@p:8080", {8080}),
        ("http://wpad.example:8080/proxy.pac", set()),
        ("p:65536", set()),
        (f"p:{'9' * 5000}", set()),
        ("p:²", set()),
        ("", set()),
    ],
)
def test_ports(text: str, ports: set[int]) -> None:
    assert parse(text).ports == ports


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("", []),
        (" ; ;", []),
        ("proxy:80", [("", "", "proxy:80")]),
        ("HTTP=a:1;https=b:2 socks=c:3", [("http", "", "a:1"), ("https", "", "b:2"), ("socks", "", "c:3")]),
        ("a:1;b:2", [("", "", "a:1"), ("", "", "b:2")]),
        ("http://svc:a;b;c@h:1", [("", "http", "svc:a;b;c@h:1")]),
        ("http://svc:8080;w@h:1", [("", "http", "svc:8080;w@h:1")]),
        ("http=svc:p=w;x@h:1;https=b:2", [("http", "", "svc:p=w;x@h:1"), ("https", "", "b:2")]),
        ("a:1;svc:pw@h:2", [("", "", "a:1"), ("", "", "svc:pw@h:2")]),
        ("svc:a b@h:1;c:2", [("", "", "svc:a b@h:1"), ("", "", "c:2")]),
    ],
)
def test_a_list_of_proxies_keeps_credentials_whole(text: str, entries: list[tuple[str, str, str]]) -> None:
    assert parse(text) == ProxyText(tuple(Entry(*entry) for entry in entries))


def test_what_may_hold_credentials_keeps_the_scheme_by_which_they_are_known() -> None:
    assert parse("http://svc:pw@h:1").address("http") == "http://svc:pw@h:1"
    assert parse("http://svc@proxy").address("http") == "http://svc@proxy"
    assert parse("http://svc:pw").address("http") == "http://svc:pw"


def test_a_bypass_list_keeps_its_order() -> None:
    assert parse_bypass("*.b.example; <local>;a.example *.b.example\t10.*;") == (
        "*.b.example",
        "<local>",
        "a.example",
        "10.*",
    )
    assert parse_bypass(" ;") == ()


@given(TEXTS)
def test_any_text_is_understood_and_says_the_same_when_written_again(text: str) -> None:
    found = parse(text)
    assert parse(str(found)) == found
    assert set(found.by_protocol) >= {entry.protocol for entry in found.entries if entry.protocol}
    assert all(0 < port <= 65535 for port in found.ports)
    assert endpoint(text) in {"", *(entry.address for entry in found.entries)}


@given(TEXTS)
def test_any_bypass_list_is_understood_and_says_the_same_when_written_again(text: str) -> None:
    found = parse_bypass(text)
    assert parse_bypass(";".join(found)) == found


@given(TEXTS)
def test_no_entry_is_lost(text: str) -> None:
    """What is dropped is separators, slashes at the end, and entries without a host."""
    kept = "".join(entry.protocol + entry.scheme + entry.address for entry in parse(text).entries)
    for letter in "日@":  # neither is dropped with a protocol or a scheme
        assert kept.count(letter) == text.count(letter)
