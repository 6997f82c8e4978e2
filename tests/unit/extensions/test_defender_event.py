"""The event filter: nothing of what was received goes on but a number and a name that the inventory has."""

from __future__ import annotations

import json
import logging
import runpy
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).resolve().parents[3] / "extensions" / "eda" / "plugins" / "event_filter" / "defender_event.py"
PROVIDER = "Microsoft-Windows-Windows Defender"
HOSTS = (
    "pc-1",
    "pc-2.corp.example",
    "twin",
    "TWIN",
    "office",
    "a,!b",
    "pc-*",
    "{{x}}",
    "~pc",
    "@list",
    "localhost",
)
Filter = Callable[..., list[dict[str, Any]]]


def loaded() -> Filter:
    """The filter as ansible-rulebook loads it."""
    found: Filter = runpy.run_path(str(FILE))["main"]
    return found


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filter]:
    """The filter, with an inventory as ansible-inventory reads it."""
    path = tmp_path_factory.mktemp("inventory") / "inventory.json"
    groups = {"office": {"hosts": {"pc-1": {}}}, "windows": {"hosts": {name: {} for name in HOSTS}}}
    path.write_text(json.dumps({"all": {"children": groups}}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANSIBLE_INVENTORY", str(path))
        yield loaded()


def event(computer: object, number: object = 2012, provider: object = PROVIDER) -> dict[str, Any]:
    return {"payload": {"computer": computer, "event_id": number, "provider": provider}}


def taken(host: str, number: int) -> list[dict[str, Any]]:
    return [{"maps": {"host": host, "event_id": number}, "meta": {"hosts": [host]}}]


@pytest.mark.parametrize(
    "payload",
    [
        {"winlog": {"computer_name": "PC-1", "event_id": "2012", "provider_name": PROVIDER}, "message": "{{ x }}"},
        {"winlog.computer_name": "pc-1", "winlog.event_id": 2012, "winlog.provider_name": PROVIDER},
        {"Hostname": "pc-1", "EventID": 2012, "SourceName": PROVIDER, "ansible_host": "192.0.2.1"},
        {"computer": "pc-1", "event_id": "2012", "provider": PROVIDER, "meta": {"hosts": ["pc-2.corp.example"]}},
    ],
    ids=["winlogbeat", "winlogbeat, flat", "nxlog", "other"],
)
def test_each_form_becomes_a_number_and_a_name(take: Filter, payload: Mapping[str, Any]) -> None:
    assert take({"payload": payload, "meta": {"headers": {"x": "{{ y }}"}, "hosts": "all"}}) == taken("pc-1", 2012)


@pytest.mark.parametrize("number", [1116, 2001, 2010, 2012, 5007])
def test_a_name_is_spelled_as_in_the_inventory(take: Filter, number: int) -> None:
    assert take(event("PC-2.Corp.Example", number)) == taken("pc-2.corp.example", number)


@pytest.mark.parametrize(
    "computer",
    [
        *(
            "all",
            "ALL",
            "a,!b",
            "pc-*",
            "*",
            "~pc",
            "pc[0]",
            "@list",
            "!pc-1",
            "pc-1:pc-2.corp.example",
            "office",
            "ungrouped",
        ),
        *("twin", "nobody", "", "pc-1\n", " pc-1", "{{x}}", "pc-1 -e x=y", "--limit=all", "_meta", "p" * 300),
        *(["pc-1"], {"pc-1": 1}, 1, None, True),
    ],
)
def test_what_is_not_exactly_one_host_is_dropped(
    take: Filter, computer: object, caplog: pytest.LogCaptureFixture
) -> None:
    """A group, a pattern, a name of two hosts, and names that the inventory has but that mean more in a pattern."""
    with caplog.at_level(logging.WARNING):
        assert take(event(computer)) == []
    assert len(caplog.records) == 1
    assert "\n" not in caplog.text.rstrip("\n")
    assert "{{" not in caplog.text


@pytest.mark.parametrize(
    "received",
    [
        event("pc-1", 1), event("pc-1", "2012; x"), event("pc-1", True), event("pc-1", 2012.5), event("pc-1", [2012]),
        event("pc-1", provider="MsiInstaller"), event("pc-1", provider=None), {"payload": None}, {"payload": []},
        {"payload": "2012"}, {"payload": {"winlog": "pc-1"}}, {},
    ],
)  # fmt: skip
def test_what_is_not_such_an_event_is_dropped(take: Filter, received: dict[str, Any]) -> None:
    assert take(received) == []


def test_an_inventory_that_cannot_be_read_drops_every_event(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PATH", "")
    assert loaded()(event("pc-1")) == []
    assert "the inventory could not be read (FileNotFoundError)" in caplog.text


def test_the_inventory_is_read_again_when_it_is_old(tmp_path: Path) -> None:
    path, take = tmp_path / "inventory.json", loaded()
    path.write_text(json.dumps({"all": {"hosts": {"old": {}}}}))
    assert take(event("old"), inventory=str(path)) == taken("old", 2012)
    path.write_text(json.dumps({"all": {"hosts": {"new": {}}}}))
    assert take(event("new"), inventory=str(path)) == []
    assert take(event("new"), inventory=str(path), refresh=0) == taken("new", 2012)
