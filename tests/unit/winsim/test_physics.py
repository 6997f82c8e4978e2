"""Whether MAPS answers follows from the machine's state: all combinations, against a table written by hand."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator

import pytest
from ansible_collections.windefend.maps.winsim import physics, routing, windows_update
from ansible_collections.windefend.maps.winsim.machine import proxy_stores
from ansible_collections.windefend.maps.winsim.machine.accounts import (
    LOCAL_SERVICE_SID,
    NETWORK_SERVICE_SID,
    SYSTEM,
    SYSTEM_SID,
    Token,
)
from ansible_collections.windefend.maps.winsim.machine.builder import SYSTEMS, build
from ansible_collections.windefend.maps.winsim.machine.internet_settings import InternetSettings
from ansible_collections.windefend.maps.winsim.machine.model import Machine, OperatingSystem
from ansible_collections.windefend.maps.winsim.machine.network import Barrier, Path, Proxy
from ansible_collections.windefend.maps.winsim.machine.onboarding import ARTICLE_HOST
from ansible_collections.windefend.maps.winsim.machine.services import State
from ansible_collections.windefend.maps.winsim.routing import Condition, Route, Target, Way

POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender"
STATE = r"HKLM\SOFTWARE\Microsoft\Windows Defender"
FIREWALL = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
RULES = FIREWALL + r"\FirewallRules"
WINDEFEND = r"HKLM\SYSTEM\CurrentControlSet\Services\WinDefend"
BLOCK_DEFENDER = "v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|RPort=443|Svc=WinDefend|Name=test|"
USER = Token("PC\\user", "S-1-5-21-1-2-3-1001", (), elevated=False)
MAPS = Target(ARTICLE_HOST, 443)
CRL = Target("crl.microsoft.com", 80)

# From Microsoft's tables by hand: what is broken -> the codes it may show. The order is the order of precedence.
TABLE: list[tuple[str, list[tuple[int, int | None]]]] = [
    ("old_tool", [(0x80070667, None)]),
    ("not_elevated", [(0x80070005, 450)]),
    ("service_stopped", [(0x800106BA, None), (0x80070422, None)]),
    ("maps_off", [(0x80004005, 450)]),
    ("name_resolution", [(0x80004005, 450), (0x80072EE7, 451)]),
    ("firewall_block", [(0x80070006, 451), (0x80508015, 451), (0x80072EFD, 451)]),
    (
        "proxy_dead",
        [(0x80072EFD, 451), (0x80070006, 451), (0x80508015, 451), (0x80072EE2, 451), (0x800705B4, 451)],
    ),
    ("proxy_password", [(0x80070006, 451), (0x80508015, 451)]),
    ("perimeter_drop", [(0x80070006, 451), (0x80508015, 451), (0x80072EE2, 451), (0x800705B4, 451)]),
    ("perimeter_refuse", [(0x80070006, 451), (0x80508015, 451), (0x80072EFD, 451)]),
    ("perimeter_cut", [(0x80072EFE, 451)]),
    ("clock", [(0x80072F8F, 451)]),
    ("tls_inspection", [(0x80072F0D, 451), (0x80070006, 451), (0x80508015, 451), (0x80072EE7, 451)]),
    ("root_unknown", [(0x80072F0D, 451)]),
    ("crl_unreachable", [(0x80072F8F, 451), (0x80070006, 451), (0x80072EFE, 451)]),
    ("trust_list_stale", [(0x80072F8F, 451)]),
]
STOPPERS = [name for name, _unused in TABLE[4:11]]


@pytest.fixture
def machine() -> Machine:
    return build("PC-001", seed=1)


def set_up(machine: Machine, stopper: str | None, inspects: bool, crl_blocked: bool) -> None:
    """Puts the network of a machine into a state in which one thing at most stops the connection to MAPS, and the
    revocation lists are reachable or not on their own."""
    network = machine.network
    barriers = {
        "perimeter_drop": Barrier.DROP,
        "perimeter_refuse": Barrier.REFUSE,
        "perimeter_cut": Barrier.CUT,
        # A way that fails is followed by the next, so the direct one must fail too.
        "proxy_dead": Barrier.DROP,
        "proxy_password": Barrier.DROP,
    }
    network.direct = Path(inspects_tls=inspects)
    if stopper in barriers:
        network.direct.blocked["*.wdcp.microsoft.com:443"] = barriers[stopper]
    if crl_blocked:
        network.direct.blocked["*:80"] = Barrier.DROP
    network.resolves_external_names = stopper != "name_resolution"
    network.proxies = {"guarded:8080": Proxy(requires_password=True), "off:8080": Proxy(reachable=False)}
    proxy = {"proxy_dead": "off:8080", "proxy_password": "guarded:8080"}.get(stopper or "")
    machine.registry.create(POLICY).values.pop("proxyserver", None)
    if proxy:
        machine.registry.set_text(POLICY, "ProxyServer", proxy)
    machine.registry.key(RULES).values.pop("test", None)
    if stopper == "firewall_block":
        machine.registry.set_text(RULES, "test", BLOCK_DEFENDER)


def combinations() -> Iterator[tuple[bool, bool, bool, bool, str | None, bool, bool, int, bool]]:
    yes_or_no = (False, True)
    return itertools.product(
        yes_or_no, yes_or_no, yes_or_no, yes_or_no, [None, *STOPPERS], yes_or_no, yes_or_no, range(4), yes_or_no
    )


def test_all_combinations_of_conditions(machine: Machine) -> None:
    winDefend = machine.services.running["windefend"]  # noqa: N806 - the service's name
    codes = dict(TABLE)
    folder = machine.registry.text(WINDEFEND, "ImagePath").strip('"').rpartition("\\")[0]
    walked = 0
    for old, plain, stopped, off, stopper, skewed, inspects, options, crl_blocked in combinations():
        machine.os = OperatingSystem(14393 if old else 15063)
        image = r"C:\Program Files\Windows Defender" if old else folder
        machine.registry.set_text(WINDEFEND, "ImagePath", f'"{image}\\MsMpEng.exe"')
        winDefend.state = State.STOPPED if stopped else State.RUNNING
        machine.registry.set_dword(POLICY + r"\Spynet", "SpynetReporting", 0 if off else 2)
        machine.registry.set_dword(POLICY + r"\Spynet", "SSLOptions", options)
        machine.clock_offset = dt.timedelta(days=-400 if skewed else 0)
        machine.defender.choice = walked
        set_up(machine, stopper, inspects, crl_blocked)
        no_list = crl_blocked or stopper == "name_resolution"
        expected = {
            "old_tool": old,
            "not_elevated": plain,
            "service_stopped": stopped,
            "maps_off": off,
            **{name: name == stopper for name in STOPPERS},
            "clock": skewed,
            # A certificate is only seen where a connection stands; 0 alone accepts a foreign one without any list.
            "tls_inspection": inspects and stopper is None and options != 0,
            # Bit 0 is the revocation check: 1 and 3.
            "crl_unreachable": no_list and options in (1, 3),
            # These two have tests of their own, in test_physics_trust_lists.py.
            "root_unknown": False,
            "trust_list_stale": False,
        }
        broken = [name for name, _unused in TABLE if expected[name]]
        answer = physics.validate(machine, USER if plain else SYSTEM)
        assert list(answer.broken) == broken, (stopper, options)
        if not broken:
            assert answer == physics.Answer(True, None, None, ())
        else:
            wanted = codes[broken[0]]
            assert not answer.connected
            assert (answer.hresult, answer.http_code) == wanted[walked % len(wanted)]
        walked += 1
    assert walked == 2**4 * 8 * 2**2 * 4 * 2


def test_every_condition_has_a_law_and_a_line_here() -> None:
    of_maps = [one for one in Condition if one is not Condition.PROXY_KNOWS_NO_NAME]  # MAPS is no server of a company
    assert [law.condition for law in physics.LAWS] == of_maps == [name for name, _unused in TABLE]


def closed(machine: Machine, barrier: Barrier = Barrier.DROP) -> Proxy:
    machine.network.direct.blocked["*:*"] = barrier
    return machine.network.proxies.setdefault("proxy.corp.example:3128", Proxy())


PROXY = "proxy.corp.example:3128"


class TestTheArticlesCase:
    def test_a_proxy_of_defenders_own_does_not_fetch_revocation_lists(self, machine: Machine) -> None:
        closed(machine)
        machine.registry.set_text(POLICY, "ProxyServer", f"http://{PROXY}")
        assert physics.validate(machine, SYSTEM).broken == (Condition.CRL_UNREACHABLE,)
        proxy_stores.write_winhttp(machine, PROXY)
        assert physics.validate(machine, SYSTEM).connected

    def test_forced_to_its_own_proxy_defender_tries_no_other(self, machine: Machine) -> None:
        closed(machine)
        proxy_stores.write_winhttp(machine, PROXY)
        machine.registry.set_text(STATE, "ProxyServer", "http://dead.corp.example:1")
        assert physics.validate(machine, SYSTEM).connected
        machine.registry.set_dword(STATE, "ForceUseProxyOnly", 1)
        assert physics.validate(machine, SYSTEM).broken == (Condition.PROXY_DEAD,)
        machine.registry.delete_value(STATE, "ProxyServer")
        assert physics.validate(machine, SYSTEM).connected, "without a proxy of its own there is none to be forced to"

    @pytest.mark.parametrize(("options", "connected"), [(0, True), (1, False), (2, True), (3, False)])
    def test_the_revocation_bit_alone_decides(self, machine: Machine, options: int, connected: bool) -> None:
        machine.network.direct.blocked["*:80"] = Barrier.DROP
        machine.registry.set_dword(POLICY + r"\Spynet", "SSLOptions", options)
        assert physics.validate(machine, SYSTEM).connected is connected

    @pytest.mark.parametrize(("options", "connected"), [(0, True), (1, False), (2, False), (3, False)])
    def test_an_inspected_connection_passes_only_without_both(
        self, machine: Machine, options: int, connected: bool
    ) -> None:
        machine.network.direct.inspects_tls = True
        machine.registry.set_dword(POLICY + r"\Spynet", "SSLOptions", options)
        assert physics.validate(machine, SYSTEM).connected is connected

    def test_one_list_host_out_of_reach_is_enough(self, machine: Machine) -> None:
        machine.network.direct.blocked["crl.microsoft.com:80"] = Barrier.DROP
        assert physics.validate(machine, SYSTEM).broken == (Condition.CRL_UNREACHABLE,)


class TestWhoseSettings:
    def test_the_callers_own_proxy_hides_what_system_lacks(
        self, machine: Machine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        closed(machine)
        caller = machine.accounts[0].token(machine.name)
        proxy_stores.write_account(machine, caller.sid, InternetSettings(PROXY, proxy_enabled=True))
        assert physics.validate(machine, caller).connected
        assert not physics.validate(machine, SYSTEM).connected
        monkeypatch.setattr(physics, "VALIDATES_AS_CALLER", False)
        assert not physics.validate(machine, caller).connected

    @pytest.mark.parametrize("sid", [SYSTEM_SID, NETWORK_SERVICE_SID])
    def test_lists_come_by_the_verifying_account_or_by_network_service(self, machine: Machine, sid: str) -> None:
        machine.network.direct.blocked["*:80"] = Barrier.DROP
        closed(machine).blocked.clear()
        del machine.network.direct.blocked["*:*"]
        proxy_stores.write_account(machine, sid, InternetSettings(PROXY, proxy_enabled=True))
        assert physics.validate(machine, SYSTEM).connected

    def test_local_services_settings_help_nobody(self, machine: Machine) -> None:
        machine.network.direct.blocked["*:80"] = Barrier.DROP
        machine.network.proxies[PROXY] = Proxy()
        proxy_stores.write_account(machine, LOCAL_SERVICE_SID, InternetSettings(PROXY, proxy_enabled=True))
        assert physics.validate(machine, SYSTEM).broken == (Condition.CRL_UNREACHABLE,)

    def test_the_machines_settings_count_only_by_policy(self, machine: Machine) -> None:
        closed(machine)
        proxy_stores.write_advanced(machine, InternetSettings(PROXY, proxy_enabled=True))
        assert not physics.validate(machine, SYSTEM).connected
        machine.registry.set_dword(proxy_stores.PER_USER_KEY, "ProxySettingsPerUser", 0)
        assert physics.validate(machine, SYSTEM).connected


class TestDefendersOrder:
    @pytest.fixture
    def everywhere(self, machine: Machine) -> Machine:
        """A machine that finds another proxy at each place."""
        machine.registry.set_text(POLICY, "ProxyServer", "http://policy:1/")
        machine.registry.set_text(POLICY, "ProxyPacUrl", "http://pac/wpad.dat")
        machine.network.pac_files["http://pac/wpad.dat"] = "pac:2"
        proxy_stores.write_winhttp(machine, "winhttp:3")
        proxy_stores.write_account(machine, SYSTEM_SID, InternetSettings("account:4", proxy_enabled=True))
        machine.network.wpad = "wpad:5"
        return machine

    def test_order(self, everywhere: Machine) -> None:
        found = routing.ways(everywhere, Route.DEFENDER, SYSTEM, MAPS)
        assert [way.proxy for way in found] == ["policy:1", "pac:2", "winhttp:3", "account:4", "wpad:5"]

    def test_cryptoapi_never_sees_defenders_own(self, everywhere: Machine) -> None:
        assert routing.ways(everywhere, Route.CRYPTOAPI, SYSTEM, CRL) == (Way("winhttp:3", "winhttp"),)
        proxy_stores.write_winhttp(everywhere, "")
        assert routing.ways(everywhere, Route.CRYPTOAPI, SYSTEM, CRL) == (Way("account:4", "account"),)
        proxy_stores.write_account(everywhere, SYSTEM_SID, InternetSettings())
        assert routing.ways(everywhere, Route.CRYPTOAPI, SYSTEM, CRL) == (Way("wpad:5", "auto_detect"),)
        everywhere.network.wpad = ""
        assert routing.ways(everywhere, Route.CRYPTOAPI, SYSTEM, CRL) == (Way("", "none"),)

    def test_disable_wpad_ends_discovery_since_1809(self, everywhere: Machine) -> None:
        everywhere.registry.set_dword(proxy_stores.WINHTTP_KEY, "DisableWpad", 1)
        assert "wpad:5" not in [way.proxy for way in routing.ways(everywhere, Route.DEFENDER, SYSTEM, MAPS)]
        everywhere.os = SYSTEMS["windows_10_1607"]
        assert "wpad:5" in [way.proxy for way in routing.ways(everywhere, Route.DEFENDER, SYSTEM, MAPS)]

    def test_windows_update_takes_the_winhttp_proxy_alone(self, everywhere: Machine) -> None:
        assert routing.ways(everywhere, Route.WINDOWS_UPDATE, SYSTEM, MAPS) == (Way("winhttp:3", "winhttp"),)
        proxy_stores.write_winhttp(everywhere, "")
        assert routing.ways(everywhere, Route.WINDOWS_UPDATE, SYSTEM, MAPS) == (Way("", "none"),)

    def test_none_may_mean_plainly_direct(self, everywhere: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(routing, "NONE_MEANS_WINHTTP_DEFAULT", False)
        found = routing.ways(everywhere, Route.DEFENDER, SYSTEM, MAPS)
        assert [way.proxy for way in found] == ["policy:1", "pac:2", "", "account:4", "wpad:5"]

    def test_the_next_is_tried_when_one_fails(self, everywhere: Machine) -> None:
        everywhere.network.proxies["account:4"] = Proxy()
        way, stopped = routing.route(everywhere, Route.DEFENDER, SYSTEM, MAPS, program="x", service="WinDefend")
        assert (way, stopped) == (Way("account:4", "account"), None)

    def test_where_all_fail_the_configured_one_is_told(self, everywhere: Machine) -> None:
        way, stopped = routing.route(everywhere, Route.DEFENDER, SYSTEM, MAPS, program="x", service="WinDefend")
        assert (way, stopped) == (Way("policy:1", "policy"), Condition.PROXY_DEAD)

    def test_bypass(self, everywhere: Machine) -> None:
        everywhere.registry.set_text(POLICY, "ProxyBypass", "*.wdcp.microsoft.com")
        assert routing.ways(everywhere, Route.DEFENDER, SYSTEM, MAPS)[0] == Way("", "policy")

    def test_a_script_nobody_serves_is_passed_over(self, everywhere: Machine) -> None:
        everywhere.network.pac_files.clear()
        assert Way("pac:2", "pac") not in routing.ways(everywhere, Route.DEFENDER, SYSTEM, MAPS)

    def test_lists_are_plain_http(self, machine: Machine) -> None:
        proxy_stores.write_winhttp(machine, "http=plain:80;https=sealed:443")
        assert routing.ways(machine, Route.CRYPTOAPI, SYSTEM, CRL)[0].proxy == "plain:80"
        assert routing.ways(machine, Route.CRYPTOAPI, SYSTEM, MAPS)[0].proxy == "sealed:443"


class TestFirewall:
    def block_by_default(self, machine: Machine) -> None:
        machine.registry.set_dword(FIREWALL + r"\DomainProfile", "DefaultOutboundAction", 1)

    def allow(self, machine: Machine, service: str, port: int) -> None:
        rule = f"v2.31|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|RPort={port}|Svc={service}|Name={service}|"
        machine.registry.set_text(RULES, service, rule)

    def test_default_block_needs_a_rule_for_each_of_both(self, machine: Machine) -> None:
        self.block_by_default(machine)
        assert physics.validate(machine, SYSTEM).broken == (Condition.FIREWALL_BLOCK, Condition.CRL_UNREACHABLE)
        self.allow(machine, "WinDefend", 443)
        assert physics.validate(machine, SYSTEM).broken == (Condition.CRL_UNREACHABLE,)
        self.allow(machine, "CryptSvc", 80)
        assert physics.validate(machine, SYSTEM).connected

    def test_behind_a_proxy_the_firewall_sees_the_proxys_port(self, machine: Machine) -> None:
        closed(machine)
        proxy_stores.write_winhttp(machine, PROXY)
        self.block_by_default(machine)
        self.allow(machine, "WinDefend", 443)
        self.allow(machine, "CryptSvc", 80)
        assert not physics.validate(machine, SYSTEM).connected
        self.allow(machine, "WinDefend", 3128)
        self.allow(machine, "CryptSvc", 3128)
        assert physics.validate(machine, SYSTEM).connected


def test_a_proxy_resolves_names_for_a_host_that_cannot(machine: Machine) -> None:
    closed(machine)
    machine.network.resolves_external_names = False
    assert physics.validate(machine, SYSTEM).broken[0] is Condition.NAME_RESOLUTION
    proxy_stores.write_winhttp(machine, PROXY)
    assert physics.validate(machine, SYSTEM).connected


@pytest.mark.parametrize("barrier", list(Barrier))
def test_what_lies_behind_the_proxy_counts(machine: Machine, barrier: Barrier) -> None:
    closed(machine).blocked["*.wdcp.microsoft.com:443"] = barrier
    proxy_stores.write_winhttp(machine, PROXY)
    told = "refuse" if barrier is Barrier.PAGE else barrier.value  # a page is no answer of MAPS
    assert physics.validate(machine, SYSTEM).broken == (Condition(f"perimeter_{told}"),)


@pytest.mark.parametrize(
    ("policy", "own", "connected"), [(None, 0, False), (1, 0, True), (0, 2, False), (None, 1, True)]
)
def test_the_policy_decides_about_membership(machine: Machine, policy: int | None, own: int, connected: bool) -> None:
    machine.registry.set_dword(r"HKLM\SOFTWARE\Microsoft\Windows Defender\Spynet", "SpyNetReporting", own)
    if policy is not None:
        machine.registry.set_dword(POLICY + r"\Spynet", "SpynetReporting", policy)
    assert physics.validate(machine, SYSTEM).connected is connected


def test_validating_changes_nothing(machine: Machine) -> None:
    from ansible_collections.windefend.maps.winsim.snapshot import dump

    before = dump(machine)
    physics.validate(machine, SYSTEM)
    assert dump(machine) == before


UPDATES = windows_update.UPDATE_KEY


class TestInternalServers:
    @pytest.fixture
    def wsus(self, machine: Machine) -> Machine:
        closed(machine)
        machine.network.resolves_external_names = False
        machine.network.internal_servers = {"wsus.corp.example:8530": 200}
        machine.registry.set_text(UPDATES, "WUServer", "http://WSUS.corp.example:8530")
        machine.registry.set_dword(UPDATES + r"\AU", "UseWUServer", 1)
        return machine

    def test_no_perimeter_and_no_name_server_outside_is_before_them(self, wsus: Machine) -> None:
        assert windows_update.stopped_by(wsus) is None

    def test_a_proxy_knows_them_only_where_it_is_said(self, wsus: Machine) -> None:
        proxy_stores.write_winhttp(wsus, PROXY, "<local>")
        assert windows_update.stopped_by(wsus) is Condition.PROXY_KNOWS_NO_NAME
        wsus.network.proxies[PROXY].reaches_internal_servers = True
        assert windows_update.stopped_by(wsus) is None

    @pytest.mark.parametrize("bypass", ["*.corp.example", "wsus.corp.example", "<local>;*"])
    def test_a_bypass_list_sends_the_scan_directly(self, wsus: Machine, bypass: str) -> None:
        proxy_stores.write_winhttp(wsus, PROXY, bypass)
        assert windows_update.stopped_by(wsus) is None

    def test_where_nothing_listens_the_connection_is_refused(self, wsus: Machine) -> None:
        wsus.registry.set_text(UPDATES, "WUServer", "http://wsus.corp.example")
        assert windows_update.stopped_by(wsus) is Condition.PERIMETER_REFUSE

    def test_the_hosts_own_firewall_is_before_them(self, wsus: Machine) -> None:
        rule = "v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|RPort=8530|Name=x|"
        wsus.registry.set_text(RULES, "x", rule)
        assert windows_update.stopped_by(wsus) is Condition.FIREWALL_BLOCK

    def test_without_the_policy_nothing_is_scanned_there(self, wsus: Machine) -> None:
        proxy_stores.write_winhttp(wsus, PROXY, "<local>")
        wsus.registry.set_dword(UPDATES + r"\AU", "UseWUServer", 0)
        assert windows_update.stopped_by(wsus) is None
