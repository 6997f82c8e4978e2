"""Reports of fleets that do not exist: as large as wanted, the same each time, and hostile ones."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language import solutions
from ansible_collections.windefend.maps.plugins.plugin_utils._report.documents import Document, fleet, merge, parse

SITES = ("Berlin", "Hamburg", "Kyoto", "Leeds", "Lyon", "Osaka", "Porto", "Tokyo", "Turin", "Vienna")
PROXY = "proxy.corp.example:3128"
ASK = {
    "tls_inspection": "exempt_tls",
    "firewall_block_rule": "remove_block",
    "clock_skew": "set_clock",
    "service_stopped": "restore_service",
    "windows_too_old": "upgrade",
    "perimeter": "allow_maps",
}
"""Cause -> the solution that is left."""
KINDS = (
    # share, outcome, cause, code, step
    (560, "healthy", "none", "", ""),
    (270, "repaired", "winhttp_proxy_missing", "0x80072F8F", "winhttp_proxy"),
    (30, "repaired", "winhttp_proxy_dead", "0x80072EFD", "winhttp_proxy"),
    (25, "repaired", "firewall_default_block", "0x80072EFD", "firewall"),
    (18, "repaired", "crl_unreachable", "0x80072F8F", "ssl_options"),
    (20, "not_repairable", "tls_inspection", "0x80072F0D", ""),
    (12, "not_repairable", "perimeter", "0x80072EE2", ""),
    (9, "not_repairable", "firewall_block_rule", "0x80508015", ""),
    (8, "not_repairable", "clock_skew", "0x80072F8F", ""),
    (6, "not_repairable", "service_stopped", "0x800106BA", ""),
    (5, "not_repairable", "windows_too_old", "0x80070667", ""),
    (1, "failed", "winhttp_proxy_missing", "0x80072F8F", "winhttp_proxy"),
    (14, "not_applicable", "other_antivirus", "0x80070422", ""),
    (22, "unreachable", "unreachable", "", ""),
)


def document(hosts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A report of hosts, without numbers: what a run writes."""
    made = fleet(Document(hosts))
    del made["numbers"]
    return made


def read(document: dict[str, Any]) -> dict[str, Any]:
    """A report as the module has it when it writes the formats."""
    return fleet(merge([parse(document, "it")]))


def generated(count: int, seed: int = 1) -> dict[str, Any]:
    """A report of `count` hosts at ten sites; the same numbers give the same report."""
    chance = random.Random(seed)  # noqa: S311 - made-up hosts
    kinds = chance.choices(KINDS, weights=[kind[0] for kind in KINDS], k=count)
    hosts = {}
    for number, (_share, outcome, cause, code, step) in enumerate(kinds, 1):
        site = chance.choice(SITES)
        name = f"{chance.choice(('PC', 'NB', 'SRV'))}-{site[:3].upper()}-{number:05d}.corp.example"
        hosts[name] = {**host(outcome, cause, code, step, chance), "site": site}
    return document(hosts)


def host(outcome: str, cause: str, code: str, step: str, chance: random.Random) -> dict[str, Any]:
    """One host's part of a report, in the shape that `host` of docs/report.schema.json describes."""
    minute = chance.randrange(60)
    times = {"started": f"2026-10-05T09:{minute:02d}:10Z", "finished": f"2026-10-05T09:{minute:02d}:41Z"}
    if outcome == "unreachable":
        reason = "cannot connect: connection refused. Check that the host is up and that WinRM listens on ansible_port"
        return {**_empty(outcome, cause, reason), **times}
    build = chance.choice((17763, 19045, 20348, 22631, 26100))
    fixed = outcome in ("healthy", "repaired")
    before = _validation(
        outcome == "healthy", code, cause, _state(build, cause == "winhttp_proxy_dead" or outcome == "healthy")
    )
    after = _validation(fixed, code, cause, _state(build, step == "winhttp_proxy" or outcome == "healthy"))
    left = solutions.SOLUTIONS[ASK[cause]] if cause in ASK else None
    debt = {
        "what": "ssl_options",
        "value": 2,
        "before": None,
        "lost": ["revocation_check"],
        "since": "2026-08-21T08:00:00Z",
        "age_days": chance.randrange(1, 60) + 0.25,
        "run": "20260821T080000Z-00000001",
    }
    return {
        "outcome": outcome,
        "cause": cause,
        "reason": f"Fixed by: {step}. MAPS is reachable." if step and fixed else str(after["diagnosis"]),
        "before": before,
        "steps": [_step(step, fixed, code)] if step else [],
        "after": after,
        "changes": int(bool(step)),
        "check_mode": False,
        "next": [{"who": left.who.en, "text": left.text.en, "module": ""}] if left and not fixed else [],
        **({"debt": [debt]} if step == "ssl_options" else {}),
        **times,
        "time": round(chance.uniform(0.2, 2.0), 2),
        "requests": 24 if step else 8,
        "bytes": chance.randrange(38000, 112000),
    }


