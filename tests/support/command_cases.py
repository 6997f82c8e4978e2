"""Every module as operations whose answers lead it through all of its commands."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.windefend.maps.plugins.plugin_utils._domain import (
    host,
    publisher_evidence,
    root_lists,
    self_check,
    update_sources,
)
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
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall import (
    allow_rule,
    other_filters,
    verdict as firewall_verdict,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal import (
    copy as journal_copy,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity, temp_folder
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import Ask, Operation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.probes import capi2_log, probe
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import STORES, change as proxy_change
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation import history as remediation_history
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import daily_task, machine_config
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Outcome
from ansible_collections.windefend.maps.tests.support import journals
from ansible_collections.windefend.maps.tests.support.journal_cases import (
    EVERYTHING,
    EVIDENCE,
    LOOSENED,
    MACHINE,
    NOW,
    copies,
    journaled,
    taken_back,
)
from ansible_collections.windefend.maps.tests.support.operations import validation
from ansible_collections.windefend.maps.tests.support.remediation import SEAL

IDENTITY = RunIdentity(temp_folder.unique_name(NOW, "0123456789ab"), NOW)
LEFTOVER = temp_folder.unique_name(NOW - 100_000, "ba9876543210")

REQUEST = allow_rule.RuleSpec(
    "A rule", r"C:\a.exe", "WinDefend", "tcp", ("443",), ("192.0.2.1",), ("domain",), True, "A text"
)
RULE = b"    {1}    REG_SZ    v2.31|Action=Allow|Active=TRUE|Dir=Out|Name=A rule|\r\n"
BLOB = struct.pack("<IIII", 0x28, 1, 3, 12) + b"p.example:80" + struct.pack("<I", 0)
PROXY = (
    b"\r\nHKEY_LOCAL_MACHINE\\K\r\n    WinHttpSettings    REG_BINARY    " + BLOB.hex().upper().encode() + b"\r\n\r\n"
)
CALLER = (
    b"\r\nHKEY_CURRENT_USER\\K\r\n    ProxyEnable    REG_DWORD    0x1\r\n"
    b"    ProxyServer    REG_SZ    p.example:80\r\n\r\n"
)
SPYNET = b"\r\nHKEY_LOCAL_MACHINE\\K\r\n    SSLOptions    REG_DWORD    0x0\r\n\r\n"


@dataclass(frozen=True)
class Case:
    """An operation, what a host answers (else: exit code 1 and nothing), and commands it must have come to."""

    operation: Callable[[], Operation[Any]]
    reaches: tuple[str, ...]
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    default: Outcome = field(default_factory=lambda: Outcome(1))


def spynet_operation(**requested: Any) -> Operation[Any]:
    options: dict[str, Any] = dict.fromkeys(
        ("ssl_options", "certificate_pinning", "revocation_check", "reporting", "submit_samples")
    )
    return spynet.configure(**{**options, "absent": (), "check_mode": False, **requested})


def update_sources_operation() -> Operation[Any]:
    """What a repair asks of the internal sources of updates before and after it sets a proxy."""
    answer = yield Ask({**update_sources.UPDATE_SOURCES.commands, **STORES.commands}, reads=True)
    return (yield from update_sources.reach(answer[update_sources.UPDATE_SOURCES], answer[STORES]))


def validate(run_as: str) -> Operation[Any]:
    return validation(run_as=run_as, timeout=5, identity=IDENTITY)


def detect(form: str) -> Operation[Any]:
    return detection_run.run(detection_run.DetectionRequest(IDENTITY, form=form, timeout=1))


SERVICE = (
    b"\r\nHKEY_LOCAL_MACHINE\\K\r\n    Start    REG_DWORD    0x2\r\n"
    b'    ImagePath    REG_EXPAND_SZ    "C:\\P\\Platform\\4.18.1-0\\MsMpEng.exe"\r\n'
)
PROTECTED = {
    "defender.service": Outcome(0, SERVICE),
    "defender.state": Outcome(0, b"    TYPE : 10  WIN32_OWN_PROCESS\r\n    STATE : 4  RUNNING\r\n"),
    "system.elevated": Outcome(0),
    "folders": Outcome(0, LEFTOVER.encode()),
    "make": Outcome(0),
    "download": Outcome(0),
    "unpack": Outcome(0),
    "events": Outcome(0),
}


def roots(**requested: Any) -> Operation[Any]:
    options = {"requested": {}, "absent": (), "stale_after": 7, "now": NOW, "check_mode": False}
    return root_lists.configure(**{**options, **requested})


def evidence() -> Operation[Any]:
    places = publisher_evidence.places(("v4.0.30319",), (64,))
    return publisher_evidence.configure(enabled=False, wanted=places, identity=IDENTITY, check_mode=False)


CONFIG = b"<configuration>\r\n</configuration>"
CONFIG_HASHES = {
    "original": Outcome(0, hashlib.sha256(CONFIG).hexdigest().encode()),
    "backup": Outcome(0, hashlib.sha256(CONFIG).hexdigest().encode()),
    "new": Outcome(0, hashlib.sha256(machine_config.edited(CONFIG, False)).hexdigest().encode()),
    "busy": Outcome(1),
}

CURL = {
    "probe.curl": Outcome(0, b"curl 8.7.1 (Windows) libcurl/8.7.1 Schannel zlib/1.3 WinIDN\r\n"),
    "system.elevated": Outcome(0),
    **{
        str(number): Outcome(
            35,
            b"curl: (35) schannel: x (0x80092013) - y\r\n\r\n#probe 000 000 0.1 0.2 0.0 0.3 192.0.2.1 \r\n"
            b"Subject:CN=a\r\nIssuer:CN=b\r\n-----BEGIN CERTIFICATE-----\r\nAA==\r\n-----END CERTIFICATE-----\r\n",
        )
        for number in range(5)
    },
}


PLACE = ctl_lists.Place(r"C:\ctl")
FOLDER = ctl_folder.FolderSpec(PLACE, "ctl")
SHARE = (
    b"\r\nHKEY_LOCAL_MACHINE\\K\r\n    ctl    REG_MULTI_SZ    Path=C:\\ctl\\lists\\0ShareName=ctl\r\n\r\n"  # as stored
)
ELEVATED = {"system.elevated": Outcome(0)}
STARTED = {"begin": Outcome(0, b"step:done\r\n"), "exit": Outcome(0, b"0\r\n"), **ELEVATED}


def ctl_source_operation(url: str) -> Operation[Any]:
    return client_check.prove(client_check.CheckRequest(IDENTITY, url))


def ctl_sync_operation() -> Operation[Any]:
    return ctl_sync.sync(PLACE, keep=2, remove_dropped=False, timeout=5, identity=IDENTITY, check_mode=False)


def ctl_task_operation(present: bool) -> Operation[Any]:
    request = ctl_task.TaskSpec(PLACE, IDENTITY)
    return ctl_task.configure(request, present=present, check_mode=False)


CTL_TASK = daily_task.xml(daily_task.Daily("03:30", "a", "b"), "c").encode()


CASES: dict[str, Case] = {
    "ctl_folder": Case(
        lambda: ctl_folder.configure(FOLDER, check_mode=False),
        ("cacls", "mkdir", "icacls", "net share", "LanmanServer"),
        ELEVATED,
    ),
    "ctl_folder away": Case(
        lambda: ctl_folder.remove(FOLDER, remove_files=True, check_mode=False),
        ("/delete /y", "rd /s /q C:\\ctl\\lists", "rd C:\\ctl"),
        {
            **ELEVATED,
            "names": Outcome(0, b"lists\r\n"),
            "root": Outcome(0, b'C:\\ctl "D:PAI(A;OICI;FA;;;BA)"\r\n'),
            "share.share": Outcome(0, SHARE),
        },
    ),
    "ctl_sync": Case(
        ctl_sync_operation,
        ("certutil -syncWithWU", "fc /b", "ren ", "copy /y /b", "certutil -hashfile", "SyncFromDirUrl"),
        {**STARTED, "root": Outcome(0, b"lists\r\n")},
    ),
    "ctl_task": Case(
        lambda: ctl_task_operation(True),
        ("schtasks /create /tn windefend.maps.ctl_sync", "certutil -syncWithWU", "/v /fo csv"),
        {**ELEVATED, "folders": Outcome(0, LEFTOVER.encode())},
    ),
    "ctl_task away": Case(
        lambda: ctl_task_operation(False),
        ("schtasks /delete /tn windefend.maps.ctl_sync",),
        {**ELEVATED, "task.xml": Outcome(0, CTL_TASK)},
    ),
    "ctl_source_info share": Case(
        lambda: ctl_source_operation(r"file://\\srv\ctl"), (r"certutil -hashfile \\srv\ctl\authrootstl.cab",), STARTED
    ),
    "ctl_source_info web": Case(
        lambda: ctl_source_operation("http://srv.example/ctl"), ("curl.exe --silent", '/c:"MSCF"'), STARTED
    ),
    "journal": Case(
        lambda: journaled(spynet_operation(ssl_options=2), "spynet"),
        (f"reg add {journal_copy.KEY}", "MachineGuid", f"reg query {journal_copy.KEY}"),
        MACHINE,
    ),
    "journal of roots": Case(
        lambda: journaled(
            roots(requested={"root_dir_url": "http://a.example/b", "disable_root_auto_update": True}), "root_update"
        ),
        (f"reg add {journal_copy.KEY}",),
        MACHINE,
    ),
    "journal of the advanced store": Case(
        lambda: journaled(
            proxy_change.configure(proxy_change.ProxySettings("a.example:1", "a.example:1"), "advanced", False),
            "winhttp_proxy",
        ),
        ("SavedLegacySettings", f"reg add {journal_copy.KEY}"),
        {"proxy.advanced": Outcome(0, b"{}"), **MACHINE},
    ),
    "remediation_history": Case(
        lambda: remediation_history.remember(
            step="tighten",
            depends_on="0" * 16,
            present=True,
            now=NOW,
            check_mode=False,
            keys=remediation_history.Keys(lambda: SEAL, lambda: SEAL),
        ),
        (f"reg add {journal_copy.KEY} /v tried.tighten",),
    ),
    "rollback": Case(
        taken_back,
        ("set advproxy", "firewall add", "reg add"),
        {**copies(*EVERYTHING), "there": Outcome(0)},
    ),
    "rollback of a file": Case(
        taken_back,
        ("copy /y", "move /y", "del /f"),
        {
            **copies(EVIDENCE),
            **dict.fromkeys(("new", "after"), Outcome(0, b"0" * 64)),
            f"look {journals.EVIDENCE.backup}": Outcome(0),
        },
    ),
    "rollback, the end of it": Case(
        taken_back,
        (f"reg delete {journal_copy.KEY}",),
        copies(LOOSENED),
    ),
    "defender_info": Case(lambda: defender_settings.read(NOW), ("Policy Manager", "MpEngine")),
    "signature_update": Case(
        lambda: signatures.update(source="microsoft", check_mode=False, timeout=5, now=NOW),
        ("-SignatureUpdate -MMPC", "reg query"),
        {"defender.service": Outcome(0, SERVICE)},
    ),
    "detection_test": Case(
        lambda: detect("file"), ("curl.exe", "for /l", "wevtutil qe", f"Program Files\\{LEFTOVER}"), PROTECTED
    ),
    "detection_test zip": Case(lambda: detect("zip"), ("tar.exe", "--passphrase infected"), PROTECTED),
    "self_check": Case(self_check.check, ("sc query WinDefend", "find /c")),
    "host_info": Case(host.read, ("sc query WinDefend",)),
    "defender_proxy set": Case(
        lambda: own_proxy.configure(own_proxy.wanted_from("http://a.example:1", None, None), False, False),
        ("reg add", "Advanced Threat Protection"),
    ),
    "defender_proxy absent": Case(
        lambda: own_proxy.configure(own_proxy.wanted_from("", "", ()), False, False),
        ("reg delete",),
        {"defender.policy": Outcome(0, b"    ProxyServer    REG_SZ    http://a.example:1\r\n")},
    ),
    "capi2_log": Case(lambda: capi2_log.configure(capi2_log.LogRequest(True), False), ("wevtutil sl", "wevtutil qe")),
    "firewall_info": Case(
        lambda: other_filters.read(firewall_verdict.Subject(r"C:\Windows\System32\svchost.exe", "A", 80), 1000, True),
        ("findstr", "netsh wfp"),
    ),
    "firewall_rule add": Case(lambda: allow_rule.configure(REQUEST, True, False), ("firewall add rule",)),
    "firewall_rule delete": Case(
        lambda: allow_rule.configure(REQUEST, False, False),
        ("firewall delete rule",),
        {"rule.local": Outcome(0, RULE), "rule.whole": Outcome(0, b"4\r\n4\r\n")},
    ),
    "proxy set": Case(
        lambda: proxy_change.configure(
            proxy_change.ProxySettings("a.example:1", "b.example:2", ("c.example",)), "winhttp", False
        ),
        ("winhttp set proxy",),
    ),
    "proxy reset": Case(
        lambda: proxy_change.configure(proxy_change.ProxySettings(), "winhttp", False),
        ("winhttp reset proxy",),
        {"proxy.blob": Outcome(0, PROXY)},
    ),
    "proxy import": Case(
        lambda: proxy_change.configure(None, "winhttp", False),
        ("winhttp import proxy",),
        {"proxy.caller": Outcome(0, CALLER)},
    ),
    "proxy advanced": Case(
        lambda: proxy_change.configure(
            proxy_change.ProxySettings("a.example:1", "a.example:1", (), "http://b.example/c"), "advanced", False
        ),
        ("winhttp set advproxy",),
        {"proxy.advanced": Outcome(0, b"{}")},
    ),
    "spynet add": Case(
        lambda: spynet_operation(ssl_options=2, reporting=2, submit_samples=1), ("reg add", "SubmitSamplesConsent")
    ),
    "spynet delete": Case(
        lambda: spynet_operation(absent=("ssl_options",)), ("reg delete",), {"spynet.policy": Outcome(0, SPYNET)}
    ),
    "roots add": Case(
        lambda: roots(requested={"root_dir_url": "http://a.example/b", "disable_root_auto_update": True}),
        ("reg add", "RootDirUrl", "EncodedCtl"),
    ),
    "roots delete": Case(
        lambda: roots(absent=("enable_disallowed_cert_auto_update",)),
        ("reg delete",),
        {
            "root.enable_disallowed_cert_auto_update": Outcome(
                0, b"    EnableDisallowedCertAutoUpdate    REG_DWORD    0x1\r\n"
            )
        },
    ),
    "publisher evidence": Case(
        evidence,
        ("type ", "findstr", "set /p", "copy /y", "move /y", "certutil -hashfile", "del /f", LEFTOVER),
        {
            "v4.0.30319.64.names": Outcome(0, b"machine.config\r\n"),
            "v4.0.30319.64.left": Outcome(0, f"{LEFTOVER}.new\r\n".encode()),
            "v4.0.30319.64.file": Outcome(0, CONFIG),
            **CONFIG_HASHES,
        },
    ),
    "endpoint_info": Case(
        lambda: probe.probe(probe.ProbeRequest(IDENTITY)),
        ("curl.exe -q -sSI", "--ssl-no-revoke", "certutil -verify -urlfetch", "icacls", "--noproxy"),
        CURL,
    ),
    "update sources": Case(
        update_sources_operation,
        ("WindowsUpdate", "DeliveryOptimization", "http://wsus.example:8530/"),
        {
            "updates.policy": Outcome(0, b"    WUServer    REG_SZ    http://wsus.example:8530\r\n"),
            "updates.use": Outcome(0, b"    UseWUServer    REG_DWORD    0x1\r\n"),
        },
    ),
    "endpoint_info as SYSTEM": Case(
        lambda: probe.probe(probe.ProbeRequest(IDENTITY, run_as="system")),
        ("curl.exe -q -sSI", '/c:"0x80092013"', "--ssl-no-revoke", "for /l", "if exist"),
        {**CURL, **STARTED},
    ),
    "validate as the caller": Case(lambda: validate("current"), ("-ValidateMapsConnection",)),
    "validate as SYSTEM": Case(
        lambda: validate("system"),
        ("-ValidateMapsConnection", "icacls", "schtasks /create", f"/delete /tn {LEFTOVER}", "type ", "rd "),
        {"begin": Outcome(0, b"step:done\r\n"), "exit": Outcome(0, b"0\r\n"), "tasks": Outcome(0, LEFTOVER.encode())},
        Outcome(0),
    ),
}
