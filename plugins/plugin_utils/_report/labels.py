"""What people read in a report instead of our identifiers: names of outcomes and causes, and what an outcome means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._domain.language import DEFAULT_LANGUAGE, causes as language_causes
from . import closing_words

OF_ROLLBACKS = ("restored", "restorable", "unknown_run", "unchanged")
"""Outcomes that no report has."""
OUTCOMES: Mapping[str, tuple[str, str]] = {
    name: (label.get(DEFAULT_LANGUAGE), meaning.get(DEFAULT_LANGUAGE))
    for name, (label, meaning) in closing_words.OUTCOMES.items()
    if name not in OF_ROLLBACKS
}
"""Outcome -> its name and its meaning, in the order in which people want to see them."""

CAUSES: Mapping[str, str] = {
    **{name: text.title.get(DEFAULT_LANGUAGE) for name, text in language_causes.CAUSES.items()},
    "unreachable": "the host was not reached",
}
"""Cause -> its name, where the data brings none."""

STEPS: Mapping[str, str] = {
    "winhttp_proxy": "set the WinHTTP proxy",
    "defender_proxy": "set Defender's own proxy",
    "firewall": "allow Defender through the firewall",
    "root_update": "redirect the automatic root update",
    "ssl_options": "relax SSLOptions",
    "maps_on": "turn cloud protection on",
    "tighten": "restore SSLOptions",
}
JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f]")


def outcome(name: str) -> str:
    """An outcome as people read it."""
    return OUTCOMES[name][0] if name in OUTCOMES else name.replace("_", " ")


def cause(host: Mapping[str, Any]) -> str:
    """A host's cause as people read it: in the words of the data, which may be Japanese, before ours."""
    name = str(host.get("cause", "unknown"))
    before = host.get("before") or {}
    found = [host.get("cause_title")]
    # The diagnosis names the first cause, and the plan may have gone for another one.
    for one in (before, *(before.get("causes") or ())):
        if isinstance(one, Mapping) and name in (one.get("id"), one.get("cause")):
            found.append(one.get("title"))
    for title in found:
        if isinstance(title, str) and title:
            return title
    return CAUSES.get(name, name.replace("_", " "))


def step(name: str) -> str:
    """A step as people read it."""
    return STEPS.get(name, name.replace("_", " "))


def state(validation: Mapping[str, Any]) -> str:
    """A validation in one word or code."""
    if validation.get("connected"):
        return "connected"
    if not validation or validation.get("connected") is None:
        return "unknown"
    return str(validation.get("hresult") or "no answer")


def who(one: Mapping[str, Any]) -> str:
    """Who must act for a way out."""
    module = str(one.get("module") or "").rpartition(".")[2]
    return str(one.get("who") or "") or (f"you, with {module}" if module else "not specified")


def language(text: str) -> str:
    """`ja` for a text with Japanese letters, empty for others: without `lang`, kanji get Chinese shapes."""
    return "ja" if JAPANESE.search(text) else ""
