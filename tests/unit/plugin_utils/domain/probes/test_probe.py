"""endpoint_info's operation on simulated machines: every scenario, both accounts, and nothing left behind."""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.as_system import (
    batch as as_system_batch,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import ARTICLE_URLS
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity, temp_folder
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import (
    Answer,
    HostError,
    Refused,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.probes import probe
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import Unreachable
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Command, Format, Literal, Outcome
from ansible_collections.windefend.maps.tests.support.operations import asks, run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.machine.certificates import Certificate
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.snapshot import difference, snapshot
from ansible_collections.windefend.maps.winsim.tools.curl import transfer

NOW = 1_790_000_000.0
IDENTITY = RunIdentity(temp_folder.unique_name(NOW, "0123456789ab"), NOW)


@pytest.fixture(autouse=True)
def _pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses of more than a moment are not waited for."""
    real = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: real(min(seconds, 0.1)))


def run(on: Machine, **desired: Any) -> dict[str, Any]:
    """The result; nothing unknown was run, and the machine is as it was."""
    host, warnings = SimulatedHost(on), list[str]()
    before = snapshot(on)
    result = plain(run_operation(host, probe.probe(probe.ProbeRequest(IDENTITY, **desired)), warnings))
    assert host.unknown == []
    assert difference(before, snapshot(on)) == []
    return {**result, "warnings": warnings, "lines": host.lines}


SCENARIOS = {
    "healthy": ("excluded", "lists_arrive", "good", ""),
    "healthy_behind_proxy": ("excluded", "lists_arrive", "good", ""),
    "no_winhttp_proxy_72f8f": ("proven", "lists_out_of_reach", "offline", "revocation_offline"),
    "no_winhttp_proxy_70006": ("unknown", "not_reached", "unknown", "timed_out"),
    "no_winhttp_proxy_72efe": ("unknown", "tls_fails", "unknown", "cut"),
    "crl_blocked": ("proven", "lists_out_of_reach", "offline", "revocation_offline"),
    "tls_inspection": ("excluded", "certificate_names_no_list", "no_check", "no_revocation_check"),
    "proxy_authentication": ("unknown", "not_reached", "unknown", "proxy_password"),
    "proxy_dead": ("unknown", "not_reached", "unknown", "timed_out"),
    "no_external_names": ("unknown", "not_reached", "unknown", "not_resolved"),
    "clock_off": ("unknown", "tls_fails", "unknown", "expired"),
}


@pytest.mark.parametrize("run_as", ["current", "system"])
@pytest.mark.parametrize("locale", ["en", "ja", "ja_english_under_utf8"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario(scenario: str, run_as: str, locale: str) -> None:
    result = run(machine(scenario, locale=locale), run_as=run_as)
    revocation = result["revocation"]
    assert (
        revocation["crl_out_of_reach"],
        revocation["finding"],
        revocation["certutil"]["verdict"],
        result["endpoints"][0]["failure"],
    ) == SCENARIOS[scenario]
    assert result["warnings"] == []


def test_the_scheduled_tasks_see_what_system_sees() -> None:
    """The administrator has a proxy of their own, SYSTEM has none: only the lists show it, curl is told its proxy."""
    own = run(machine("admin_own_proxy"))
    system = run(machine("admin_own_proxy"), run_as="system")
    assert [one["proxy_source"] for one in own["revocation"]["lists"]] == ["account", "account"]
    assert [one["delivered"] for one in own["revocation"]["lists"]] == [True, True]
    assert [one["delivered"] for one in system["revocation"]["lists"]] == [False, False]
    assert "run_as: system" in own["warnings"][0]
    assert system["warnings"] == []


def test_the_articles_case_with_defenders_own_proxy() -> None:
    """Defender gets out by its policy, the CryptoAPI has no way: TLS fails although the endpoint answers."""
    result = run(machine("defender_proxy_only"), proxy="defender", run_as="system")
    assert result["revocation"]["finding"] == "lists_out_of_reach"
    assert {one["proxy_source"] for one in result["endpoints"]} == {"defender"}
    assert [one["status"] for one in result["revocation"]["without_checking"]] == [200, 200, 200]
    assert {one["proxy"] for one in result["revocation"]["lists"]} == {""}


def test_a_proxy_that_is_given_is_not_the_cryptoapis() -> None:
    """curl/curl#4078."""
    on = machine("no_winhttp_proxy_70006")
    result = run(on, proxy="proxy.corp.example:3128")
    assert result["revocation"]["crl_out_of_reach"] == "proven"


def test_an_inspecting_proxy_that_is_not_trusted() -> None:
    on = machine("tls_inspection")
    on.network.proxies["proxy.corp.example:3128"].inspection_root_trusted = False
    result = run(on)
    assert result["revocation"]["finding"] == "certificate_not_trusted"
    assert list(result["revocation"]["codes"]) == ["0x80090325"]
    assert result["inspected"] == []


@pytest.mark.parametrize(
    ("os", "version", "issuer"),
    [
        ("windows_server_2019", "7.55.1", False),
        ("windows_10_22h2", "7.83.1", False),
        ("windows_server_2022", "8.7.1", True),
        ("windows_11_23h2", "8.13.0", True),
        ("windows_server_2025", "8.21.0", True),
    ],
)
def test_the_issuer_is_told_where_curl_can_and_unknown_where_not(os: str, version: str, issuer: bool) -> None:
    result = run(machine("tls_inspection", os=os))
    again = result["revocation"]["without_checking"]
    assert result["curl"] == {"present": True, "version": version, "schannel": True}
    assert [one["inspected"] for one in again] == [True if issuer else None] * 3
    assert [bool(one["issuer"]) for one in again] == [issuer] * 3
    assert result["revocation"]["certutil"]["asked"] is issuer
    assert {one["failure"] for one in result["endpoints"]} == {"no_revocation_check"}


OTHERS = [
    "http://www.microsoft.com/pkiops/crl/Microsoft%20TLS%20G2%20RSA%20CA%20OCSP%2002.crl",
    "http://crl3.digicert.com/DigiCertGlobalRootG2.crl",
]
"""Forms of the addresses that another chain names."""


@pytest.mark.parametrize("run_as", ["current", "system"])
@pytest.mark.parametrize("scenario", ["healthy", "healthy_behind_proxy", "crl_blocked", "no_winhttp_proxy_72f8f"])
def test_the_lists_that_count_are_those_of_the_chain(scenario: str, run_as: str) -> None:
    """Fidelity A3: the built-in list belongs to an authority that has ended and is gone; the chain names others. They
    are asked for in the line that certutil has anyway."""
    before = run(machine(scenario), run_as=run_as)
    on = machine(scenario)
    on.network.missing_files = list(probe.CRL_URLS)
    on.network.server_lists = OTHERS
    result = run(on, run_as=run_as)
    assert len(result["lines"]) == len(before["lines"])
    assert [one["url"] for one in result["revocation"]["lists"]] == OTHERS
    assert result["revocation"]["named"]["lists"] == OTHERS
    assert result["revocation"]["finding"] == before["revocation"]["finding"]
    assert [one["delivered"] for one in result["revocation"]["lists"]] == [
        one["delivered"] for one in before["revocation"]["lists"]
    ]


def test_built_in_lists_that_are_gone_say_nothing_where_no_chain_is_seen() -> None:
    on = machine("healthy", os="windows_10_22h2")
    on.network.missing_files = list(probe.CRL_URLS)
    on.network.server_lists = OTHERS
    revocation = run(on)["revocation"]
    assert (revocation["finding"], revocation["named"]["lists"]) == ("incomplete", [])
    assert [one["delivered"] for one in revocation["lists"]] == [None, None]
    assert any("answers 404 and can be reached" in line for line in revocation["evidence"])


def test_lists_that_were_given_are_the_ones_that_count() -> None:
    on = machine("healthy")
    on.network.server_lists = OTHERS
    revocation = run(on, crl_urls=("http://a.example/own.crl",))["revocation"]
    assert [one["url"] for one in revocation["lists"]] == ["http://a.example/own.crl"]
    assert revocation["named"]["lists"] == OTHERS


def test_the_list_of_an_inspecting_proxy_is_told_as_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "INSPECTOR_LIST", "http://pki.corp.example/proxy.crl")
    result = run(machine("tls_inspection"))
    assert result["revocation"]["named"]["lists"] == ["http://pki.corp.example/proxy.crl"]
    assert [one["url"] for one in result["revocation"]["lists"]] == list(probe.CRL_URLS)
    assert any("not Microsoft's" in line and "proxy.crl" in line for line in result["revocation"]["evidence"])


def test_without_curl_nothing_is_guessed() -> None:
    on = machine("healthy", os="windows_server_2016")
    host = SimulatedHost(on)
    result = plain(run_operation(host, probe.probe(probe.ProbeRequest(IDENTITY))))
    assert result["curl"] == {"present": False, "version": "", "schannel": None}
    assert [one["reachable"] for one in result["endpoints"]] == [None] * 3
    assert {one["failure"] for one in result["endpoints"]} == {"no_curl"}
    assert result["not_known"] == list(ARTICLE_URLS)
    assert (result["revocation"]["crl_out_of_reach"], result["revocation"]["finding"]) == ("unknown", "no_curl")
    assert len(host.lines) == 1


def test_without_curl_certutil_still_looks_at_a_certificate_that_is_given() -> None:
    seen = run(machine("crl_blocked"))
    assert seen["revocation"]["certutil"]["asked"]
    on = machine("crl_blocked", os="windows_server_2016")
    certificate = Certificate((("CN", "a"),), (("O", "Microsoft Corporation"),), "http://crl.microsoft.com/a.crl")
    on.files.write(r"C:\Windows\Temp\my cert.cer", certificate.der)
    result = run_operation(
        SimulatedHost(on), probe.probe(probe.ProbeRequest(IDENTITY, certificate=r"C:\Windows\Temp\my cert.cer"))
    )
    assert result["revocation"]["certutil"]["verdict"] == "offline"
    assert result["revocation"]["finding"] == "no_curl"


def test_an_account_that_is_not_elevated_gets_what_it_can() -> None:
    result = run(machine("not_elevated"))
    assert result["revocation"]["finding"] == "lists_arrive"
    assert not result["revocation"]["certutil"]["asked"]
    with pytest.raises(HostError, match="requires an elevated account"):
        run(machine("not_elevated"), run_as="system")


def test_few_lines_and_never_urlcache() -> None:
    """Trap 33: certutil -urlcache is detected as malware."""
    assert len(run(machine("healthy"))["lines"]) == 3
    assert len(run(machine("crl_blocked"))["lines"]) == 4
    assert len(run(machine("healthy"), revocation=False)["lines"]) == 2
    for line in run(machine("crl_blocked"), run_as="system")["lines"]:
        assert "urlcache" not in line.lower()


@pytest.mark.parametrize("run_as", ["current", "system"])
def test_more_urls_than_a_line_holds(run_as: str) -> None:
    urls = tuple(f"https://host-{number}.wdcp.microsoft.com/{'a' * 100}" for number in range(60))
    on = machine("healthy_behind_proxy")
    result = run(on, urls=urls, run_as=run_as, revocation=False)
    assert [one["url"] for one in result["endpoints"]] == list(urls)
    assert all(one["reachable"] for one in result["endpoints"])
    assert max(map(len, result["lines"])) < 8191
    for task in on.tasks.values():
        assert len(task.arguments) < 8191


@pytest.mark.parametrize(
    ("desired", "option"),
    [
        ({"urls": ("ftp://a.example/",)}, "urls"),
        ({"urls": ("https://user@a.example/",)}, "urls"),
        ({"urls": ("https://a.example/%20",)}, "urls"),
        ({"urls": ("https://a.example/!x!",)}, "urls"),
        ({"urls": ("--config x",)}, "urls"),
        ({"urls": ("https://a.example:70000/",)}, "urls"),
        ({"crl_urls": ("https://a.example/a.crl",)}, "crl_urls"),
        ({"urls": (), "crl_urls": ()}, "urls and crl_urls"),
        ({"urls": tuple(f"h{number}.example" for number in range(300))}, "urls and crl_urls"),
        ({"proxy": "http://a:1"}, "proxy"),
        ({"proxy": "a"}, "proxy"),
        ({"timeout": 0}, "timeout"),
        ({"connect_timeout": 121}, "connect_timeout"),
        ({"certificate": "x.cer"}, "certificate"),
        ({"certificate": r"\\server\share\x.cer"}, "certificate"),
        ({"certificate": 'C:\\"x'}, "certificate"),
    ],
)
def test_bad_input_names_its_option_and_sends_nothing(desired: dict[str, Any], option: str) -> None:
    host = SimulatedHost(machine())
    with pytest.raises(Refused, match=f"^{option}"):
        run_operation(host, probe.probe(probe.ProbeRequest(IDENTITY, **desired)))
    assert host.lines == []


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("wdcp.microsoft.com", "https://wdcp.microsoft.com/"),
        ("WDCP.microsoft.com:443", "https://wdcp.microsoft.com:443/"),
        ("go.microsoft.com:80", "http://go.microsoft.com/"),
        ("HTTPS://A.example", "https://a.example/"),
        ("http://a.example/B?c=d&e=(f)", "http://a.example/B?c=d&e=(f)"),
    ],
)
def test_hosts_become_urls(given: str, asked: str) -> None:
    result = run(machine("healthy"), urls=(given,), crl_urls=(), revocation=False)
    assert [one["url"] for one in result["endpoints"]] == [asked]


