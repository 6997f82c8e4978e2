"""The catalogue of what reads a host's bytes: each reader with texts of its own that are made to be costly.

A reader takes a text and reads it as the plugins do. Its own texts are many entries, which all differ where that
matters, and entries that are cut or run on without end.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from ansible_collections.windefend.maps.plugins.filter import (
    explain_hresult,
    parse_firewall_rule,
    parse_validation,
    parse_winhttp_settings,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import publisher_evidence, root_lists
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.as_system import task as as_system_task
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.ctl import (
    client_check,
    folder as ctl_folder,
    lists as ctl_lists,
    sync as ctl_sync,
    task as ctl_task,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import (
    mpcmdrun as defender_mpcmdrun,
    spynet,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.detection import run as detection_run
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall import allow_rule
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal import (
    allowed as journal_allowed,
    copy as journal_copy,
    record as journal_record,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language import display
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import (
    places as operation_places,
    protocol as operation_protocol,
    temp_folder,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import bypass as proxy_bypass
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation import history as remediation_history
from ansible_collections.windefend.maps.plugins.plugin_utils._remote import (
    fast_transport,
    faults,
    hints,
    soap,
    winrm,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import (
    certutil,
    credentials,
    curl,
    curl_probe,
    daily_task,
    environment,
    files,
    filetime,
    hresult,
    machine_config,
    markup,
    mpcmdrun,
    netsh,
    proxy_text,
    registry,
    services,
    text,
    winhttp_settings,
)
from ansible_collections.windefend.maps.tests.support.operations import conclude
from winrm.exceptions import WinRMTransportError

from .parser_probes import PROBE_PARSERS
from .parser_reads import (
    Everything,
    Read,
    after,
    of_answer,
    of_answers,
    of_bytes,
    of_defender,
    of_descriptor,
    of_events,
    of_head,
    of_headers,
    of_host,
    of_lines,
    of_mpcmdrun,
    of_other_filters,
    of_page,
    of_place,
    of_rules,
    of_sddl,
    of_sealing,
    of_sources,
    of_split,
    of_update,
    of_updates,
    of_verdict,
    refused,
    undo,
)
from .parser_records import RECORD_PARSERS
from .parser_texts import (
    CERTIFICATES,
    CONFIG,
    EVENTS,
    JSON,
    LISTS,
    MARKERS,
    NAMES,
    OF_SC,
    OWN,
    RULES,
    SAID,
    VALUES,
    WIRE,
    XML,
    Make,
    many,
)

PARSERS: Mapping[str, tuple[Read, tuple[Make, ...]]] = {
    **PROBE_PARSERS,
    **RECORD_PARSERS,
    "certutil.parse_verify": (
        of_bytes(certutil.parse_verify),
        (many("dwErrorStatus = CERT_TRUST_A"), many("0x8009{} ")),
    ),
    "certutil.failure": (of_bytes(lambda data: certutil.failure(1, data)), (many("0x80090000 "),)),
    "batch.Batch.split": (of_split, MARKERS),
    "curl.schannel_code": (of_bytes(curl.schannel_code), (many("(0x"), many("(0x80090322)"))),
    "curl_probe.parse": (of_bytes(lambda data: curl_probe.parse(data, 0).leaf), CERTIFICATES),
    "curl_probe.parse_version": (of_bytes(curl_probe.parse_version), (many("1", "curl "), many("a", "curl 7.1.1"))),
    "ctl_folder._read": (
        lambda given: ctl_folder._read(
            Everything(given), ctl_folder.FolderSpec(ctl_lists.Place("C:\\ctl"), share="ctl$")
        ),
        (*LISTS, *VALUES),
    ),
    "ctl_lists.lists_in": (lambda given: ctl_lists.lists_in("C:\\a", "lists").parse(Everything(given)).missing, NAMES),
    "ctl_source._judged_download": (
        lambda given: client_check._judged_download("a", Everything(given)),
        (many("error: "),),
    ),
    "ctl_source, failed": (lambda given: client_check._judged_download("a", Everything(given, 22)), (many("error: "),)),
    "answers.judged": (of_answers, (*VALUES, many("?\n"), many("?1\n"), many("STATE : 4\n"))),
    "ctl_sync._stored_source": (lambda given: ctl_sync._stored_source(Everything(given).given), VALUES),
    "ctl_sync._demand_arrived": (
        lambda given: refused(
            lambda: ctl_sync._demand_arrived(
                after(1)(given), *[ctl_lists.lists_in("C:\\a", "a").parse(Everything(""))] * 3
            )
        ),
        NAMES,
    ),
    "ctl_task._read": (lambda given: ctl_task._read(Everything(given)), XML),
    "daily_task.parse": (of_bytes(daily_task.parse), XML),
    "daily_task.parse_result": (
        of_bytes(daily_task.parse_result),
        (many('"a",'), many('"'), many("a,{}"), many(",1\n")),
    ),
    "defender_state.interpret": (of_defender, VALUES),
    "descriptors.parse_shown": (of_sddl, LISTS),
    "descriptors.parse_binary": (of_descriptor, (many("\0\0\x14\0\0\0\0\0\1\1\0\0\0\0\0\1{}__"),)),
    "detection._read": (lambda given: detection_run._read(Everything(given)), NAMES),
    "detection._read, failed": (lambda given: refused(lambda: detection_run._read(Everything(given, 35))), NAMES),
    "environment.expand": (environment.expand, (many("%systemroot%"), many("%a"))),
    "eventlog.parse": (of_events, EVENTS),
    "faults.explain_refusal": (
        lambda given: (faults.explain_refusal(given), hints.connection_hint(given)),
        (
            many("accept any remote "),
            many("WSManFault "),
            many("WSManFault Code="),
            many("wsmanfault_code: "),
            many("0x8007000"),
            many(" (HTTP 403 "),
            many("Client "),
            many("Server "),
            many("cache file "),
        ),
    ),
    "files.parse_hash": (of_bytes(files.parse_hash), (many("a "), many("aa"))),
    "filetime.decode": (of_bytes(filetime.decode), ()),
    "firewall.read": (of_rules, VALUES),
    "firewall_rule.read": (lambda given: allow_rule._read_all(of_answer(given), "a"), VALUES),
    "firewall_verdict.verdict": (of_verdict, RULES),
    "filter.explain_hresult": (explain_hresult.explain_hresult, (many("1"),)),
    "filter.parse_firewall_rule": (parse_firewall_rule.parse_firewall_rule, RULES),
    "filter.parse_validation": (parse_validation.parse_validation, SAID),
    "filter.parse_winhttp_settings": (parse_winhttp_settings.parse_winhttp_settings, (many("00"), many("00,"))),
    "hresult.explain": (hresult.explain, (many("1"), many("0"))),
    "host.interpret": (of_host, VALUES),
    "history.parse_tried": (
        lambda given: remediation_history.parse_remembered(
            journal_copy.parse_own(Everything(given).given).values, "a", None
        ),
        OWN,
    ),
    "http_answer.read": (
        of_head,
        (
            many(" ", "HTTP/1.1 200 OK\r\nA:"),
            many("A:b\r\n", "HTTP/1.1 200 OK\r\n"),
            many("HTTP/1.1 100 Continue\r\n\r\n"),
        ),
    ),
    "journal_copy.parse_own": (lambda given: journal_copy.parse_own(Everything(given).given), OWN),
    "journal_record.parse_file": (of_bytes(journal_record.parse_file), (many("{}\n"), many("["))),
    "journal_copy.read_machine": (lambda given: journal_copy.read_machine(Everything(given).given), VALUES),
    "journal_state, registry": (of_place(operation_places.RegistryValue(spynet.POLICY, "a")), VALUES),
    "journal_state, log": (of_place(operation_places.EventLog("a")), VALUES),
    "journal_state, advanced": (of_place(operation_places.AdvancedSettings()), JSON),
    "journal_state, rules": (of_place(operation_places.OurRules("a")), VALUES),
    "journal_state, file": (of_place(operation_places.File("C:\\a\\b", "", "")), NAMES),
    "other_filters": (
        of_other_filters,
        (*VALUES, many("</classifyDrop>"), many("<header>"), many("<header></classifyDrop><filterId>1</filterId> ")),
    ),
    "machine_config.edited": (of_bytes(lambda data: machine_config.edited(data, False)), CONFIG),
    "markup.tree": (markup.tree, XML),
    "mpcmdrun.parse_validation": (of_bytes(lambda data: mpcmdrun.parse_validation.__wrapped__(data, 0)), SAID),
    "mpcmdrun.parse_update": (of_mpcmdrun, SAID),
    "signature_sources": (of_sources, (*VALUES, many("a|"), many("{"))),
    "mpcmdrun.binary_beside": (
        mpcmdrun.binary_beside,
        (many(".exe"), many('"'), many("a.exe "), many("%systemroot%", "", ".exe")),
    ),
    "mpcmdrun.platform_version": (mpcmdrun.platform_version, (many("\\Platform\\1"),)),
    "mpcmdrun.newest": (lambda given: mpcmdrun.newest(given.splitlines()), (*NAMES, many("1", "1."), many("1."))),
    "names": (
        lambda given: (
            conclude(temp_folder.left_behind([after(0)(given)], 1e12)),
            temp_folder._names([after(0)(given)]),
        ),
        NAMES,
    ),
    "ctl_source, first": (lambda given: client_check._first(Everything(given)), VALUES),
    "history, first": (lambda given: remediation_history._remembered(Everything(given)), OWN),
    "names become lines": (of_lines, (many("a{}\n"),)),
    "netsh.parse_advproxy": (of_bytes(netsh.parse_advproxy), JSON),
    "operation.was_found": (lambda given: refused(lambda: operation_protocol.was_found(after(9009)(given))), ()),
    "proxy_text.parse": (
        lambda given: (
            *(str(found := proxy_text.parse(given)), found.addresses, found.ports),
            *(proxy_text.endpoint(given), proxy_text.defect(given)),
        ),
        (
            *(many("a:b;"), many("a b@c;"), many(";"), many("x=a@b "), many("http=a{};"), many("a{}=b;"), many("a://")),
            *(many("a", "", "://"), many("=;"), many("a", "", "="), many("a:"), many("1", "a:"), many("//")),
        ),
    ),
    "proxy_text.parse_bypass": (proxy_text.parse_bypass, (many("a{};"),)),
    "publisher_evidence.files_in": (
        lambda given: [
            file.by_clock(1e12)
            for file in publisher_evidence.files_in(publisher_evidence.places(["v4.0.30319"], [64]), "C:\\Windows")
            .parse(Everything(given))[0]
            .values()
        ],
        CONFIG,
    ),
    "publisher_evidence._root": (lambda given: publisher_evidence._root(after(0)(given)), VALUES),
    "registry.parse": (of_bytes(registry.parse), VALUES),
    "registry.keys_below": (of_bytes(lambda data: registry.keys_below(registry.parse(data), "HKLM\\SOFTWARE")), VALUES),
    "root_update.read": (lambda given: root_lists.ROOT_UPDATE.parse(Everything(given)), VALUES),
    "said as SYSTEM": (
        lambda given: refused(lambda: as_system_task._check_started(after(0)(given))),
        (many("step:a"), many("step:")),
    ),
    "sealing": (
        of_sealing,
        (
            many("--Encrypted Boundary\r\n"),
            many(";", "--Encrypted Boundary\r\n"),
            many("; Length=1\r\n", "--Encrypted Boundary\r\n"),
        ),
    ),
    "bounded._headers": (of_headers, (many("Negotiate a,"), many(","), many(" "), many("=", "Kerberos "))),
    "credentials.masked": (
        credentials.masked,
        (
            *(many("http://a:b@"), many("a:b@c:1;"), many("://a:"), many("http=a:1;", "x:"), many("@"), many("a@b:1@")),
            *(many("41"), many("4a 3a "), many("QWxhZGRpbjpvcGVu", "Basic "), many("token=a&", "?"), many("%2F%2F")),
            *(many("Authorization: "), many("Cookie:\t"), many(f"{b'http://u:p@h:1'.hex()} ")),
        ),
    ),
    "credentials.last_words": (credentials.last_words, (many("a:b@c "),)),
    "shown": (lambda given: (display.shown(given), display.shown_all({given: [given]}, lines=True)), (many("\u202e"),)),
    "soap.envelope": (of_bytes(soap.envelope), WIRE),
    "soap.error": (of_bytes(soap.error), WIRE),
    "soap.shell_id": (of_bytes(soap.shell_id), WIRE),
    "soap.command_id": (of_bytes(soap.command_id), WIRE),
    "lean.challenges": (lambda given: list(fast_transport.challenges([given])), (many("a b,"), many(" "), many(","))),
    "journal_record.unpacked": (of_bytes(lambda data: journal_record.unpacked(zlib.compress(data), 1000)), ()),
    "journal_allowed, rules": (
        undo(
            operation_places.OurRules("a"),
            "firewall_rule",
            lambda given: {"rules": given.split("\0"), "others": 0},
            lambda _given: {"rules": []},
        ),
        RULES,
    ),
    "journal_allowed, registry": (
        undo(
            journal_allowed.SSL,
            "spynet",
            lambda given: {"value": {"type": "REG_MULTI_SZ", "data": given.split("\0")}, "missing": 0},
            lambda _given: {"value": None},
        ),
        (many("a\0"), many("%"), many('"')),
    ),
    "journal_allowed, file": (
        lambda given: journal_allowed.check(
            "publisher_evidence", operation_places.File(given, given, given), {"sha256": given}, {"sha256": "0" * 64}
        ),
        (many("\\a", "C:"), many("a", "C:\\"), many("\\", "C:")),
    ),
    "services.parse_state": (of_bytes(services.parse_state), OF_SC),
    "signatures": (lambda given: refused(lambda: conclude(of_update(after(2)(given)))), SAID),
    "spynet.read": (lambda given: spynet.SPYNET.parse(Everything(given)), VALUES),
    "text": (of_bytes(lambda data: text.plain(text.decode(data))), (many("\u00e9"), many("a\0"))),
    "text.from_json": (text.from_json, JSON),
    "update_sources": (of_updates, VALUES),
    "validation": (lambda given: defender_mpcmdrun.not_started(after(1)(given)), (*SAID, many(r"C:\\a"))),
    "validation, which tells more": (
        lambda given: defender_mpcmdrun.more_telling(after(9009)(given), after(1)(given)),
        SAID,
    ),
    "who answered": (of_page, (many("<title>"), many("<a "), many("Negotiate,"), many("a"))),
    "soap.fault": (
        lambda given: soap.fault(WinRMTransportError("http", 500, given)),
        (many("<a>"), many("a"), many("&")),
    ),
    "proxy.bypassed": (
        lambda given: proxy_bypass.bypassed("a" * 253, given.split(";")),
        (many("*a"), many("a*;"), many("*"), many(":1")),
    ),
    "winhttp_settings.from_hex": (winhttp_settings.from_hex, (many("00"), many("1800000000000000030000000000"))),
    "winrm.read_answer": (of_bytes(winrm.read_answer), WIRE),
    "winrm._first": (
        lambda given: winrm._first([("stdout", one.encode()) for one in given.split("<")], len(given) // 2),
        WIRE,
    ),
}
