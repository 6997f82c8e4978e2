"""Internal sources of updates: what is read and refused, which bypass list they need, and whether they still answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import update_sources
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import Ask, Operation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import ProxySettings, change as proxy_change
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.stores import STORES, Stores
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.update_sources import (
    ALWAYS_DIRECT,
    UPDATE_SOURCES,
    Reached,
    UpdateSources,
    cut_off,
    default_bypass,
    exempted_needed,
    uncovered,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Outcome
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim import physics, routing, windows_update
from ansible_collections.windefend.maps.winsim.machine import proxy_stores
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType

URL = "http://wsus.corp.example:8530"
HOST = "wsus.corp.example"
PROXY = "proxy.corp.example:3128"
IN_USE = UpdateSources(URL, use_wu_server=True, dns_domain="corp.example")
MAPS = ("*.wdcp.microsoft.com", "crl.microsoft.com", "www.microsoft.com")


@pytest.fixture
def host() -> SimulatedHost:
    return SimulatedHost(machine("wsus_by_full_name"))


def reading() -> Operation[UpdateSources]:
    answer = yield Ask(UPDATE_SOURCES.commands, reads=True)
    return answer[UPDATE_SOURCES]


def reading_stores() -> Operation[Stores]:
    answer = yield Ask(STORES.commands, reads=True)
    return answer[STORES]


def read(host: SimulatedHost) -> UpdateSources:
    found = run_operation(host, reading())
    assert host.unknown == []
    return found


def reach(host: SimulatedHost) -> dict[str, Reached]:
    stores = run_operation(host, reading_stores())
    found = run_operation(host, update_sources.reach(read(host), stores))
    assert host.unknown == []
    return found


def store(host: SimulatedHost, name: str, text: str) -> None:
    key = update_sources.DELIVERY if name == "DOCacheHost" else update_sources.POLICY
    host.machine.registry.set_text(key, name, text)


def test_what_is_stored_is_read_in_one_line(host: SimulatedHost) -> None:
    assert read(host) == IN_USE
    assert len(host.lines) == 1
    assert read(SimulatedHost(machine())) == UpdateSources()


def test_everything_is_read(host: SimulatedHost) -> None:
    store(host, "WUServer", "HTTPS://WSUS.Corp.Example:8531/")
    store(host, "UpdateServiceUrlAlternate", "http://localhost:8005/base")
    store(host, "DOCacheHost", "cache1.corp.example, 10.0.0.7,[FD00::7],cache1.corp.example")
    found = read(host)
    assert found.problems == ()
    assert found.urls() == (
        "https://wsus.corp.example:8531",
        "http://localhost:8005/base",
        "http://cache1.corp.example",
        "http://10.0.0.7",
        "http://[fd00::7]",
    )
    assert found.internal_hosts() == (HOST, "localhost", "cache1.corp.example", "10.0.0.7", "[fd00::7]")


def test_a_server_counts_only_where_it_is_used(host: SimulatedHost) -> None:
    store(host, "UpdateServiceUrlAlternate", "http://other.corp.example")
    store(host, "DOCacheHost", "cache.corp.example")
    for stored, use in ((0, False), (2, False), (None, None)):
        key = update_sources.POLICY + r"\AU"
        if stored is None:
            host.machine.registry.delete_value(key, "UseWUServer")
        else:
            host.machine.registry.set_dword(key, "UseWUServer", stored)
        found = read(host)
        assert (found.wu_server, found.use_wu_server) == (URL, use)
        assert found.internal_hosts() == ("cache.corp.example",)


@pytest.mark.parametrize(
    ("values", "domain"),
    [
        ({"Domain": "corp.example", "NV Domain": "next.example", "DhcpDomain": "dhcp.example"}, "corp.example"),
        ({"Domain": "", "NV Domain": "Next.Example", "DhcpDomain": "dhcp.example"}, "next.example"),
        ({"Domain": "", "NV Domain": "", "DhcpDomain": "dhcp.example."}, "dhcp.example"),
        ({"Domain": "corp", "NV Domain": ""}, "corp"),
        ({"Domain": "", "NV Domain": ""}, ""),
    ],
)
def test_the_domain_is_the_first_that_is_named(host: SimulatedHost, values: dict[str, str], domain: str) -> None:
    for name in ("Domain", "NV Domain"):
        host.machine.registry.delete_value(update_sources.TCPIP, name)
    for name, text in values.items():
        host.machine.registry.set_text(update_sources.TCPIP, name, text)
    assert read(host).dns_domain == domain
    assert read(host).problems == ()


HOSTILE = [
    "http://wsus&calc",
    "http://wsus.corp.example:8530/%COMSPEC%",
    'http://a" & calc & "',
    "http://a|calc",
    "http://user:secret@wsus.corp.example",
    "http://*.example",
    "http://a;*",
    "http://a b",
    "http://a:0",
    "http://a:99999",
    "http://" + "a" * 254,
    "http://.a",
    "http://a..b",
    "http://-x",
    "file://c/x",
    "wsus.corp.example",
    "http://a/?x=1",
    "http://wsus\u3002example",
    "x" * 3000,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_server_is_named_and_used_for_nothing(host: SimulatedHost, text: str) -> None:
    store(host, "WUServer", text)
    found = read(host)
    assert (found.wu_server, found.internal_hosts()) == ("", ())
    (problem,) = found.problems
    assert problem.startswith("WUServer")
    assert problem.isascii()
    assert len(problem) < 200


@pytest.mark.parametrize(
    "text", ["a&calc", "*", "*.example", "<local>", "a:80", "-q", "a|b", "a" * 254, "fd00::7", "a\u202eb"]
)
def test_a_hostile_name_is_no_cache_server_and_no_domain(host: SimulatedHost, text: str) -> None:
    store(host, "DOCacheHost", f"{text},cache.corp.example")
    for name in ("Domain", "NV Domain"):
        host.machine.registry.set_text(update_sources.TCPIP, name, text)
    found = read(host)
    assert found.do_cache_hosts == ("cache.corp.example",)
    assert found.dns_domain == ""
    assert [one.partition(" ")[0] for one in found.problems] == ["DOCacheHost", "Domain", "NV"]


def test_a_value_of_another_type_is_named(host: SimulatedHost) -> None:
    registry = host.machine.registry
    registry.set_dword(update_sources.POLICY, "WUServer", 1)
    registry.set_text(update_sources.POLICY + r"\AU", "UseWUServer", "1")
    registry.set(update_sources.TCPIP, "Domain", ValueType.MULTI_SZ, ("a", "b"))
    found = read(host)
    assert found == UpdateSources(dns_domain="corp.example", problems=found.problems)
    assert found.problems == (
        "WUServer: it is a REG_DWORD",
        "UseWUServer: it is a REG_SZ",
        "Domain: it is a REG_MULTI_SZ",
    )


def test_lengths_are_bounded(host: SimulatedHost) -> None:
    name = ".".join(["a" * 49] * 6)
    store(host, "WUServer", "http://a/" + "b" * 3000)
    store(host, "DOCacheHost", f"{name},{name[:253]}")
    found = read(host)
    assert found.do_cache_hosts == (name[:253],)
    assert found.problems == (
        "WUServer: it has 3009 characters",
        f"DOCacheHost {name[:80]!a}: it is not a host name or an address",
    )


def test_of_a_long_list_the_first_count(host: SimulatedHost) -> None:
    store(host, "DOCacheHost", ",".join(f"c{number}" for number in range(100)))
    found = read(host)
    assert found.do_cache_hosts == tuple(f"c{number}" for number in range(update_sources.MOST_HOSTS))
    assert found.problems == ("DOCacheHost: it names 100 hosts, of which the first 16 count",)


def test_what_cannot_be_read_is_not_taken_for_absent() -> None:
    outcomes = {name: Outcome(1) for name in UPDATE_SOURCES.commands}
    assert UPDATE_SOURCES.parse(outcomes) == UpdateSources()
    for name in outcomes:
        lost = UPDATE_SOURCES.parse({**outcomes, name: Outcome(None)})
        assert lost.problems == (f"{name}: the command did not finish",)
        assert lost.internal_hosts() == ()
    garbled = UPDATE_SOURCES.parse({**outcomes, "updates.use": Outcome(0, b"what is this\r\n")})
    assert len(garbled.problems) == 1
    assert garbled.problems[0].startswith("updates.use: the output is not understood: line 1")


def test_the_default_list_covers_what_is_internal_and_can_be_written() -> None:
    assert default_bypass(UpdateSources()) == ("<local>", *ALWAYS_DIRECT)
    assert default_bypass(IN_USE) == ("<local>", "*.corp.example", HOST, *ALWAYS_DIRECT)
    other = replace(IN_USE, wu_server="http://wsus.other.example", do_cache_hosts=("10.0.0.7", "[fd00::7]", "cache_1"))
    listed = default_bypass(other)
    assert uncovered(listed, other) == ()
    assert ProxySettings(PROXY, PROXY, listed).validated("winhttp")
    assert exempted_needed(listed, MAPS) == ()


def test_a_full_name_is_not_local() -> None:
    assert uncovered(["<local>"], IN_USE) == (HOST,)
    assert uncovered(["<local>", "*.CORP.example"], IN_USE) == ()
    assert uncovered(["http://wsus.corp.example:8530"], IN_USE) == ()
    assert uncovered([], replace(IN_USE, wu_server="http://wsus:8530")) == ("wsus",)
    assert uncovered(["<local>"], replace(IN_USE, wu_server="http://wsus:8530")) == ()
    assert uncovered(["<local>"], replace(IN_USE, use_wu_server=False)) == ()


@pytest.mark.parametrize(
    ("entries", "exempted"),
    [
        (["<local>", "*.corp.example", "10.*"], ()),
        (["*"], MAPS),
        (["*.com"], MAPS),
        (["*.microsoft.com"], MAPS),
        (["CRL.Microsoft.com"], ("crl.microsoft.com",)),
        (["*.wdcp.microsoft.com"], ("*.wdcp.microsoft.com",)),
        (["eu.wdcp.microsoft.com:443"], ("*.wdcp.microsoft.com",)),
        (["*wdcp*"], ("*.wdcp.microsoft.com",)),
        (["wdcp.microsoft.com.evil.example"], ()),
        (["*.crl.microsoft.com"], ()),
    ],
)
def test_a_list_must_not_exempt_what_is_needed(entries: list[str], exempted: tuple[str, ...]) -> None:
    assert exempted_needed(entries, MAPS) == exempted


def test_the_proxy_with_the_default_of_names_without_a_dot_cuts_the_server_off(host: SimulatedHost) -> None:
    before = reach(host)
    assert before == {URL: Reached(HOST, "", True, 200, "")}
    assert windows_update.stopped_by(host.machine) is None
    proxy_stores.write_winhttp(host.machine, PROXY, "<local>")
    after = reach(host)
    assert after == {URL: Reached(HOST, PROXY, None, 503, "http_error")}
    assert windows_update.stopped_by(host.machine) is routing.Condition.PROXY_KNOWS_NO_NAME
    assert cut_off(before, after) == (URL,)


def test_the_default_list_does_not_and_maps_answers(host: SimulatedHost) -> None:
    before, listed = reach(host), default_bypass(read(host))
    settings = ProxySettings(PROXY, PROXY, listed)
    run_operation(host, proxy_change.configure(settings, "winhttp", False))
    assert cut_off(before, reach(host)) == ()
    assert windows_update.stopped_by(host.machine) is None
    assert physics.validate(host.machine, host.machine.accounts[0].token("PC")).connected


def test_a_proxy_that_knows_the_server_cuts_nothing_off(host: SimulatedHost) -> None:
    before = reach(host)
    proxy_stores.write_winhttp(host.machine, PROXY, "<local>")
    host.machine.network.proxies[PROXY].reaches_internal_servers = True
    after = reach(host)
    assert after[URL] == Reached(HOST, PROXY, True, 200, "")
    assert cut_off(before, after) == ()


def test_https_is_asked_through_the_tunnel(host: SimulatedHost) -> None:
    url = "https://wsus.corp.example:8531"
    store(host, "WUServer", url)
    host.machine.network.internal_servers["wsus.corp.example:8531"] = 403
    before = reach(host)
    assert before[url].answered
    proxy_stores.write_winhttp(host.machine, PROXY, "<local>")
    after = reach(host)
    assert (after[url].answered, after[url].failure) == (False, "proxy_refused")
    assert cut_off(before, after) == (url,)


def test_a_server_that_did_not_answer_before_is_not_cut_off(host: SimulatedHost) -> None:
    host.machine.network.internal_servers = {"wsus.corp.example:80": 200}
    before = reach(host)
    assert before[URL].answered is False
    proxy_stores.write_winhttp(host.machine, PROXY, "<local>")
    assert cut_off(before, reach(host)) == ()


def test_without_a_source_or_with_an_ipv6_address_nothing_is_sent(host: SimulatedHost) -> None:
    stores = run_operation(host, reading_stores())
    sent = len(host.lines)
    assert run_operation(host, update_sources.reach(UpdateSources(), stores)) == {}
    six = UpdateSources(do_cache_hosts=("[fd00::7]",))
    asked = run_operation(host, update_sources.reach(six, stores))
    assert asked == {"http://[fd00::7]": Reached("[fd00::7]", "", None, None, "not_asked")}
    assert len(host.lines) == sent
    assert cut_off(asked, {}) == ()


def test_without_curl_nothing_is_known_and_nothing_is_cut_off(host: SimulatedHost) -> None:
    stores = run_operation(host, reading_stores())
    fact = update_sources.asked(IN_USE, stores)
    for outcome in (Outcome(9009, b"'curl.exe' is not recognized"), Outcome(None)):
        before = fact.parse(dict.fromkeys(fact.commands, outcome))
        assert before[URL].answered is None
        assert cut_off(before, before) == ()
        assert cut_off({URL: Reached(HOST, "", True, 200, "")}, before) == (URL,)


@pytest.mark.parametrize(
    ("before", "after", "cut"),
    [
        (Reached("a", "", True, 403, "http_error"), Reached("a", "p:1", None, 403, "http_error"), False),
        (Reached("a", "", True, 403, "http_error"), Reached("a", "p:1", None, 502, "http_error"), True),
        (Reached("a", "", True, 200, ""), Reached("a", "p:1", False, 407, "proxy_password"), True),
        (Reached("a", "", True, 200, ""), Reached("a", "", True, 404, "http_error"), False),
        (Reached("a", "", True, 200, ""), Reached("a", "", False, None, "timed_out"), True),
        (Reached("a", "", None, 403, "http_error"), Reached("a", "", False, None, "timed_out"), False),
    ],
)
def test_what_counts_as_cut_off(before: Reached, after: Reached, cut: bool) -> None:
    assert cut_off({"http://a": before}, {"http://a": after}) == (("http://a",) if cut else ())


def test_a_server_whose_certificate_is_not_trusted_answered(host: SimulatedHost) -> None:
    url = "https://wsus.corp.example:8531"
    sources = UpdateSources(url, use_wu_server=True)
    fact = update_sources.asked(sources, run_operation(host, reading_stores()))
    said = (
        b"curl: (60) schannel: SEC_E_UNTRUSTED_ROOT (0x80090325) - untrusted\r\n"
        b"#probe 000 000 0.004000 0.021000 0.000000 0.073000 192.0.2.53 \r\n"
    )
    assert fact.parse(dict.fromkeys(fact.commands, Outcome(60, said)))[url].answered is True
    assert "--ssl-no-revoke" in next(iter(fact.commands.values())).text
