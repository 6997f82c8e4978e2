"""Whether a store of the proxy is what a change meant to make: the journal asks the proxy package."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.states import handler_for
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import (
    AdvancedIntent,
    AdvancedSettings,
    WinHttpIntent,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import change as proxy_change
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.winhttp_settings import DIRECT, WinHttpSettings

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
    assert reached({"settings": settings}, desired)
    assert not reached({"settings": {**settings, "auto_detect": True}}, desired)
    assert not reached({"settings": {**settings, "proxy": "http=p:1;http=q:2;https=p:1"}}, desired)
    assert not reached({"settings": None}, desired)
