"""What a firewall rule may be asked for, before anything is sent to a host."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall.allow_rule import RuleSpec, spec_as_dict
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import Refused
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.root_lists import parse_url


def request(**options: Any) -> RuleSpec:
    return RuleSpec(**{"name": "A rule", "protocol": "tcp", **options})


@pytest.mark.parametrize("name", ["all", "ALL", " All ", "", " A", "a|b", 'a"b', "a%b", "@a", "a\\b"])
def test_a_name_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="name"):
        request(name=name).validated()


UNSEEN = (
    *"\x00\x1b\x7f\x9b\xa0\xad\u034f\u061c\u115f\u180e\u2007\u200b\u200d\u200e\u2028\u202e\u2066\u2800\u3000\u3164",
    *"\ue000\ufe0f\ufeff\ufdd0\U000e0041\U000e0101\ud800\U0010ffff",
)


@pytest.mark.parametrize("character", UNSEEN, ids=lambda one: f"U+{ord(one):04X}")
def test_what_is_not_seen_is_refused_in_a_name(character: str) -> None:
    for name in (f"Allow{character} MAPS", f"{character}Allow", f"Allow{character}"):
        with pytest.raises(Refused, match="name"):
            request(name=name).validated()
    for option in ("program", "service"):
        with pytest.raises(Refused, match=rf"{option} must not contain U\+{ord(character):04X}"):
            request(**{option: f"C:\\a{character}.exe"}).validated()
    with pytest.raises(Refused):
        parse_url(f"file://\\\\server\\ctl{character}x")


def test_names_of_every_language_are_taken() -> None:
    for name in ("Defender の MAPS を許可", "Разрешить MAPS", "MAPS cafe\u0301 (é) 1", "MAPS \U0001f512"):
        request(name=name, description="クラウド\u3000接続").validated()
    with pytest.raises(
        Refused, match=r"description must not contain U\+202E \(RIGHT-TO-LEFT OVERRIDE\), at position 3"
    ):
        request(description="exe\u202etxt").validated()


@pytest.mark.parametrize("port", ["0", "65536", "9-8", "4-", "-4", "0443", "http", "1-2-3", "", "1,2", "1\u0663"])
def test_a_port_is_refused(port: str) -> None:
    with pytest.raises(Refused, match="remote_ports"):
        request(remote_ports=(port,)).validated()


@pytest.mark.parametrize("protocol", ["any"])
def test_ports_need_a_protocol_that_has_them(protocol: str) -> None:
    with pytest.raises(Refused, match="tcp or udp"):
        request(protocol=protocol, remote_ports=("443",)).validated()


@pytest.mark.parametrize(
    "address", ["maps.example", "*.example", "10.0.0.300", "10.0.0.9-10.0.0.1", "10.0.0.1-::1", "10.0.0.1-", "", "a|b"]
)
def test_an_address_is_refused(address: str) -> None:
    with pytest.raises(Refused, match="remote_addresses"):
        request(remote_addresses=(address,)).validated()


@pytest.mark.parametrize(
    "options",
    [
        {"program": "a.exe"},
        {"program": "\\\\server\\share\\a.exe"},
        {"program": "%ProgramFiles%\\a.exe"},
        {"service": "a|b"},
        {"description": 'a"b'},
        {"profiles": ("any", "domain")},
    ],
)
def test_what_netsh_could_not_store_as_said_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        request(**options).validated()


def test_a_request_is_described_as_windows_stores_it() -> None:
    one = request(
        remote_ports=("443", "8000-8100", "443"),
        remote_addresses=("10.0.0.1/32", "10.0.0.0/255.0.0.0", "LocalSubnet", "FE80::/10"),
        profiles=("domain", "private", "public"),
    )
    one.validated()
    seen = spec_as_dict(one)
    assert seen["remote_ports"] == ["443", "8000-8100"]
    assert seen["remote_addresses"] == ["10.0.0.0/8", "10.0.0.1", "fe80::/10", "localsubnet"]
    assert seen["profiles"] == []


def test_any_address_is_no_limit() -> None:
    assert spec_as_dict(request(remote_addresses=("any",)))["remote_addresses"] == []
