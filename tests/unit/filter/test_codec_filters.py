"""The filters that show the codecs: plain results, and errors that say where and why."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.windefend.maps.plugins.filter.explain_hresult import explain_hresult
from ansible_collections.windefend.maps.plugins.filter.parse_firewall_rule import parse_firewall_rule
from ansible_collections.windefend.maps.plugins.filter.parse_validation import parse_validation
from ansible_collections.windefend.maps.plugins.filter.parse_winhttp_settings import parse_winhttp_settings

BLOB = "2800000005000000030000000400000068 3a 38 30 07,00,00,00 3c6c6f63616c3e 00000000"
RULE = (
    "v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|Profile=Public|RPort=443|RA4=10.0.0.0/255.0.0.0|"
    "App=%SystemRoot%\\x.exe|Svc=WinDefend|Name=n|Desc=|"
)
FAILED = "ValidateMapsConnection failed to establish a connection to MAPS (hr=0x80072F8F httpcore=451)"


@pytest.mark.parametrize(
    "data", [BLOB, list(bytes.fromhex(BLOB.replace(",", ""))), bytes.fromhex(BLOB.replace(",", ""))]
)
def test_winhttp_settings(data: object) -> None:
    assert parse_winhttp_settings(data) == {
        "version": 40,
        "counter": 5,
        "flags": 3,
        "direct": False,
        "proxy": "h:80",
        "proxies": {"http": "h:80", "https": "h:80"},
        "bypass": "<local>",
        "bypass_list": ["<local>"],
        "autoconfig_url": "",
        "auto_detect": False,
        "trailing": "",
    }


def test_bytes_that_are_no_text_can_be_shown() -> None:
    found = parse_winhttp_settings("280000000000000003000000 02000000 ff3a")
    assert found["proxy"] == "\\xff:"
    json.dumps(found).encode("utf-8")


def test_firewall_rule() -> None:
    assert parse_firewall_rule(RULE) == {
        "version": "2.31",
        "name": "n",
        "description": "",
        "direction": "Out",
        "action": "Block",
        "active": True,
        "protocol": 6,
        "program": "%SystemRoot%\\x.exe",
        "service": "WinDefend",
        "profiles": ["Public"],
        "local_ports": [],
        "remote_ports": ["443"],
        "remote_addresses": ["10.0.0.0/8"],
        "tokens": RULE.split("|")[1:-1],
    }


def test_validation() -> None:
    assert parse_validation(FAILED, exit_code=-2147012721) == {
        "connected": False,
        "hresult": "0x80072F8F",
        "hresult_meaning": "a security failure: clock, revocation check or trust",
        "httpcore": 451,
        "failed_line": FAILED,
        "last_success": "",
        "notes": [],
    }
    nothing = parse_validation("")
    assert (nothing["connected"], nothing["hresult"], nothing["hresult_meaning"]) == (None, None, None)


@pytest.mark.parametrize("code", ["0x80072F8F", "80072f8f", -2147012721, 2147954575])
def test_hresult(code: object) -> None:
    assert explain_hresult(code) == {
        "code": "0x80072F8F",
        "signed": -2147012721,
        "name": "ERROR_INTERNET_DECODING_FAILED",
        "text": "a security failure: clock, revocation check or trust",
        "source": "wininet.h, winhttp.h",
        "known": True,
        "likely": [],
    }


def test_an_unknown_hresult_is_a_result() -> None:
    assert explain_hresult(0)["signed"] == 0
    assert explain_hresult("0x8ABC0001")["known"] is False


@pytest.mark.parametrize(
    ("filter_", "data", "message"),
    [
        (parse_winhttp_settings, "28", "byte 1: ends within"),
        (parse_winhttp_settings, "2800000g", "byte 3: 'g' is not a hexadecimal digit"),
        (parse_winhttp_settings, [40, 0, 256], "byte 2: 256 is not a byte"),
        (parse_winhttp_settings, [40, "0"], "byte 1: '0' is not a byte"),
        (parse_winhttp_settings, [True], "byte 0: True is not a byte"),
        (parse_winhttp_settings, None, "byte 0: NoneType is neither"),
        (parse_winhttp_settings, {"a": 1}, "byte 0: dict is neither"),
        (parse_winhttp_settings, "280000000000000003000000ff000000", "byte 12: length 255 of the proxy"),
        (parse_firewall_rule, "BlockCortana|Action=Block|", "character 0: does not start with a version"),
        (parse_firewall_rule, "v2.1|Protocol=x|", "character 14: 'x' is not a protocol number"),
        (parse_firewall_rule, 7, "character 0: int is not text"),
        (parse_validation, ["x"], "position 0: list is not text"),
        (parse_validation, None, "position 0: NoneType is not text"),
        (explain_hresult, "0x80072F8F0", "position 0: '0x80072F8F0' is no HRESULT"),
        (explain_hresult, 1 << 40, "does not fit into 32 bits"),
        (explain_hresult, True, "position 0: bool is neither"),
        (explain_hresult, 1.5, "position 0: float is neither"),
    ],
)
def test_bad_input_is_an_error_of_the_filter(filter_: Callable[[Any], Any], data: object, message: str) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        filter_(data)
    assert message in str(caught.value)
    assert f"windefend.maps.{filter_.__name__}: " in str(caught.value)


@pytest.mark.parametrize("exit_code", ["1", True, 1.0])
def test_an_exit_code_is_a_number(exit_code: object) -> None:
    with pytest.raises(AnsibleFilterError, match="exit_code"):
        parse_validation("x", exit_code)