def _empty(outcome: str, cause: str, reason: str) -> dict[str, Any]:
    return {
        "outcome": outcome, "cause": cause, "reason": reason, "before": {}, "steps": [], "after": {}, "changes": 0,
        "check_mode": False, "time": 0.0, "requests": 0, "bytes": 0,
    }  # fmt: skip


def _state(build: int, proxy: bool) -> dict[str, Any]:
    name = PROXY if proxy else ""
    winhttp = {
        "direct": not proxy,
        "present": proxy,
        "http": name,
        "https": name,
        "bypass_list": ["<local>"] if proxy else [],
    }
    return {
        "winhttp": winhttp, "advanced": None, "ssl_options": None, "firewall": "allowed", "service_running": True,
        "platform_version": "4.18.25050.5-0", "build": build, "signatures_age_hours": build % 200 + 1.5,
    }  # fmt: skip


def _validation(connected: bool, code: str, cause: str, state: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "connected": connected,
        "hresult": "" if connected else code,
        "httpcore": None if connected else 451,
        "cause": "none" if connected else cause,
        "confidence": "certain" if connected else "likely",
        "alternatives": ["tls_inspection"] if cause == "winhttp_proxy_missing" and not connected else [],
        "evidence": [] if connected else [f"MpCmdRun returned {code}"],
        "run_as": "current",
        "diagnosis": "MAPS is reachable. No action is needed."
        if connected
        else f"MAPS does not answer ({cause}). Evidence: {code}.",
        "state": state,
        "routes": _routes(state["winhttp"]["http"]),
    }


def _routes(winhttp: str) -> list[dict[str, Any]]:
    """As host_info returns them, for a host whose Defender has a proxy of its own."""
    own = {"store": "policy", "proxy": f"http://{PROXY}", "state": "in_force", "detail": ""}
    others = [{"store": "winhttp", "proxy": winhttp, "state": "in_force", "detail": ""}] if winhttp else []
    none = "no store names a proxy for it, so the connection is direct"
    there = {
        "store": "winhttp" if winhttp else "none", "proxy": winhttp, "certain": True, "candidates": others,
        "reason": "the WinHTTP proxy is set, and nothing that goes before it is" if winhttp else none,
    }  # fmt: skip
    maps = {
        "route": "maps", "store": "policy", "proxy": PROXY, "certain": True, "candidates": [own, *others],
        "reason": "Defender's own proxy (policy key) is set, and nothing that goes before it is",
    }  # fmt: skip
    sensor = {
        "route": "sensor", "store": "telemetry", "proxy": "10.0.0.6:8080", "certain": False, "candidates": others,
        "reason": "TelemetryProxyServer is set, but no source says whether the sensor tries it first",
    }  # fmt: skip
    return [maps, {"route": "revocation_lists", **there}, {"route": "windows_update", **there}, sensor]


def _step(step: str, helped: bool, code: str) -> dict[str, Any]:
    before, after = (
        ({"ssl_options": None}, {"ssl_options": 2}) if step == "ssl_options" else (_state(0, False), _state(0, True))
    )
    module = {"ssl_options": "spynet", "firewall": "firewall_rule"}.get(step, step)
    return {
        "id": step,
        "module": f"windefend.maps.{module}",
        "reason": "this is the solution that Microsoft prefers",
        "conditional": False,
        "changed": True,
        "taken_back": False,
        "helped": helped,
        "before": before,
        "after": after,
        "hresult_after": "" if helped else code,
        "diagnosis_after": "",
        "time": 0.4,
    }


