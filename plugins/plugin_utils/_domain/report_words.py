"""What people read in a report instead of our identifiers: names of outcomes and causes, and what an outcome means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

OUTCOMES: Mapping[str, tuple[str, str]] = {
    "healthy": ("healthy", "MAPS answered, and nothing was changed."),
    "repaired": ("repaired", "MAPS did not answer before and answers now."),
    "would_try": ("would try", "Check mode: there are steps to take, and only taking them can tell whether they help."),
    "not_repairable": ("needs somebody", "Nothing that may be done on the host helps; somebody else must act."),
    "failed": ("failed", "A step failed, or MAPS answered before and does not any more."),
    "not_applicable": ("does not apply", "There is nothing to reach: another antivirus, or MAPS is switched off."),
    "unreachable": ("not reached", "The host could not be reached, so nothing is known of it."),
}
"""Outcome -> its name and its meaning, in the order in which people want to see them."""

CAUSES: Mapping[str, str] = {
    "none": "MAPS answers",
    "winhttp_proxy_missing": "no system-wide WinHTTP proxy",
    "crl_unreachable": "revocation lists out of reach",
    "winhttp_proxy_dead": "the WinHTTP proxy does not answer",
    "defender_proxy_dead": "the proxy of Defender's policy does not answer",
    "proxy_authentication": "the proxy wants a password",
    "perimeter": "blocked on its way",
    "firewall_default_block": "Windows Firewall blocks by default",
    "firewall_block_rule": "a rule of Windows Firewall blocks",
    "tls_inspection": "TLS inspection",
    "root_missing": "the root certificate is missing",
    "trust_list_stale": "the list of untrusted certificates is not kept",
    "name_resolution": "names do not resolve",
    "clock_skew": "the clock is off",
    "service_stopped": "Defender's service does not run",
    "not_elevated": "the account is not elevated",
    "windows_too_old": "Windows is too old",
    "other_antivirus": "another antivirus works here",
    "maps_off": "MAPS is switched off",
    "unreachable": "the host was not reached",
    "unknown": "unknown",
}
"""Cause -> its name, where the data brings none."""

STEPS: Mapping[str, str] = {
    "winhttp_proxy": "set the WinHTTP proxy",
    "firewall": "allow Defender through the firewall",
    "root_update": "redirect the update of root certificates",
    "ssl_options": "loosen SSLOptions",
}
JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f]")


def outcome(name: str) -> str:
    """An outcome as people read it."""
    return OUTCOMES[name][0] if name in OUTCOMES else name.replace("_", " ")


def cause(host: Mapping[str, Any]) -> str:
    """A host's cause as people read it: in the words of the data, which may be Japanese, before ours."""
    before = host.get("before") or {}
    for found in (host.get("cause_title"), before.get("cause_title"), before.get("title")):
        if isinstance(found, str) and found:
            return found
    name = str(host.get("cause", "unknown"))
    return CAUSES.get(name, name.replace("_", " "))


def step(name: str) -> str:
    """A step as people read it."""
    return STEPS.get(name, name.replace("_", " "))


def state(validation: Mapping[str, Any]) -> str:
    """A validation in one word or code."""
    if validation.get("connected"):
        return "connected"
    if not validation or validation.get("connected") is None:
        return "not known"
    return str(validation.get("hresult") or "no answer")


def who(one: Mapping[str, Any]) -> str:
    """Who must act for a way out."""
    module = str(one.get("module") or "").rpartition(".")[2]
    return str(one.get("who") or "") or (f"you, with {module}" if module else "somebody")


def language(text: str) -> str:
    """`ja` for a text with Japanese letters, empty for others: without `lang`, kanji get Chinese shapes."""
    return "ja" if JAPANESE.search(text) else ""