def test_a_curl_that_does_not_answer_is_a_failure_and_no_finding() -> None:
    operation = asks(probe.probe(probe.ProbeRequest(IDENTITY)))
    ask = next(operation)
    refused = {name: Outcome(1) for name in ask.commands} | {"probe.curl": Outcome(5, b"Access is denied.")}
    with pytest.raises(HostError, match=r"ended with 5 .* Access is denied"):
        operation.send(Answer(refused, False, 0.0))


@pytest.mark.parametrize(
    ("run_as", "number"), [("current", n) for n in range(1, 5)] + [("system", n) for n in range(1, 21)]
)
@pytest.mark.parametrize("carried_out", [False, True])
def test_a_connection_that_breaks_leaves_nothing(run_as: str, number: int, carried_out: bool) -> None:
    """At each line. One that only cleans up is sent again, so the run goes on; all others end it as unreachable."""
    on = machine("crl_blocked")
    before = snapshot(on)
    failure = Unreachable("cut")
    host = SimulatedHost(on, {number: (failure,) if carried_out else failure})
    ended = ""
    try:
        run_operation(host, probe.probe(probe.ProbeRequest(IDENTITY, run_as=run_as)))
    except Unreachable as error:
        ended = str(error)
    line = host.lines[number - 1] if number <= len(host.lines) else ""  # how often a task is asked for varies
    cleans = "rd /s /q" in line and "mkdir" not in line
    assert ended == ("cut" if line and not cleans else "")
    assert difference(before, snapshot(on)) == []


