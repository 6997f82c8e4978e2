"""Records as each changing module writes them, for tests of what reads them."""

from __future__ import annotations

import hashlib
from typing import Any

from ansible_collections.windefend.maps.plugins.plugin_utils._domain import root_lists
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import own_proxy, spynet
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall import allow_rule
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.record import Record, Undo
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.places import (
    EventLog,
    File,
    OurRules,
    RegistryValue,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import change as proxy_change
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import eventlog

MACHINE = "5f2c9f3e-3b0a-4b7e-9f57-0a1b2c3d4e5f"
CONFIG = b"<configuration/>\r\n"
FOLDER = r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\CONFIG"
EVIDENCE = File(
    rf"{FOLDER}\machine.config",
    rf"{FOLDER}\windefend-maps-6b49d200-0a1b2c.new",
    rf"{FOLDER}\machine.config.20261124-111400-0a1b2c.bak",
)
RULE = allow_rule.RuleSpec("規則", service="WinDefend", protocol="tcp", remote_ports=("443",))


def dword(number: int | None) -> dict[str, Any]:
    return {"value": None if number is None else {"type": "REG_DWORD", "data": number}}


def record(module: str, *undo: Undo, at: str = "20261124T111400.123456Z", **fields: Any) -> Record:
    given = {"run": "run-1", "host": "東京 pc", "address": "192.0.2.7", "machine": MACHINE, **fields}
    return Record(at=at, module=module, undo=undo, **given)


def sha256(content: bytes) -> dict[str, str]:
    return {"sha256": hashlib.sha256(content).hexdigest()}


def advanced() -> list[Undo]:
    settings = {"proxy": "a:1", "bypass": "<local>", "autoconfig_url": "", "auto_detect": False}
    made = {"http": "p:1", "https": "p:1", "bypass": [], "autoconfig_url": "", "auto_detect": True}
    first, *others = proxy_change.PLACES["advanced"]
    texts = {"value": {"type": "REG_SZ", "data": "a:1"}, "missing": 0}
    blob = {"value": {"type": "REG_BINARY", "data": {"hex": "46000000"}}, "missing": 0}
    follows = {"follows": "advanced_settings"}
    return [
        Undo(first, {"settings": settings, "enabled": True}, made),
        *(Undo(place, texts, follows) for place in others if "Connections" not in place.label),
        *(Undo(place, blob, follows) for place in others if "Connections" in place.label),
    ]


WINHTTP = {"winhttp": {"http": "p:1", "https": "p:1", "bypass": ["<local>"]}}
BLOB = {"value": {"type": "REG_BINARY", "data": {"hex": "28000000"}}, "missing": 0}
RECORDS: dict[str, Record] = {
    "spynet": record(
        "spynet",
        Undo(
            RegistryValue(spynet.POLICY, "SSLOptions"),
            {"value": {"type": "REG_MULTI_SZ", "data": ["一", "b"]}, "missing": 0},
            dword(2),
        ),
        Undo(RegistryValue(spynet.POLICY, "SpynetReporting"), {"value": None, "missing": 2}, dword(2)),
    ),
    "winhttp": record("winhttp_proxy", *(Undo(place, BLOB, WINHTTP) for place in proxy_change.PLACES["winhttp"])),
    "advanced": record("winhttp_proxy", *advanced()),
    "defender_proxy": record(
        "defender_proxy",
        *(
            Undo(place, {"value": None, "missing": 0}, {"value": {"type": "REG_SZ", "data": text}})
            for place, text in zip(
                own_proxy.PLACES.values(), ("http://a.example:1", "http://a.example/p.pac", "a.example;b"), strict=True
            )
        ),
    ),
    "root_update": record(
        "root_update",
        *(
            Undo(
                RegistryValue(key, name),
                {"value": None, "missing": 0},
                {"value": {"type": type_, "data": "http://a.example/b" if type_ == "REG_SZ" else 1}},
            )
            for key, name, type_ in root_lists.VALUES.values()
        ),
    ),
    "firewall_rule": record(
        "firewall_rule",
        Undo(
            OurRules("規則"),
            {
                "rules": ["v2.31|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|RPort=80|Svc=WinDefend|Name=規則|"],
                "others": 0,
            },
            {"rules": [allow_rule.spec_as_dict(RULE)]},
        ),
    ),
    "capi2_log": record("capi2_log", Undo(EventLog(eventlog.CAPI2), {"enabled": False}, {"enabled": True})),
    "publisher_evidence": record("publisher_evidence", Undo(EVIDENCE, sha256(CONFIG), sha256(b"other"), CONFIG)),
    "rollback": record(
        "rollback",
        Undo(RegistryValue(spynet.POLICY, "SSLOptions"), {**dword(3), "missing": 0}, dword(0)),
        kind="loosened",
    ),
    "undone": record("", kind="undone", since="20261124T111400.123455Z"),
}
"""What is written down -> a record of it."""
