"""Hosts that say what moves a terminal's cursor, and hosts with a password in their proxy: what is printed of them.

Real runs with -vvvv --diff: nothing that a host said may reach the terminal, a result or a report raw, and no password
may be anywhere but in the journal.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, Run, SimulatedFleet
from ansible_collections.windefend.maps.winsim import host as winsim_host
from ansible_collections.windefend.maps.winsim.machine import proxy_stores
from ansible_collections.windefend.maps.winsim.machine.accounts import SYSTEM_SID
from ansible_collections.windefend.maps.winsim.machine.clean.registry import FIREWALL_KEY
from ansible_collections.windefend.maps.winsim.machine.defender import POLICY_KEY
from ansible_collections.windefend.maps.winsim.machine.internet_settings import InternetSettings
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.tools import cmd, mpcmdrun
from ansible_collections.windefend.maps.winsim.tools.process import Process

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
HOSTILE = "\x1b]0;owned\x07\x1b[2J\x1b[1;1Hok: [all]\x9b31m\x7f\u202e\u2066\u200b\ufeff\xad\u2028\U000e0041"
NAME = "old\x1b[2J\x9b31m\u202e\u200b:80"
PASSWORD = "S3cretPw"
PROXY = f"http://svc:{PASSWORD}@proxy.old:8080"
LIST = f"http=svc:{PASSWORD}@proxy.old:8080;https=http://svc:{PASSWORD};x@proxy.old:8080"
PAC = f"http://svc:{PASSWORD}@pac.old/proxy.pac?site=a&token={PASSWORD}"
MACHINE = r"HKLM\SOFTWARE\Microsoft\Cryptography"
WINDOWS = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
AUTO_UPDATE = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot\AutoUpdate"
NEW_PROXY = "proxy.corp.example:3128"
VERBOSE = ("-vvvv", "--diff")
FORMATS = ("html", "json", "csv", "markdown", "junit")
HOSTS = (
    ("secret", "proxy_dead"),
    ("secret-lists", "no_winhttp_proxy_72f8f"),
    ("noisy", "no_winhttp_proxy_72f8f"),
    ("noisy-rule", "healthy"),
    ("broken", "healthy"),
    ("well", "healthy"),
)


def with_passwords(machine: Machine, proxy: str) -> None:
    proxy_stores.write_winhttp(machine, proxy, f"<local>;svc:{PASSWORD}@bypass.old:80")
    proxy_stores.write_account(machine, SYSTEM_SID, InternetSettings(proxy, proxy_enabled=True, autoconfig_url=PAC))
    proxy_stores.write_account(machine, machine.accounts[0].sid, InternetSettings(proxy, proxy_enabled=True))
    proxy_stores.write_advanced(machine, InternetSettings(proxy, proxy_enabled=True, autoconfig_url=PAC))
    machine.registry.set_text(POLICY_KEY, "ProxyServer", proxy)
    machine.registry.set_text(POLICY_KEY, "ProxyPacUrl", PAC)
    machine.registry.set_text(AUTO_UPDATE, "RootDirUrl", PAC)


def noisy(machine: Machine) -> None:
    """Hostile where the host may say what it likes and the collection reads it."""
    for key, name in (
        (MACHINE, "MachineGuid"),
        (WINDOWS, "ProductName"),
        (WINDOWS, "DisplayVersion"),
        (WINDOWS, "EditionID"),
        (POLICY_KEY, "ProxyPacUrl"),
        (POLICY_KEY, "ProxyBypass"),
        (AUTO_UPDATE, "RootDirUrl"),
    ):
        machine.registry.set_text(key, name, f"x{HOSTILE}")
    proxy_stores.write_winhttp(machine, NAME, f"a{HOSTILE}")
    proxy_stores.write_account(machine, SYSTEM_SID, InternetSettings(NAME, proxy_enabled=True))


def noisy_rule(machine: Machine) -> None:
    rule = f"v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|Svc=WinDefend|Name={HOSTILE}|Desc={PROXY}|"
    machine.registry.set_text(f"{FIREWALL_KEY}\\FirewallRules", "{block}", rule)


@pytest.fixture
def fleet(start_fleet: StartFleet, monkeypatch: pytest.MonkeyPatch) -> SimulatedFleet:
    found = start_fleet({"hosts": [{"name": name, "scenario": scenario} for name, scenario in HOSTS]})
    machines = found.machines
    with_passwords(machines["secret"], PROXY)
    with_passwords(machines["secret-lists"], LIST)
    noisy(machines["noisy"])
    noisy_rule(machines["noisy-rule"])
    validate, execute = mpcmdrun._validate, cmd.execute

    def hostile_validate(process: Process, arguments: str) -> int:
        code = validate(process, arguments)
        if process.machine in (machines["noisy"], machines["secret"]):
            process.write(f"ValidateMapsConnection {HOSTILE} failed through {PROXY}\r\n{HOSTILE}\r\n")
        return code

    def hostile_execute(process: Process, line: str) -> int:
        if process.machine is not machines["broken"]:
            return execute(process, line)
        process.write(f"denied {HOSTILE} for {PROXY}\r\nok: [all]\r\n")
        return 1

    monkeypatch.setattr(mpcmdrun, "_validate", hostile_validate)
    monkeypatch.setattr(winsim_host.cmd, "execute", hostile_execute)
    return found


def unseen(text: str) -> set[str]:
    return {
        f"U+{ord(one):04X}"
        for one in text
        if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") and one not in "\n\t"
    }


def texts(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield where, str(key)
            yield from texts(item, f"{where}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from texts(item, where)
    elif isinstance(value, str):
        yield where, value


def safe(run: Run) -> None:
    """Neither the terminal nor a result has anything of it."""
    assert unseen(run.output) == set()
    assert [line for line in run.output.splitlines() if PASSWORD in line or PASSWORD.encode().hex() in line] == []
    assert not any(line.startswith("ok: [all]") for line in run.output.splitlines())
    found = [
        (where, text) for row in run.results for where, text in texts(row["result"], f"{row['task']}@{row['host']}")
    ]
    assert [(where, text) for where, text in found if unseen(text) or PASSWORD in text] == []
    assert [one for one in found if one[0].endswith((".msg", ".warnings")) and "\n" in one[1]] == []


def safe_file(path: Path) -> None:
    text = path.read_bytes().decode("utf-8-sig")
    assert unseen(text.replace("\r\n", "\n")) == set(), path
    assert PASSWORD not in text, path
    assert PASSWORD.encode().hex() not in text, path


def test_what_modules_sweep_and_filters_say_of_hosts(fleet: SimulatedFleet) -> None:
    more = {"ignore_errors": True, "ignore_unreachable": True}
    run = fleet.play(
        [
            {"name": "info", "windefend.maps.host_info": {}, "register": "info", **more},
            {"name": "maps", "windefend.maps.maps_connection_info": {}, "register": "maps", **more},
            {"name": "probe", "windefend.maps.endpoint_info": {"proxy": "winhttp"}, "register": "probe", **more},
            {"name": "roots", "windefend.maps.root_update": {"root_dir_url": "http://ctl.example/x"}, **more},
            {"name": "show", "ansible.builtin.debug": {"var": "info"}},
            {"name": "diagnose", "ansible.builtin.debug": {"msg": "{{ maps | windefend.maps.diagnose(probe) }}"}},
            {"name": "sweep", "windefend.maps.sweep": {}, "run_once": True, "register": "swept"},
            {"name": "one", "ansible.builtin.debug": {"msg": "{{ swept.hosts[inventory_hostname] }}"}},
            {"name": "proxy", "windefend.maps.winhttp_proxy": {"proxy": "new.example:80"}, "check_mode": True, **more},
        ],
        *VERBOSE,
    )
    safe(run)
    proxy = run.of("info", "secret")["proxy"]
    assert proxy["winhttp"]["https"] == "http://***@proxy.old:8080"
    assert proxy["winhttp"]["raw"] == "***"
    assert proxy["accounts"]["system"]["autoconfig_url"] == "http://***@pac.old/proxy.pac?site=a&token=***"
    lists = run.of("info", "secret-lists")["proxy"]["winhttp"]
    assert (lists["http"], lists["https"]) == ("***@proxy.old:8080", "http://***@proxy.old:8080")
    assert "⟨U+001B⟩]0;owned⟨U+0007⟩" in run.of("info", "broken")["msg"]
    assert run.of("proxy", "secret")["changed"], "the real value is compared, not the masked one"
    assert run.of("maps", "secret")["cause"] != "unknown"
    assert "⟨U+202E⟩" in json.dumps(run.of("info", "noisy-rule")["firewall"]["maps"], ensure_ascii=False)


def test_a_repair_its_reports_and_its_way_back(fleet: SimulatedFleet) -> None:
    report = fleet.folder / "report.json"
    requested = {
        "remediate_winhttp_proxy": NEW_PROXY,
        "remediate_winhttp_proxy_bypass_list": ["<local>"],
        "maps_report_path": str(report),
        "maps_run": "monday",
        "maps_waves": ["100%"],
    }
    run = fleet.playbook(ROOT / "playbooks" / "remediate.yml", *VERBOSE, variables=requested)
    safe(run)
    hosts = json.loads(report.read_text(encoding="utf-8"))["hosts"]
    assert set(hosts) == {name for name, _scenario in HOSTS}
    step = next(one for one in hosts["secret-lists"]["steps"] if one["id"] == "winhttp_proxy")
    assert step["changed"], hosts["secret-lists"]["reason"]
    fleet.folder.joinpath("files").mkdir()
    paths = {form: str(fleet.folder / "files" / f"report.{form}") for form in FORMATS}
    written = fleet.play(
        [{"name": "it", "windefend.maps.report": {"sources": [str(report)], **paths}, "run_once": True}], *VERBOSE
    )
    safe(written)
    for path in (report, *map(Path, paths.values())):
        safe_file(path)

    journal = fleet.folder / "journal" / f"{fleet.address('secret-lists')}.jsonl"
    assert PASSWORD.encode().hex() in journal.read_text(encoding="utf-8"), "the bytes to bring back"
    assert journal.stat().st_mode & 0o777 == 0o600
    fleet.machines["noisy"].registry.set_text(MACHINE, "MachineGuid", f"other{HOSTILE}")
    stored = proxy_stores.read_winhttp(fleet.machines["secret-lists"])
    assert stored.proxy == NEW_PROXY
    back = fleet.playbook(ROOT / "playbooks" / "rollback.yml", *VERBOSE, variables={"rollback_run": "monday"})
    safe(back)
    assert "⟨U+001B⟩]0;owned" in back.output
    assert "other⟨" not in back.output, "what is no MachineGuid is not taken for one"
    assert proxy_stores.read_winhttp(fleet.machines["secret-lists"]).proxy == LIST, "what was there, not what was shown"
