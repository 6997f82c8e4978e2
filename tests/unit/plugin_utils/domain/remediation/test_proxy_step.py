"""The proxy of a repair: which bypass list it gets, and that no host is cut off from its internal update sources."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import update_sources
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.proxy_step import NEEDED
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import CommandTimedOut, Completed
from ansible_collections.windefend.maps.tests.support.remediation import PROXY, PromptHost, changed, repair, state
from ansible_collections.windefend.maps.tests.support.simulated_host import machine
from ansible_collections.windefend.maps.winsim import windows_update
from ansible_collections.windefend.maps.winsim.machine import proxy_stores
from ansible_collections.windefend.maps.winsim.machine.clean.registry import FIREWALL_KEY
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.network import Barrier, Proxy
from ansible_collections.windefend.maps.winsim.scenarios.proxies import BYPASS

OTHER = "other.corp.example:3128"
WSUS = "wsus.corp.example"
LIST = "remediate_winhttp_proxy_bypass_list"
QUICK = {"probe": "never"}


def bypass_list(on: Machine) -> list[str]:
    return proxy_stores.read_winhttp(on).bypass.split(";")


def with_other_proxy(on: Machine, **how: Any) -> Machine:
    """The company has another proxy, which is to be set."""
    on.network.proxies[OTHER] = Proxy(**how)
    return on


# --- The bypass list ------------------------------------------------------------------------------------------------


def test_a_list_that_was_not_given_stays() -> None:
    on = machine("proxy_dead")
    assert repair(PromptHost(on), QUICK)["report"]["outcome"] == "repaired"
    stored = proxy_stores.read_winhttp(on)
    assert (stored.proxy, stored.bypass) == (PROXY, BYPASS)


def test_a_list_that_was_given_is_stored() -> None:
    on = machine("proxy_dead")
    repair(PromptHost(on), {**QUICK, LIST: ["<local>", "*.else.example"]})
    assert bypass_list(on) == ["<local>", "*.else.example"]


@pytest.mark.parametrize("given", [None, ["<local>"], []])
@pytest.mark.parametrize("name", ["proxy_authentication", "tls_inspection"])
def test_the_same_proxy_with_another_list_is_no_step(name: str, given: list[str] | None) -> None:
    on = machine(name)
    before = state(on)
    report = repair(PromptHost(on), {LIST: given})["report"]
    assert (report["outcome"], report["steps"]) == ("not_repairable", [])
    assert changed(before, on) == []


@pytest.mark.parametrize("entry", ["*.microsoft.com", "crl.microsoft.com", "http://www.microsoft.com:80", "*"])
def test_a_kept_list_that_exempts_what_the_proxy_is_for_is_not_kept_silently(entry: str) -> None:
    on = machine("proxy_dead")
    proxy_stores.write_winhttp(on, "old-proxy.corp.example:8080", f"<local>;{entry}")
    before = state(on)
    report = repair(PromptHost(on), QUICK)["report"]
    assert (report["outcome"], report["steps"], report["changes"]) == ("not_repairable", [], 0)
    assert "microsoft.com past the proxy" in report["reason"]
    assert LIST in report["reason"]
    assert changed(before, on) == []
    predicted = repair(PromptHost(on), QUICK, check_mode=True)["report"]
    assert (predicted["outcome"], predicted["steps"]) == ("not_repairable", []), "nothing is planned"


def test_a_given_list_is_the_users() -> None:
    on = machine("proxy_dead")
    report = repair(PromptHost(on), {**QUICK, LIST: ["crl.microsoft.com"]})["report"]
    assert [step["id"] for step in report["steps"]] == ["winhttp_proxy"]
    assert bypass_list(on) == ["crl.microsoft.com"]


def test_both_kinds_of_addresses_are_needed() -> None:
    assert {"wdcp.microsoft.com", "www.microsoft.com"} <= set(NEEDED)
    assert all("/" not in name and ":" not in name for name in NEEDED)


# --- What was proven outlives what is weaker ------------------------------------------------------------------------


def test_a_password_that_the_new_proxy_wants_is_the_cause_and_its_team_is_asked() -> None:
    on = with_other_proxy(machine("proxy_dead"), requires_password=True)
    report = repair(PromptHost(on), {"winhttp_proxy": OTHER})["report"]
    assert (report["outcome"], [step["helped"] for step in report["steps"]]) == ("not_repairable", [False])
    assert report["after"]["cause"] == "proxy_authentication"
    assert "407" in report["reason"]
    assert any("password" in one["text"] or "authentication" in one["text"] for one in report["next"])
    assert all(one["module"] != "windefend.maps.winhttp_proxy" for one in report["next"])
    assert "does not answer" not in report["reason"]


def test_without_probes_after_a_step_the_diagnosis_would_be_weaker() -> None:
    """What the test above rests on: the code alone says another thing."""
    on = with_other_proxy(machine("proxy_dead"), requires_password=True)
    report = repair(PromptHost(on), {"winhttp_proxy": OTHER, **QUICK})["report"]
    assert report["after"]["cause"] != "proxy_authentication"


# --- A proxy that does not answer -----------------------------------------------------------------------------------

DEAD = "proxi.corp.example:3128"
SENTENCE = {
    "en": f"The proxy {DEAD} (remediate_winhttp_proxy) does not answer from this host, so it was not set.",
    "ja": f"プロキシ {DEAD} (remediate_winhttp_proxy) がこのデバイスからの接続に応答しないため、設定しませんでした。",
}


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(
    "name", ["no_winhttp_proxy_72f8f", "no_winhttp_proxy_70006", "proxy_dead", "crl_blocked", "no_external_names"]
)
def test_a_dead_proxy_is_named_first_and_nothing_proposes_it_again(name: str, check_mode: bool, language: str) -> None:
    on = machine(name)
    before = state(on)
    variables = {"winhttp_proxy": DEAD, "language": language}
    report = repair(PromptHost(on), variables, check_mode=check_mode)["report"]
    assert (report["outcome"], report["steps"]) == ("not_repairable", [])
    assert report["reason"].startswith(SENTENCE[language])
    assert changed(before, on) == []
    assert {"en": "which proxy this host should use", "ja": "このデバイスが使用するプロキシを指定する"}[
        language
    ] in report["reason"]
    tried = {"en": "through the proxy that this host should use", "ja": "このデバイスが使用するプロキシ経由"}[language]
    assert tried not in str(report), "that is what was tried"
    assert "windefend.maps.winhttp_proxy" not in {one["module"] for one in report["next"]}


def test_beside_another_step_a_dead_proxy_comes_first_only_where_that_did_not_help() -> None:
    on = machine("crl_blocked")
    variables = {"winhttp_proxy": DEAD, "ssl_options_workaround": "no_revocation"}
    report = repair(PromptHost(on), variables)["report"]
    assert report["outcome"] == "repaired"
    assert not report["reason"].startswith(SENTENCE["en"])
    assert SENTENCE["en"] in report["reason"]
    on = machine("crl_blocked")
    on.network.proxies[PROXY].blocked["*:443"] = Barrier.REFUSE
    report = repair(PromptHost(on), variables)["report"]
    assert report["outcome"] == "not_repairable"
    assert report["reason"].startswith(SENTENCE["en"])


def test_a_proxy_that_was_not_asked_is_set() -> None:
    on = machine("proxy_dead")
    report = repair(PromptHost(on), {"winhttp_proxy": DEAD, **QUICK})["report"]
    assert [step["id"] for step in report["steps"]] == ["winhttp_proxy"]


# --- Internal update sources ----------------------------------------------------------------------------------------


def test_the_default_list_has_what_is_inside() -> None:
    on = machine("wsus_by_full_name")
    assert repair(PromptHost(on), QUICK)["report"]["outcome"] == "repaired"
    assert bypass_list(on) == ["<local>", "*.corp.example", WSUS, "169.254.169.254", "168.63.129.16"]
    assert windows_update.stopped_by(on) is None


def test_check_mode_shows_the_list() -> None:
    on = machine("wsus_by_full_name")
    before = state(on)
    (step,) = repair(PromptHost(on), QUICK, check_mode=True)["report"]["steps"]
    assert step["after"]["winhttp"]["bypass_list"][:3] == ["<local>", "*.corp.example", WSUS]
    assert changed(before, on) == []


def test_a_source_that_a_given_list_lacks_is_added_and_named() -> None:
    on = machine("wsus_by_full_name")
    report = repair(PromptHost(on), {**QUICK, LIST: ["<local>"]})["report"]
    assert report["outcome"] == "repaired"
    assert bypass_list(on) == ["<local>", WSUS]
    assert f"The bypass list has the internal update sources of this host: {WSUS}." in report["reason"]
    assert windows_update.stopped_by(on) is None


def test_refuse_sets_no_proxy_that_would_come_between() -> None:
    on = machine("wsus_by_full_name")
    before = state(on)
    variables = {**QUICK, LIST: ["<local>"], "internal_update_sources": "refuse"}
    report = repair(PromptHost(on), variables)["report"]
    assert (report["outcome"], report["steps"]) == ("not_repairable", [])
    assert f"internal update sources ({WSUS})" in report["reason"]
    assert changed(before, on) == []
    covered = {**variables, LIST: ["*.corp.example"]}
    assert repair(PromptHost(on), covered)["report"]["outcome"] == "repaired"
    assert bypass_list(on) == ["*.corp.example"]


def unreadable_source() -> Machine:
    on = machine("wsus_by_full_name")
    on.registry.set_text(update_sources.POLICY, "WUServer", "file://wsus/%x%")
    return on


def test_a_source_that_is_not_understood_is_named_and_refused_where_that_is_asked_for() -> None:
    on = unreadable_source()
    report = repair(PromptHost(on), QUICK)["report"]
    assert report["outcome"] == "repaired"
    assert "Internal update sources are not known: WUServer" in report["reason"]
    on = unreadable_source()
    before = state(on)
    report = repair(PromptHost(on), {**QUICK, "internal_update_sources": "refuse"})["report"]
    assert (report["outcome"], report["steps"]) == ("not_repairable", [])
    assert "what is not known" in report["reason"]
    assert changed(before, on) == []


def behind_the_old_proxy() -> Machine:
    """WSUS is reached through the old proxy alone, which does not let MAPS out: from this host port 8530 is blocked."""
    on = with_other_proxy(machine("wsus_by_full_name"), reaches_internal_servers=True, blocked={"*:*": Barrier.REFUSE})
    proxy_stores.write_winhttp(on, OTHER, "<local>")
    rule = "v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|RPort=8530|Name=No WSUS past the proxy|"
    on.registry.set_text(rf"{FIREWALL_KEY}\FirewallRules", "{8530}", rule)
    return on


def test_a_step_that_cuts_a_source_off_is_taken_back() -> None:
    """The bypass list sends WSUS directly, and directly this host does not reach it: only asking shows that."""
    on = behind_the_old_proxy()
    assert windows_update.stopped_by(on) is None
    before = state(on)
    result = repair(PromptHost(on), QUICK)
    report = result["report"]
    assert report["outcome"] == "failed"
    assert f"cut the host off from internal update sources: http://{WSUS}:8530. It was taken back" in report["reason"]
    assert changed(before, on) == []
    assert (result["changed"], report["changes"]) == (False, 0)
    (step,) = report["steps"]
    assert (step["changed"], step["taken_back"], step["helped"]) == (True, True, True)
    assert report["after"]["connected"] is False, "the host as it is left"
    assert report["after"]["state"]["winhttp"]["http"] == OTHER


class LosesTheSources(PromptHost):
    """The line that asks the sources for the second time does not come to its end."""

    asked = 0

    def run(self, line: str, **options: Any) -> Completed:
        if f"http://{WSUS}:8530/" in line:
            self.asked += 1
            if self.asked == 2:
                raise CommandTimedOut("pc: gone")
        return super().run(line, **options)


def test_where_the_sources_cannot_be_asked_again_the_proxy_is_not_kept() -> None:
    on = machine("wsus_by_full_name")
    result = repair(LosesTheSources(on), QUICK)
    report = result["report"]
    assert (report["outcome"], result["changed"], report["changes"]) == ("failed", False, 0)
    assert "still answer after the step winhttp_proxy is not known, so it is not kept: pc: gone" in report["reason"]
    assert proxy_stores.read_winhttp(on).proxy == ""


def test_a_list_of_the_host_that_cannot_be_written_again_is_no_failure() -> None:
    on = machine("proxy_dead")
    proxy_stores.write_winhttp(on, "dead.corp.example:3128", "user:word@host.example")
    report = repair(PromptHost(on), QUICK)["report"]
    assert (report["outcome"], report["steps"]) == ("not_repairable", [])
    assert "cannot be written again" in report["reason"]
    assert "remediate_winhttp_proxy_bypass_list" in report["reason"]
