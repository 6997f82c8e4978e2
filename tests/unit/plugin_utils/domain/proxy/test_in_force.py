"""Which proxy a request takes: whose settings in which order, bypass lists, and what is not certain."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender.product import Defender
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import stores as proxy_stores
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.route import (
    Client,
    Considered,
    Route,
    State,
    in_force,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.stores import (
    AccountSettings,
    Advanced,
    Stores,
    WinHttp,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import netsh
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.winhttp_settings import WinHttpSettings

NONE = AccountSettings(False, "", "")
SET = AccountSettings(True, "own.example:8080", "", ("*.intern",))
DIRECT = WinHttp(True, "", "", (), False, "", "")
NAMED = WinHttp(False, "p.example:80", "s.example:443", ("<local>", "*.corp.example", "10.*"), True, "00", "00")
PRODUCT = Defender(True, 4, 2, "", "", "", False, False, "", "", "")


def stores(winhttp: WinHttp = DIRECT, caller: AccountSettings = NONE, system: AccountSettings = NONE) -> Stores:
    return Stores(winhttp, None, {"caller": caller, "system": system, "network_service": NONE}, False)


def winhttp(of: Stores, scheme: str, host: str) -> Route:
    return in_force(of, f"{scheme}://{host}/", Client.WINHTTP)


def cryptoapi(of: Stores, account: str, scheme: str, host: str) -> Route:
    return in_force(of, f"{scheme}://{host}/x", Client.CRYPTOAPI, account)


def defender(product: Defender, of: Stores, scheme: str, host: str) -> Route:
    return in_force(of, f"{scheme}://{host}", Client.DEFENDER, own=product.own_proxy)


def test_winhttp_tells_the_schemes_apart() -> None:
    assert winhttp(stores(NAMED), "https", "a.example") == Route("s.example:443", "winhttp")
    assert winhttp(stores(NAMED), "http", "a.example") == Route("p.example:80", "winhttp")
    assert winhttp(stores(), "http", "a.example") == Route("", "none")


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
    assert winhttp(stores(NAMED), "http", host).source == ("winhttp_bypass" if exempt else "winhttp")


def test_a_blob_that_cannot_be_read_leaves_the_way_open() -> None:
    broken = dataclasses.replace(DIRECT, present=True, problem="cut")
    assert not winhttp(stores(broken), "http", "a.example").certain
    assert not cryptoapi(stores(broken), "system", "http", "a.example").certain


def test_what_is_no_address_is_not_put_into_a_command() -> None:
    odd = dataclasses.replace(NAMED, http="p.example:80 --config x")
    assert winhttp(stores(odd), "http", "a.example") == Route("", "winhttp", certain=False)


def test_of_several_proxies_none_is_chosen() -> None:
    several = AccountSettings(True, "http=a.example:1;http=b.example:2;https=c.example:3", "")
    for scheme, way in (("http", Route("", "account", certain=False)), ("https", Route("c.example:3", "account"))):
        assert cryptoapi(stores(caller=several), "caller", scheme, "x.example") == way
    two = dataclasses.replace(NAMED, http="a.example:1;b.example:2")
    assert winhttp(stores(two), "http", "x.example") == Route("", "winhttp", certain=False)
    for server in ("a.example:1;b.example:2", "http=a.example:1"):
        own = dataclasses.replace(PRODUCT, proxy_server=server)
        assert defender(own, stores(), "https", "x.example") == Route("", "defender", certain=False)


def test_the_cryptoapi_takes_winhttps_before_the_accounts() -> None:
    both = stores(NAMED, caller=SET)
    assert cryptoapi(both, "caller", "http", "a.example").source == "winhttp"
    assert cryptoapi(stores(caller=SET), "caller", "http", "a.example") == Route("own.example:8080", "account")
    assert cryptoapi(stores(caller=SET), "caller", "http", "x.intern") == Route("", "account_bypass")
    assert cryptoapi(stores(caller=SET), "system", "http", "a.example") == Route("", "none")


def test_a_script_leaves_the_way_open() -> None:
    script = AccountSettings(False, "", "http://wpad/x.pac")
    assert cryptoapi(stores(system=script), "system", "http", "a.example") == Route("", "account", certain=False)


def test_the_machines_settings_stand_for_every_account_where_the_policy_says_so() -> None:
    advanced = Advanced("m.example:1", "m.example:1", (), "", False, False)
    both = dataclasses.replace(stores(system=SET), advanced=advanced, settings_per_machine=True)
    assert cryptoapi(both, "system", "http", "a.example") == Route("m.example:1", "machine")
    auto = dataclasses.replace(both, advanced=dataclasses.replace(advanced, auto_detect=True))
    assert not cryptoapi(auto, "system", "http", "a.example").certain
    unknown = dataclasses.replace(both, advanced=None)
    assert not cryptoapi(unknown, "system", "http", "a.example").certain


def test_defenders_own_policy_goes_first_and_nobody_else_sees_it() -> None:
    own = dataclasses.replace(PRODUCT, proxy_server="http://d.example:3128/", proxy_bypass="*.x.example")
    assert defender(own, stores(NAMED), "https", "a.example") == Route("d.example:3128", "defender")
    assert defender(own, stores(NAMED), "https", "a.x.example") == Route("", "defender_bypass")
    assert defender(PRODUCT, stores(NAMED), "https", "a.example").source == "winhttp"
    assert not defender(
        dataclasses.replace(PRODUCT, proxy_pac_url="http://wpad/x"), stores(), "https", "a.example"
    ).certain
    assert cryptoapi(stores(), "system", "http", "a.example") == Route("", "none")


def advanced(text: str) -> Advanced:
    """The store by what `netsh winhttp show advproxy` prints."""
    stored = netsh.parse_advproxy(text.encode())
    assert stored is not None
    return proxy_stores.advanced(stored)


def per_machine(text: str) -> Stores:
    return dataclasses.replace(stores(), advanced=advanced(text), settings_per_machine=True)


SWITCHES = (
    '{"ProxyIsEnabled": false, "Proxy": "proxy.corp.example:3128", "ProxyBypass": "<local>", '
    '"AutoConfigIsEnabled": false, "AutoconfigUrl": "%s", "AutoDetect": false, "PerUserProxySettings": false}'
)


@pytest.mark.parametrize("url", ["", "http://wpad.corp.example/proxy.pac"])
def test_a_switch_that_is_off_leaves_nothing_in_force(url: str) -> None:
    """B06: the published output of netsh, with a proxy and a script that are kept."""
    route = cryptoapi(per_machine(SWITCHES % url), "network_service", "http", "crl.microsoft.com")
    assert route == Route("", "none")
    assert route.why[-1] == Considered("machine", State.SWITCHED_OFF, "proxy.corp.example:3128")
    assert route.idle == route.why[-1:]


def test_a_script_that_is_on_decides_though_the_proxy_is_off() -> None:
    text = '{"ProxyIsEnabled": false, "Proxy": "p:1", "AutoConfigIsEnabled": true, "AutoconfigUrl": "http://w/p.pac"}'
    assert cryptoapi(per_machine(text), "system", "http", "a.example") == Route("", "machine", certain=False)


def test_what_a_build_shows_without_switches_is_on() -> None:
    """Server 2022 prints only what is set."""
    route = cryptoapi(per_machine('{"Proxy": "localhost:8080"}'), "system", "http", "a.example")
    assert route == Route("localhost:8080", "machine")


def test_a_bypass_list_that_exempts_everything_leaves_the_proxy_in_force_for_nothing() -> None:
    """B07: published for Server 2022 Core."""
    route = cryptoapi(per_machine('{"Proxy": "localhost:8080", "ProxyBypass": "*"}'), "system", "http", "a.example")
    assert (route, route.state, route.decided_by.detail) == (Route("", "machine_bypass"), State.BYPASSED, "*")
    assert not route.names_proxy


@pytest.mark.parametrize(
    ("text", "state", "defect"),
    [
        ('proxy.corp.example:3128bypass-list="<local>"', State.UNUSABLE, "characters"),
        ("proxy.corp.example:99999", State.UNUSABLE, "port"),
        ("proxy.corp.example:0", State.UNUSABLE, "port"),
        ("proxy.corp.example:port", State.UNUSABLE, "port"),
        ("<local>", State.UNUSABLE, "characters"),
        ("socks://proxy.corp.example:1080", State.UNUSABLE, "scheme"),
        ("http=svcproxy:Geheim-123@p:3128;https=svcproxy:Geheim-123@p:3128", State.UNUSABLE, "credentials"),
        ("socks=proxy.corp.example:1080", State.OTHER_PROTOCOL, ""),
        ("https=proxy.corp.example:3128", State.OTHER_PROTOCOL, ""),
        ("proxy.corp.example", State.UNCLEAR, ""),
        ("プロキシ.example:3128", State.UNCLEAR, ""),
        ("\u201cproxy.corp.example:3128\u201d", State.UNUSABLE, "characters"),
        ("\u201cproxy.corp.example\u201d", State.UNUSABLE, "characters"),
        ("\u300cproxy.corp.example:3128\u300d", State.UNUSABLE, "characters"),
        ("proxy.corp.example:\uff13\uff11\uff12\uff18", State.UNUSABLE, "port"),
        ("a:1;b:99999", State.UNCLEAR, ""),
        ("proxy.corp.example:3128", State.IN_FORCE, ""),
    ],
)
def test_what_the_text_of_a_blob_comes_to(text: str, state: State, defect: str) -> None:
    """B21, B09 and others of their kind: a text is no proxy in force because it is stored."""
    blob = WinHttpSettings(flags=3, proxy=text).encode()
    held = dataclasses.replace(stores(), winhttp=proxy_stores.winhttp(blob))
    route = winhttp(held, "http", "crl.microsoft.com")
    assert (route.state, route.decided_by.detail) == (state, defect)
    assert bool(route.proxy) is (state is State.IN_FORCE)
    assert route.certain is (state in (State.IN_FORCE, State.OTHER_PROTOCOL))


@pytest.mark.parametrize("code_page", ["cp1252", "cp1251", "cp1250", "cp932", "cp936", "utf-8"])
@pytest.mark.parametrize("text", ["proxy.corp.example:3128", "http=proxy.corp.example:3128"])
def test_quotation_marks_in_any_code_page(code_page: str, text: str) -> None:
    """A blob holds bytes; in which code page, nothing says."""
    marked = f"\u201c{text}\u201d".encode(code_page)
    blob = WinHttpSettings(flags=3, proxy=marked.decode("utf-8", "surrogateescape")).encode()
    held = dataclasses.replace(stores(), winhttp=proxy_stores.winhttp(blob))
    route = winhttp(held, "http", "crl.microsoft.com")
    assert (route.state, route.certain, route.proxy) == (State.UNUSABLE, False, "")


def test_bytes_that_may_be_a_name_stay_open() -> None:
    blob = WinHttpSettings(flags=3, proxy="pröxy:3128".encode("cp1252").decode("utf-8", "surrogateescape")).encode()
    held = dataclasses.replace(stores(), winhttp=proxy_stores.winhttp(blob))
    assert winhttp(held, "http", "crl.microsoft.com").state is State.UNCLEAR


def test_a_blob_keeps_a_proxy_while_its_flag_is_off() -> None:
    blob = WinHttpSettings(flags=1, proxy="proxy.corp.example:3128").encode()
    held = dataclasses.replace(stores(), winhttp=proxy_stores.winhttp(blob))
    assert winhttp(held, "http", "a.example") == Route("", "none")
    assert winhttp(held, "http", "a.example").idle[0].state is State.SWITCHED_OFF


def test_settings_that_no_account_looks_into_are_named() -> None:
    held = dataclasses.replace(stores(), advanced=advanced('{"Proxy": "p:1"}'))
    route = cryptoapi(held, "system", "http", "a.example")
    assert route == Route("", "none")
    assert route.idle == (Considered("machine", State.NOT_CONSULTED, "p:1"),)


@pytest.mark.parametrize("command", ["proxy.blob", "proxy.policy", "proxy.system", "defender.policy"])
def test_a_store_that_could_not_be_read_leaves_the_way_open(command: str) -> None:
    held = stores(system=SET) if command == "proxy.policy" else stores()
    lost = proxy_stores.unreadable(held, {command: "cut off"})
    client = Client.DEFENDER if command == "defender.policy" else Client.CRYPTOAPI
    route = in_force(lost, "http://a.example/", client)
    assert (route.certain, route.state) == (False, State.UNKNOWN)


def test_the_store_that_goes_first_decides_whatever_could_not_be_read_behind_it() -> None:
    lost = proxy_stores.unreadable(stores(NAMED), {"proxy.system": "cut off", "proxy.advanced": "cut off"})
    route = cryptoapi(lost, "system", "http", "a.example")
    assert (route, route.others) == (Route("p.example:80", "winhttp"), ("account",))


def test_what_may_be_tried_after_the_first() -> None:
    """E2, M2: after the first proxy others may be tried; ForceUseProxyOnly keeps Defender to its own."""
    own = dataclasses.replace(PRODUCT, proxy_server="http://d.example:3128")
    both = stores(NAMED, system=SET)
    assert cryptoapi(both, "system", "http", "a.example").others == ("account",)
    assert cryptoapi(stores(NAMED), "system", "http", "a.example").others == ()
    assert defender(own, stores(), "https", "a.example").others == ("winhttp",)
    assert defender(own, both, "https", "a.example").others == ("winhttp", "account")
    assert defender(dataclasses.replace(own, force_proxy_only=True), both, "https", "a.example").others == ()
    assert defender(dataclasses.replace(PRODUCT, force_proxy_only=True), both, "https", "a").others == ("account",)


def test_the_first_hop_that_the_firewall_sees() -> None:
    assert cryptoapi(stores(NAMED), "system", "http", "a.example").first_hop(80) == 80
    assert defender(PRODUCT, stores(NAMED), "https", "a.example").first_hop(443) == 443
    bypassed = dataclasses.replace(NAMED, https="s.example:8080", bypass_list=("*",))
    assert defender(PRODUCT, stores(bypassed), "https", "a.example").first_hop(443) == 443
    several = dataclasses.replace(NAMED, https="a:1;b:2")
    assert defender(PRODUCT, stores(several), "https", "a.example").first_hop(443) == 0
    script = dataclasses.replace(PRODUCT, proxy_pac_url="http://wpad/x")
    assert defender(script, stores(), "https", "a.example").first_hop(443) == 0


def test_no_url_is_refused() -> None:
    with pytest.raises(ValueError, match="is not an http or https URL"):
        in_force(stores(), "ftp://a.example/", Client.WINHTTP)


OWN = AccountSettings(True, "own.example:8080", "")


def held(text: str = "", bypass: tuple[str, ...] = ()) -> WinHttp:
    return WinHttp(not text, "", text, bypass, bool(text), "", "")


@pytest.mark.parametrize(
    ("winhttp_store", "server", "caller", "expected"),
    [
        (held(), "", NONE, ("", "none")),
        (held("w:1"), "", NONE, ("w:1", "winhttp")),
        (held("w:1", ("*.MS",)), "", NONE, ("", "winhttp_bypass")),
        (held("w:1", ("https://*.ms:443",)), "", NONE, ("", "winhttp_bypass")),
        (held(), "http://d.example:3/", OWN, ("d.example:3", "defender")),
        (held(), "a b", NONE, ("", "none")),
        (held("odd;a:1;b:2"), "", NONE, ("a:1", "winhttp")),
        (held('w:1bypass-list="x"'), "", OWN, ("own.example:8080", "caller")),
        (held(), "", dataclasses.replace(OWN, proxy="http=c:4;https=d:5"), ("d:5", "caller")),
        (held(), "", dataclasses.replace(OWN, proxy="http=c:4"), ("", "none")),
        (held(), "", dataclasses.replace(OWN, bypass_list=("<local>",)), ("own.example:8080", "caller")),
        (held(), "", dataclasses.replace(OWN, enabled=False), ("", "none")),
    ],
)
def test_what_only_has_to_arrive_takes_whichever_proxy_there_is(
    winhttp_store: WinHttp, server: str, caller: AccountSettings, expected: tuple[str, str]
) -> None:
    own = dataclasses.replace(PRODUCT, proxy_server=server).own_proxy
    route = in_force(stores(winhttp_store, caller), "https://aka.ms/ioavtest", Client.DOWNLOAD, own=own)
    assert (route.proxy, route.source) == expected