def diagnosed() -> dict[str, Any]:
    """A report with a diagnosis that knows what speaks for and against each cause, and what it does not know."""
    one = host("not_repairable", "perimeter", "0x80072EE2", "", random.Random(4))  # noqa: S311
    finding = {"id": "perimeter", "title": "blocked on its way", "confidence": "likely", "sources": ["the article"]}
    one["before"] |= {
        "title": "TLS inspection",
        "cause": "tls_inspection",
        "summary": "The summary.",
        "causes": [{**finding, "evidence_for": ["it times out"], "evidence_against": ["one name answers"]}],
        "undecided": [
            {
                "causes": ["perimeter", "new_one"],
                "titles": ["blocked on its way", "a new one"],
                "probe": "another probe",
            }
        ],
        "unseen": [
            {"id": "root_missing", "title": "the root certificate is missing", "behind": [], "probe": "root_update"}
        ],
        "cautions": ["Tamper protection is on."],
    }
    return document({"pc": one})


MARKUP = "</script><img src=x onerror=window.hurt=1>"
HOSTILE_NAMES = (
    MARKUP,
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "\N{RIGHT-TO-LEFT OVERRIDE}exe.txt\N{POP DIRECTIONAL FORMATTING}",
    "<!--",
    "=cmd|' /C calc'!A0",
    "a/b?c#d%e&f",
    "\u2028line\u2029",
    "null\x00byte",
    "端末-01",
    "javascript:alert(1)",
    "{{ 7*7 }}",
    "]]>",
    "half \ud800 pair",
    "x" * 300,
)
"""Names that want to be markup, programs, prototypes, formulas or other names."""
LONG = "0123456789" * 500


def hostile() -> dict[str, Any]:
    """A report in which every text of a host is hostile: each name also as cause, site, reason, evidence and state."""
    chance = random.Random(2)  # noqa: S311
    hosts: dict[str, Any] = {}
    for text in HOSTILE_NAMES:
        one = host("not_repairable", "tls_inspection", "0x80072F0D", "winhttp_proxy", chance)
        one["cause"] = one["before"]["cause"] = text
        one["site"] = text
        one["reason"] = f"{text} {LONG}"
        one["before"]["diagnosis"] = f"{LONG}{text}"
        one["before"]["hresult"] = text
        one["before"]["evidence"] = [text, {text: text}, {"for": [text], "against": [text]}]
        one["before"]["state"]["winhttp"][text] = text
        one["steps"][0] |= {"id": text, "module": text, "reason": text, "before": {text: text}, "after": {text: [text]}}
        one["next"] = [{"who": text, "text": text, "module": text}]
        one["before"] |= {
            "causes": [{"id": text, "title": text, "confidence": text, "evidence_for": [text], "sources": [text]}],
            "undecided": [{"causes": [text], "titles": [text], "probe": text}, text],
            "unseen": [{"id": text, "title": text, "probe": text}, text],
            "cautions": [text],
            "routes": [
                {
                    "route": text,
                    "store": text,
                    "proxy": text,
                    "certain": text,
                    "reason": f"{LONG}{text}",
                    "candidates": [{"store": text, "proxy": text, "state": text, "detail": text}, text],
                },
                text,
            ],
            "summary": f"{LONG}{text}",
        }
        one["debt"] = [{"what": text, "lost": [text], "value": text, "since": text}, {text: text}]
        one["detection"] = {text: [text, {"__proto__": text}]}
        one["finished"] = text
        hosts[text] = one
    return document(hosts)


JAPANESE_CAUSE = "システム全体の WinHttp プロキシが構成されていない"


def japanese() -> dict[str, Any]:
    """A report with texts in Japanese."""
    one = host("not_repairable", "winhttp_proxy_missing", "0x80072F8F", "", random.Random(3))  # noqa: S311
    one["before"]["title"] = JAPANESE_CAUSE
    one["before"]["diagnosis"] = "システム全体の WinHttp プロキシが構成されていないため、CRL をフェッチできません。"
    one["next"] = [{"who": "プロキシの担当者", "text": "システム全体の WinHttp プロキシを構成する", "module": ""}]
    return document({"端末-01": one})