def test_what_an_earlier_run_left_is_swept_and_a_young_one_is_not() -> None:
    on = machine("healthy")
    old, young = temp_folder.unique_name(NOW - 9999, "a1"), temp_folder.unique_name(NOW - 60, "b2")
    for name in (old, young):
        on.files.make_directory(rf"C:\Program Files\{name}")
    run_operation(SimulatedHost(on), probe.probe(probe.ProbeRequest(IDENTITY)))
    assert not on.files.is_directory(rf"C:\Program Files\{old}")
    assert on.files.is_directory(rf"C:\Program Files\{young}")


def many(on: Machine, commands: dict[str, Command]) -> dict[str, Outcome]:
    operation = as_system_batch.run(commands, run_as="system", system_root=r"C:\Windows", identity=IDENTITY, timeout=5)
    return run_operation(SimulatedHost(on), operation)


def test_many_commands_as_system_keep_their_own_exit_codes() -> None:
    commands = {
        "who": Command.of("whoami"),
        "missing": Command.of("no-such-program").with_errors(),
        "none": Command.of("findstr", Literal("/c:x"), "nul").with_errors(),
    }
    outcomes = many(machine(), commands)
    assert outcomes["who"].text.strip() == r"nt authority\system"
    assert [outcomes[name].exit_code for name in commands] == [0, 9009, 1]


def test_an_exclamation_mark_is_not_carried_to_system() -> None:
    with pytest.raises(HostError, match="exclamation"):
        many(machine(), {"a": Command.of("echo", "a!b!")})


def test_no_percent_sign_of_a_variable_comes_to_the_scheduler() -> None:
    """It may expand them itself (recalled); winsim's does not, so the text of the task is looked at."""
    operation = as_system_batch.run(
        {"a": Command.of("whoami")}, run_as="system", system_root=r"C:\Windows", identity=IDENTITY, timeout=5,
    )  # fmt: skip
    task = (next(asks(operation)).stdin or b"").decode()
    assert "!errorlevel!" in task
    assert "%^" not in task
    operation.close()


def test_a_name_that_is_no_variable_comes_to_the_scheduler_as_it_is() -> None:
    """The Task Scheduler leaves names of variables that do not exist alone (recalled), so nothing is escaped."""
    asked = {"a": Command.of("curl", Format("%{certs}"))}
    operation = as_system_batch.run(asked, run_as="system", system_root=r"C:\Windows", identity=IDENTITY, timeout=5)
    assert "%{certs}" in (next(asks(operation)).stdin or b"").decode()
    operation.close()
