"""What a host may print that is not what its tools print: it is refused in the words of the reader, or passed over."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal import copy as journal_copy
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.bypass import bypassed
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation import history as remediation_history
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import (
    curl_probe,
    daily_task,
    eventlog,
    mpcmdrun,
    netsh,
    services,
    text,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Outcome

DIGITS = b"9" * 5000
"""More than int() takes."""
DEEP = 100_000


def test_json_that_is_nested_too_deeply_is_an_error_of_its_own_kind() -> None:
    with pytest.raises(netsh.AdvproxyError, match="nested too deeply"):
        netsh.parse_advproxy(b'{"a":' * DEEP + b"1" + b"}" * DEEP)
    with pytest.raises(netsh.AdvproxyError):
        netsh.parse_advproxy(b'{"a":' + DIGITS + b"}")


def test_a_remembered_step_that_is_nested_too_deeply_was_never_tried() -> None:
    packed = base64.urlsafe_b64encode(b'{"a":' * DEEP + b"1" + b"}" * DEEP).decode().rstrip("=")
    value = f"{remediation_history.SCHEMA}.{packed}"
    line = f"HKEY_LOCAL_MACHINE\\SOFTWARE\\windefend.maps\r\n    tried.firewall    REG_SZ    {value}\r\n"
    values = journal_copy.parse_own(Outcome(0, line.encode())).values
    assert [value.name for value in values] == ["tried.firewall"]
    assert remediation_history.parse_remembered(values, "", None) == []


@pytest.mark.parametrize("output", [b'"' + b"a" * 200_000, b"a," * 5 + b'"' + b"a" * 200_000])
def test_rows_that_are_no_csv_hold_no_result(output: bytes) -> None:
    assert daily_task.parse_result(output) is None


@pytest.mark.parametrize(
    ("given", "number"), [("0", 0), ("22631", 22631), ("", None), ("²", None), ("٣", None), ("-1", None)]
)
def test_a_whole_number_has_ascii_digits(given: str, number: int | None) -> None:
    assert text.whole_number(given) == number
    assert text.whole_number("9" * 5000) is None


def test_numbers_longer_than_python_takes_are_no_numbers() -> None:
    said = DIGITS.decode()
    assert services.parse_state(b"    a : 10\n    b : " + DIGITS + b"\n") is None
    assert curl_probe.parse_version(b"curl " + DIGITS + b".1.1 (Windows) ") is None
    assert mpcmdrun.newest([f"4.{said}", "4.1"]) == "4.1"
    event = b"<Event><System><EventID>" + DIGITS + b"</EventID></System></Event>"
    assert eventlog.parse(event).unreadable == 1


def test_an_event_whose_names_would_multiply_is_read_without_them() -> None:
    """A parser that writes the namespace before each name would make some gigabytes of this."""
    inner = "".join(f"<a{number:x}/>" for number in range(20_000))
    event = f"<Event xmlns='{'u' * 100_000}'><System><EventID>1116</EventID></System>{inner}</Event>"
    (found,) = eventlog.parse(event.encode()).events
    assert found.id == 1116


@pytest.mark.parametrize(
    "event",
    [
        "<Event >" + "<a>" * 100 + "</a>" * 100 + "</Event>",
        "<Event >" + "a" * 300_000 + "</Event>",
        "<Event ><!DOCTYPE a [<!ENTITY b 'c'>]>&b;</Event>",
        "<Event ><System><EventID>1116</EventID></System>",
    ],
)
def test_an_event_that_is_none_costs_only_itself(event: str) -> None:
    good = "<Event><System><EventID>1116</EventID></System></Event>"
    assert [one.id for one in eventlog.parse(f"{good}{event}".encode()).events] == [1116]


def test_a_definition_of_a_task_that_is_too_deep_is_refused() -> None:
    with pytest.raises(ValueError, match="inside each other"):
        daily_task.parse(b"<Task>" + b"<a>" * 1000 + b"</a>" * 1000 + b"</Task>")


@pytest.mark.parametrize(
    ("entry", "fits"),
    [
        ("*.corp.example", True),
        ("www.*", True),
        ("*corp*", True),
        ("w*.e*e", True),
        ("*", True),
        ("http://*.example:443", True),
        ("www.corp.example", True),
        ("*.corp", False),
        ("corp*", False),
        ("*a*a*a*a*", False),
        ("w?w.corp.example", False),
        ("www.corp.example*www.corp.example", False),
        ("[a-z]*", False),
    ],
)
def test_a_bypass_list_knows_one_wildcard(entry: str, fits: bool) -> None:
    assert bypassed("www.corp.example", [entry]) is fits
