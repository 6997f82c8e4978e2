"""RETURN in a module's documentation names what the module returns, with its types, and nothing else."""

from __future__ import annotations

import base64
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.plugins.action import closing, report, sweep
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible import Task, with_report
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.controller_action import WantedFile
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.sweep import action as sweep_action
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import (
    host,
    publisher_evidence,
    root_lists,
    self_check,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.catalogue import firewall_formats
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.ctl import (
    client_check,
    folder as ctl_folder,
    lists as ctl_lists,
    sync as ctl_sync,
    task as ctl_task,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import (
    own_proxy,
    settings as defender_settings,
    signatures,
    spynet,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.detection import run as detection_run
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis import Validation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall import (
    allow_rule,
    other_filters,
    verdict as firewall_verdict,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal import (
    copy as journal_copy,
    record as journal_record,
    rollback,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import (
    RunIdentity,
    places as operation_places,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import Answer, Operation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.probes import capi2_log, probe
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import change as proxy_change
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation import (
    AssessmentRequest,
    assess,
    history as remediation_history,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import Traffic
from ansible_collections.windefend.maps.plugins.plugin_utils._report import (
    documents as report_documents,
    formats as report_formats,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import daily_task
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Outcome
from ansible_collections.windefend.maps.tests.support import catalogue, report_fleet
from ansible_collections.windefend.maps.tests.support.operations import asks, run_operation
from ansible_collections.windefend.maps.tests.support.remediation import SEAL, Journal, MortalHost, remediate
from ansible_collections.windefend.maps.tests.support.return_values import differences
from ansible_collections.windefend.maps.tests.support.simulated_host import machine
from ansible_collections.windefend.maps.winsim.scenarios import SCENARIOS

MODULES = Path(__file__).resolve().parents[2] / "plugins" / "modules"
NAMES = sorted(path.stem for path in MODULES.glob("*.yml"))
ADDED_BY_THE_BASE = {"traffic", "recording"}
"""What the action adds to the operation's result; test_self_check has `recording`."""
ON_THE_CONTROLLER = {"closing", "endpoint_export", "report"}
"""Modules that ask no host, so there is no traffic."""
BY_THEIR_EXAMPLES = {"begin_run", "rollout"}
"""Modules that are actions alone: what they return is compared where their examples are run."""

BLOB = struct.pack("<IIII", 0x28, 1, 3, 12) + b"p.example:80" + struct.pack("<I", 0)
OUTCOMES = {
    "proxy.blob": b"\r\nHKEY_LOCAL_MACHINE\\K\r\n    WinHttpSettings    REG_BINARY    " + BLOB.hex().encode() + b"\r\n",
    "proxy.advanced": b'{"Proxy": "p.example:80", "PerUserProxySettings": true}',
    "defender.service": b"\r\nHKEY_LOCAL_MACHINE\\K\r\n    Start    REG_DWORD    0x2\r\n"
    b'    ImagePath    REG_EXPAND_SZ    "C:\\P\\Platform\\4.18.1-0\\MsMpEng.exe"\r\n',
    "rule.local": b"    {1}    REG_SZ    v2.31|Action=Allow|Active=TRUE|Dir=Out|RPort=80|Protocol=6|Name=A rule|\r\n",
    "rule.whole": b"1\r\n1\r\n",
    "root.root_dir_url": b"    RootDirUrl    REG_SZ    http://a.example/b\r\n",
    "root.disable_root_auto_update": b"    DisableRootAutoUpdate    REG_DWORD    0x1\r\n",
    "root.trusted.list": b"",
    "root.trusted.time": b"    LastSyncTime    REG_BINARY    00E0B1D40C5DDC01\r\n",
    "v4.0.30319.64.names": b"machine.config\r\n",
    "v4.0.30319.64.file": b"<configuration>\r\n</configuration>\r\n",
    "validate": b"ValidateMapsConnection failed to establish a connection to MAPS (hr=0x80072F8F httpcore=451)\r\n",
}
EVENT = (
    "<Event><System><EventID>{}</EventID><TimeCreated SystemTime='2026-10-01T14:38:47Z'/></System><EventData>"
    "<Data Name='Path'>file:_C:\\x</Data><Data Name='Detection ID'>{{A}}</Data><Data Name='Action ID'>2</Data>"
    "<Data Name='Threat ID'>1</Data><Data Name='Severity ID'>5</Data><Data Name='Category ID'>8</Data>"
    "</EventData></Event>"
)
OUTCOMES |= {
    "system.elevated": b"",
    "make": b"",
    "download": b"",
    "defender.state": b"    TYPE               : 10  WIN32_OWN_PROCESS\r\n    STATE              : 4  RUNNING\r\n",
    "events": EVENT.format(1116).encode() + EVENT.format(1117).encode(),
    "update": b"ERROR: Signature Update failed with hr=80070652\r\n",
    "state.updates": b"\r\nHKEY_LOCAL_MACHINE\\K\r\n    EngineVersion    REG_SZ    1.1.1.1\r\n"
    b"    SignaturesLastUpdated    REG_BINARY    0080A2CE0E5DDC01\r\n",
    "state.features": b"\r\nHKEY_LOCAL_MACHINE\\K\r\n    TamperProtection    REG_DWORD    0x5\r\n",
    "state.own.Spynet": b"\r\nHKEY_LOCAL_MACHINE\\K\r\n    SpyNetReporting    REG_DWORD    0x2\r\n",
}
FIRST = "20261124T111400.123456Z"
REQUEST = allow_rule.RuleSpec("A rule", protocol="tcp", remote_ports=("443",))


def spynet_operation() -> Operation[Any]:
    return spynet.configure(
        ssl_options=2,
        certificate_pinning=None,
        revocation_check=None,
        reporting=2,
        submit_samples=None,
        absent=(),
        check_mode=True,
    )


def roots_operation() -> Operation[Any]:
    requested = {"disable_root_auto_update": False, "enable_disallowed_cert_auto_update": True}
    return root_lists.configure(requested=requested, absent=(), stale_after=7, now=0.0, check_mode=True)


def evidence_operation() -> Operation[Any]:
    places = publisher_evidence.places(publisher_evidence.FRAMEWORKS, publisher_evidence.FOLDERS)
    return publisher_evidence.configure(enabled=False, wanted=places, identity=RunIdentity("x", 0.0), check_mode=True)


def export_operation() -> Operation[Any]:
    """Asks no host: what the module returns, in the shape of the others."""
    yield from ()
    rows = catalogue.own().rows
    return firewall_formats.result("/a", "squid", rows, firewall_formats.FORMATS["squid"](rows))


def sweep_operation() -> Operation[Any]:
    """Asks no host itself: what a wave returns of those that it asked."""
    yield from ()
    hosts = {"a": {"changed": False, "outcome": "healthy"}, "b": {"unreachable": True, "msg": "down"}}
    action = sweep.ActionModule.__new__(sweep.ActionModule)
    wave = {"action": "remediate", "reports_file": "/a", "min_repaired": 1, "first_wave": False}
    return {**action.summary(hosts, Task(wave, False, False)), **sweep_action.summarize(hosts, 0.5)}


def report_operation() -> Operation[Any]:
    """Asks no host either; the files as the base of such actions returns them."""
    yield from ()
    hosts = report_documents.merge([report_documents.parse(report_fleet.generated(20), "report")])
    wanted = WantedFile("/a", "", {"format": "html", "dest": "/a"}, "html")
    action = report.ActionModule.__new__(report.ActionModule)
    result: dict[str, Any] = action.result([wanted], [True], report_formats.result(report_documents.fleet(hosts)))
    return result


def repair_operation() -> Operation[Any]:
    """The repair of a simulated machine that needs a loosening, so that the report has all that it can have."""
    yield from ()
    options = {**SCENARIOS["crl_blocked"].variables, "remediate_detection_test": True}
    with tempfile.TemporaryDirectory() as folder:
        repaired = remediate(MortalHost(machine("crl_blocked")), Journal(Path(folder)), options)
    assert repaired["debt"]
    return with_report({"report": repaired, "needs_work": True}, check_mode=False, began=0.0)


def assessment_operation() -> Operation[Any]:
    """Of a simulated machine that is probed."""
    yield from ()
    how = Validation("current", 5, RunIdentity("x", 0.0))
    request = AssessmentRequest(how, candidate="proxy.corp.example:3128")
    return run_operation(MortalHost(machine("no_winhttp_proxy_72f8f")), assess(request))


def closing_operation() -> Operation[Any]:
    """Asks no host."""
    yield from ()
    return closing.summary(report_fleet.generated(20)["hosts"], (), ["Repair: 20 hosts"])


PROBED = rb"""
#probe 200 000 0.004000 0.021000 0.073000 0.112000 192.0.2.53 text/html
Subject:O=Microsoft Corporation, CN=a
Issuer:O=Microsoft Corporation, CN=b
-----BEGIN CERTIFICATE-----
AA==
-----END CERTIFICATE-----
"""
OUTCOMES |= {
    "probe.curl": b"curl 8.7.1 (Windows) libcurl/8.7.1 Schannel zlib/1.3 WinIDN\r\n",
    "probe.look": b"\r\nHKEY_LOCAL_MACHINE\\K\r\n    DisallowedCertLastSyncTime    REG_BINARY    00803ED5DEB19D01\r\n",
    "system.elevated": b"",
    **{str(number): PROBED for number in range(3)},
    **{
        str(number): b"#probe 200 000 0.004000 0.021000 0.000000 0.112000 192.0.2.53 application/pkix-crl\r\n"
        for number in (3, 4)
    },
    "begin": b"step:done\r\n",
    "verify": b"CertContext[0][0]: dwInfoStatus=102 dwErrorStatus=1000040\r\n"
    b"  Element.dwErrorStatus = CERT_TRUST_IS_OFFLINE_REVOCATION (0x1000000)\r\n",
}


PLACE = ctl_lists.Place(r"C:\ctl")
HASH = b"0123456789abcdef" * 4
ACCESS = b'C:\\ctl "D:PAI(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;AU)"\r\n'
OUTCOMES |= {
    "names": b"lists\r\n",
    "share.share": b"    ctl    REG_MULTI_SZ    Path=C:\\ctl\\lists\\0ShareName=ctl\r\n",
    "task.xml": daily_task.xml(daily_task.Daily("03:30", "a", "b"), "c").encode(),
    "task.result": b'"PC","\\\\x","N/A","Ready","Interactive/Background","N/A","0"\r\n',
    "ctl.curl": b"curl 8.7.1 (Windows)\r\n",
    **{f"{prefix}.{name}": HASH for prefix in ("lists", "incoming") for name in ctl_lists.FILES},
    **{f"{prefix}.certificates": b"%s.crt\r\n" % (b"0a" * 20) for prefix in ("lists", "incoming")},
}


OUTCOMES_OF: dict[str, dict[str, bytes]] = {"ctl_folder": {"root": ACCESS, "lists": ACCESS}}
"""Of one operation alone, where another asks something else by the same name."""


def ctl_sync_operation() -> Operation[Any]:
    return ctl_sync.sync(
        PLACE, keep=1, remove_dropped=False, timeout=5, identity=RunIdentity("x", 0.0), check_mode=True
    )


def ctl_source_operation() -> Operation[Any]:
    """Asks no host as SYSTEM: what the module returns of a file that was read."""
    yield from ()
    request = client_check.CheckRequest(RunIdentity("x", 0.0), r"file://\\srv\ctl", {"authrootstl.cab": HASH.decode()})
    read = client_check.FileRead("authrootstl.cab", True, HASH.decode(), "", "", 200, "0x80070005")
    return client_check.result(request, request.url, "option", client_check.Route("", "none"), [read], True, "")


UNDO = journal_record.Undo(
    operation_places.RegistryValue(spynet.POLICY, "SSLOptions"),
    {"value": {"type": "REG_DWORD", "data": 3}, "missing": 0},
    {"value": {"type": "REG_DWORD", "data": 2}},
)
MACHINE = "5f2c9f3e-3b0a-4b7e-9f57-0a1b2c3d4e5f"
OUTCOMES["journal.machine"] = f"    MachineGuid    REG_SZ    {MACHINE}\r\n".encode()
RECORD = SEAL.signed(journal_record.Record(FIRST, "run", machine=MACHINE, module="spynet", undo=(UNDO,)))
OTHER = journal_record.Record(FIRST, "other", machine=MACHINE, module="spynet", undo=(UNDO,))
OUTCOMES["journal.own"] = "".join(
    f"    {name}    REG_SZ    {text}\r\n"
    for record in (RECORD, OTHER)
    for name, text in journal_copy.host_values(record).items()
).encode()


def rollback_operation() -> Operation[Any]:
    return rollback.rollback(
        rollback.RollbackRequest("last", "host", True, True, 0.0, SEAL, allow_unverified=True), None
    )


TRIED = b'{"depends": "0000000000000000", "since": "2026-11-24T11:14:03Z", "mac": ""}'


def memory_operation() -> Operation[Any]:
    """A host that owes, since its journal says that a change of ours took a check away."""
    tried = {"tried.firewall": "2." + base64.urlsafe_b64encode(TRIED).decode().rstrip("=")}
    values = {**journal_copy.host_values(RECORD), **tried}
    rows = "".join(f"    {name}    REG_SZ    {text}\r\n" for name, text in values.items()).encode()
    yield from ()
    operation = asks(
        remediation_history.remember(
            step="ssl_options",
            depends_on="0" * 16,
            present=True,
            now=1.8e9,
            check_mode=True,
            keys=remediation_history.Keys(lambda: SEAL, lambda: SEAL),
        )
    )
    ask = operation.send(None)
    stored = {
        "journal.own": rows,
        "journal.machine": OUTCOMES["journal.machine"],
        "spynet.policy": b"    SSLOptions    REG_DWORD    0x2\r\n",
    }
    outcomes = {name: Outcome(0 if name in stored else 1, stored.get(name, b"")) for name in ask.commands}
    try:
        operation.send(Answer(outcomes, False, 0))
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it asked twice")


OPERATIONS: dict[str, Callable[[], Operation[Any]]] = {
    "closing": closing_operation,
    "ctl_folder": lambda: ctl_folder.configure(ctl_folder.FolderSpec(PLACE, "ctl"), check_mode=True),
    "ctl_source_info": ctl_source_operation,
    "ctl_sync": ctl_sync_operation,
    "ctl_task": lambda: ctl_task.configure(
        ctl_task.TaskSpec(PLACE, RunIdentity("x", 0.0)), present=True, check_mode=True
    ),
    "remediation_history": memory_operation,
    "rollback": rollback_operation,
    "defender_info": lambda: defender_settings.read(1.8e9),
    "detection_test": lambda: detection_run.run(detection_run.DetectionRequest(RunIdentity("x", 0.0))),
    "signature_update": lambda: signatures.update(source="configured", check_mode=False, timeout=5, now=0.0),
    "endpoint_export": export_operation,
    "report": report_operation,
    "endpoint_info": lambda: probe.probe(probe.ProbeRequest(RunIdentity("x", 0.0))),
    "self_check": self_check.check,
    "host_info": host.read,
    "firewall_info": lambda: other_filters.read(firewall_verdict.Subject(r"C:\a.exe", "A", 443), 1000, True),
    "firewall_rule": lambda: allow_rule.configure(REQUEST, True, True),
    "winhttp_proxy": lambda: proxy_change.configure(
        proxy_change.ProxySettings("a.example:1", "a.example:1"), "winhttp", True
    ),
    "defender_proxy": lambda: own_proxy.configure({"server": "http://a.example:1"}, False, True),
    "capi2_log": lambda: capi2_log.configure(capi2_log.LogRequest(), True),
    "spynet": spynet_operation,
    "root_update": roots_operation,
    "sweep": sweep_operation,
    "publisher_evidence": evidence_operation,
    "maps_connection": repair_operation,
    "maps_connection_info": assessment_operation,
}


def result_of(name: str) -> dict[str, Any]:
    operation, outcomes = asks(OPERATIONS[name]()), {**OUTCOMES, **OUTCOMES_OF.get(name, {})}
    try:
        ask = next(operation)
        while True:
            answers = {one: Outcome(0 if one in outcomes else 1, outcomes.get(one, b"")) for one in ask.commands}
            ask = operation.send(Answer(answers, False, 0))
    except StopIteration as stop:
        result: dict[str, Any] = plain(stop.value)
        return result


def test_every_module_is_compared() -> None:
    assert sorted({*OPERATIONS, *BY_THEIR_EXAMPLES}) == NAMES


@pytest.mark.parametrize("name", OPERATIONS)
def test_return_is_documented(name: str) -> None:
    document = yaml.safe_load((MODULES / f"{name}.yml").read_text(encoding="utf-8"))["RETURN"]
    documented = {key: value for key, value in document.items() if key not in ADDED_BY_THE_BASE}
    result = result_of(name)
    result.pop("changed", None)
    assert differences(result, documented) == []


@pytest.mark.parametrize("name", sorted(set(OPERATIONS) - ON_THE_CONTROLLER - {"sweep"}))
def test_traffic_is_documented(name: str) -> None:
    document = yaml.safe_load((MODULES / f"{name}.yml").read_text(encoding="utf-8"))["RETURN"]
    returned = {**plain(Traffic(requests=1, bytes_sent=1, bytes_received=1)), "seconds": 0.1}
    assert differences({"traffic": returned}, {"traffic": document["traffic"]}) == []


@pytest.mark.parametrize("name", NAMES)
def test_samples_are_what_the_documentation_says(name: str) -> None:
    """A sample may show a part; the results of the examples are compared in whole."""
    document = yaml.safe_load((MODULES / f"{name}.yml").read_text(encoding="utf-8"))["RETURN"]
    samples = {key: value["sample"] for key, value in document.items() if "sample" in value}
    assert samples
    assert differences(samples, document, whole=False) == []


def test_what_is_returned_under_a_condition_may_be_left_out() -> None:
    inner = {"b": {"type": "str", "returned": "if there is one"}, "c": {"type": "str", "returned": "always"}}
    documented = {"a": {"type": "dict", "returned": "always", "contains": inner}}
    assert differences({"a": {}}, documented, conditional=False) == ["a.c is documented but not returned"]
    assert len(differences({"a": {}}, documented)) == 2


def test_a_difference_is_found() -> None:
    documented = {"a": {"type": "int"}, "b": {"type": "dict", "contains": {"c": {"type": "str"}}}, "e": {"type": "str"}}
    assert sorted(differences({"a": True, "b": {"c": "", "d": 1}, "f": 1}, documented)) == [
        "a is bool, documented int",
        "b.d is not documented",
        "e is documented but not returned",
        "f is not documented",
    ]
