"""Which proxy a request takes: whose settings in which order, bypass lists, and what is not certain."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender.product import Defender
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.probes import routes as probes_routes
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.probes.routes import Route
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.stores import (
    AccountSettings,
    Advanced,
    Stores,
    WinHttp,
)

NONE = AccountSettings(False, "", "")
SET = AccountSettings(True, "own.example:8080", "", ("*.intern",))
DIRECT = WinHttp(True, "", "", (), False, "", "")
NAMED = WinHttp(False, "p.example:80", "s.example:443", ("<local>", "*.corp.example", "10.*"), True, "00", "00")
PRODUCT = Defender(True, 4, 2, "", "", "", False, False, "", "", "")


def stores(winhttp: WinHttp = DIRECT, caller: AccountSettings = NONE, system: AccountSettings = NONE) -> Stores:
    return Stores(winhttp, None, {"caller": caller, "system": system, "network_service": NONE}, False)


def test_winhttp_tells_the_schemes_apart() -> None:
    assert probes_routes.winhttp(stores(NAMED), "https", "a.example") == Route("s.example:443", "winhttp")
    assert probes_routes.winhttp(stores(NAMED), "http", "a.example") == Route("p.example:80", "winhttp")
    assert probes_routes.winhttp(stores(), "http", "a.example") == Route("", "none")


@pytest.mark.parametrize(
    ("host", "exempt"),
    [
        ("pc", True),
        ("a.corp.example", True),
        ("A.CORP.EXAMPLE", True),
        ("corp.example", False),
        ("10.0.0.1", True),
        ("a.example", False),
    ],
)
def test_the_bypass_list(host: str, exempt: bool) -> None:
    assert probes_routes.winhttp(stores(NAMED), "http", host).source == ("winhttp_bypass" if exempt else "winhttp")


def test_a_blob_that_cannot_be_read_leaves_the_way_open() -> None:
    broken = dataclasses.replace(DIRECT, present=True, problem="cut")
    assert not probes_routes.winhttp(stores(broken), "http", "a.example").certain
    assert not probes_routes.cryptoapi(stores(broken), "system", "http", "a.example").certain


def test_what_is_no_address_is_not_put_into_a_command() -> None:
    odd = dataclasses.replace(NAMED, http="p.example:80 --config x")
    assert probes_routes.winhttp(stores(odd), "http", "a.example") == Route("", "winhttp", certain=False)


def test_of_several_proxies_none_is_chosen() -> None:
    several = AccountSettings(True, "http=a.example:1;http=b.example:2;https=c.example:3", "")
    for scheme, way in (("http", Route("", "account", certain=False)), ("https", Route("c.example:3", "account"))):
        assert probes_routes.cryptoapi(stores(caller=several), "caller", scheme, "x.example") == way
    winhttp = dataclasses.replace(NAMED, http="a.example:1;b.example:2")
    assert probes_routes.winhttp(stores(winhttp), "http", "x.example") == Route("", "winhttp", certain=False)
    for server in ("a.example:1;b.example:2", "http=a.example:1"):
        own = dataclasses.replace(PRODUCT, proxy_server=server)
        assert probes_routes.defender(own, stores(), "https", "x.example") == Route("", "defender", certain=False)


def test_the_cryptoapi_takes_winhttps_before_the_accounts() -> None:
    both = stores(NAMED, caller=SET)
    assert probes_routes.cryptoapi(both, "caller", "http", "a.example").source == "winhttp"
    assert probes_routes.cryptoapi(stores(caller=SET), "caller", "http", "a.example") == Route(
        "own.example:8080", "account"
    )
    assert probes_routes.cryptoapi(stores(caller=SET), "caller", "http", "x.intern") == Route("", "account_bypass")
    assert probes_routes.cryptoapi(stores(caller=SET), "system", "http", "a.example") == Route("", "none")


def test_a_script_leaves_the_way_open() -> None:
    script = AccountSettings(False, "", "http://wpad/x.pac")
    assert probes_routes.cryptoapi(stores(system=script), "system", "http", "a.example") == Route(
        "", "account", certain=False
    )


def test_the_machines_settings_stand_for_every_account_where_the_policy_says_so() -> None:
    advanced = Advanced("m.example:1", "m.example:1", (), "", False, False)
    both = dataclasses.replace(stores(system=SET), advanced=advanced, settings_per_machine=True)
    assert probes_routes.cryptoapi(both, "system", "http", "a.example") == Route("m.example:1", "machine")
    auto = dataclasses.replace(both, advanced=dataclasses.replace(advanced, auto_detect=True))
    assert not probes_routes.cryptoapi(auto, "system", "http", "a.example").certain
    unknown = dataclasses.replace(both, advanced=None)
    assert not probes_routes.cryptoapi(unknown, "system", "http", "a.example").certain


def test_defenders_own_policy_goes_first_and_nobody_else_sees_it() -> None:
    own = dataclasses.replace(PRODUCT, proxy_server="http://d.example:3128/", proxy_bypass="*.x.example")
    assert probes_routes.defender(own, stores(NAMED), "https", "a.example") == Route("d.example:3128", "defender")
    assert probes_routes.defender(own, stores(NAMED), "https", "a.x.example") == Route("", "defender_bypass")
    assert probes_routes.defender(PRODUCT, stores(NAMED), "https", "a.example").source == "winhttp"
    assert not probes_routes.defender(
        dataclasses.replace(PRODUCT, proxy_pac_url="http://wpad/x"), stores(), "https", "a.example"
    ).certain
    assert probes_routes.cryptoapi(stores(), "system", "http", "a.example") == Route("", "none")
