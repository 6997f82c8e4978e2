"""Whether a store of the proxy is what a change meant to make: the journal asks the proxy package."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall import allow_rule
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.states import handler_for
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import (
    AdvancedIntent,
    AdvancedSettings,
    Refused,
    WinHttpIntent,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import change as proxy_change
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.outcome import Outcome
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.winhttp_settings import DIRECT, WinHttpSettings
from ansible_collections.windefend.maps.tests.support.remediation import Journal, PromptHost
from ansible_collections.windefend.maps.tests.support.simulated_host import machine
from ansible_collections.windefend.maps.winsim.machine.firewall import LOCAL_KEY

PLACE = proxy_change.PLACES["winhttp"][0]


def intended(http: str, https: str, bypass: tuple[str, ...] | None) -> WinHttpIntent:
    return WinHttpIntent(http, https, bypass)


@pytest.mark.parametrize(
    ("settings", "desired", "reached"),
    [
        (WinHttpSettings(3, "http://P:1", "b a"), intended("p:1", "p:1", ("A", "b")), True),
        (WinHttpSettings(3, "http=p:1;https=q:2"), intended("p:1", "q:2", ()), True),
        (WinHttpSettings(3, "p:1", "a"), intended("p:1", "p:1", None), True),
        (WinHttpSettings(3, "p:1", "a"), intended("p:1", "p:1", ()), False),
        (WinHttpSettings(3, "http=p:1;http=q:2;https=p:1"), intended("p:1", "p:1", ()), False),
        (WinHttpSettings(3, "http=q:2;http=p:1;https=p:1"), intended("p:1", "p:1", ()), False),
        (WinHttpSettings(DIRECT, "p:1", "a"), intended("p:1", "p:1", ("a",)), False),
        (WinHttpSettings(DIRECT, "p:1", "a"), intended("", "", ()), True),
        (WinHttpSettings(3, "socks=p:1"), intended("", "", ()), False),
    ],
)
def test_the_blob_is_understood_as_the_module_understands_it(
    settings: WinHttpSettings, desired: WinHttpIntent, reached: bool
) -> None:
    state = {"value": {"type": "REG_BINARY", "data": {"hex": settings.encode().hex()}}, "missing": 0}
    assert handler_for(PLACE).matches_intent(state, desired) is reached


@pytest.mark.parametrize(
    "value", [None, {"type": "REG_BINARY", "data": {"hex": "28"}}, {"type": "REG_SZ", "data": "p:1"}]
)
def test_what_is_no_blob_is_nothing_that_a_change_makes(value: dict[str, Any] | None) -> None:
    state = {"value": value, "missing": 0}
    assert not handler_for(PLACE).matches_intent(state, intended("", "", ()))


def test_the_advanced_store_is_understood_in_the_same_way() -> None:
    settings = {"proxy": "http://p:1", "bypass": "b;a", "autoconfig_url": "", "auto_detect": False}
    desired = AdvancedIntent("P:1", "p:1", ("a", "B"), "", False)
    reached = handler_for(AdvancedSettings()).matches_intent
    for enabled in (True, None):
        assert reached({"settings": settings, "enabled": enabled}, desired)
    assert not reached({"settings": settings, "enabled": False}, desired), "kept while it is off"
    assert not reached({"settings": {**settings, "auto_detect": True}, "enabled": True}, desired)
    assert not reached({"settings": {**settings, "proxy": "http=p:1;http=q:2;https=p:1"}, "enabled": True}, desired)
    assert not reached({"settings": None, "enabled": None}, desired)


def test_a_script_that_is_kept_while_it_is_off_is_not_switched_on_by_a_rollback() -> None:
    shown = b'{"AutoConfigIsEnabled": false, "AutoconfigUrl": "http://wpad/p.pac", "AutoDetect": false}'
    handler = handler_for(AdvancedSettings())
    (command,) = handler.reading(AdvancedSettings()).values()
    before = handler.read(AdvancedSettings(), {command.text: Outcome(0, shown)})
    after = {"settings": {**before["settings"], "proxy": "p:1"}, "enabled": True}
    (restoring,) = handler.restoring(AdvancedSettings(), after, before)
    assert "wpad" not in restoring.text


OURS = "v2.31|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|RPort=443|Svc=WinDefend|Name=ours|"
LONG = OURS.replace("Allow", "Block").replace("RPort=443|", "RPort2_10=2-2|" * 700)


@pytest.mark.parametrize("name", ["ours", "規則"])
def test_a_rollback_deletes_no_rule_by_a_name_that_one_may_have_that_was_not_seen(
    name: str, tmp_path: pathlib.Path
) -> None:
    """A sibling of B03: findstr carries no rule of 8,191 bytes and more on a pipe, and netsh deletes by name."""
    host = PromptHost(machine())
    journal = Journal(tmp_path)
    journal.drive(host, allow_rule.configure(allow_rule.RuleSpec(name, service="WinDefend"), True, False))
    key = rf"{LOCAL_KEY}\FirewallRules"
    host.machine.registry.set_text(key, "{long}", LONG.replace("Name=ours", f"Name={name}"))
    before = dict(host.machine.registry.key(key).values)
    with pytest.raises(Refused, match="rules that findstr lost"):
        journal.rollback(host)
    assert dict(host.machine.registry.key(key).values) == before
    host.machine.registry.delete_value(key, "{long}")
    assert journal.rollback(host)["changed"]


def test_lines_that_were_lost_are_no_hindrance_to_a_new_rule(tmp_path: pathlib.Path) -> None:
    """The state before says that others are not known, and a record that says so can be read again."""
    host = PromptHost(machine("long_rules"))
    journal = Journal(tmp_path)
    spec = allow_rule.RuleSpec("ours", service="WinDefend")
    assert journal.drive(host, allow_rule.configure(spec, True, False))["changed"]
    (record,) = journal.store.read().records
    assert record.undo[0].before == {"rules": [], "others": None}
