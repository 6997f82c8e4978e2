"""What people read in a report instead of our identifiers, in the language of the report."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .._domain.language import causes as language_causes
from . import closing_words
from .page_words import Words

OF_ROLLBACKS = ("restored", "restorable", "unknown_run", "unchanged")
"""Outcomes that no report has."""
OUTCOMES = {name: texts for name, texts in closing_words.OUTCOMES.items() if name not in OF_ROLLBACKS}
"""Outcome -> its name and its meaning, in the order in which people want to see them."""
CAUSES = language_causes.CAUSES
STEPS = {name: text for name, text in closing_words.STEPS.items() if name != "rollback"}
WITHOUT_CAUSE = ("unreachable", "unknown", "")
"""What stands for a cause where none is known."""
JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f]")
ARTICLE = "https://learn.microsoft.com/defender-endpoint/configure-network-connections-microsoft-defender-antivirus"
"""Microsoft's article on the connection, whose causes and solutions these are."""


def outcome(name: str, language: str) -> str:
    """An outcome as people read it."""
    return closing_words.outcome(name, language)


def cause(host: Mapping[str, Any], language: str) -> str:
    """A host's cause as people read it: in our words, and where we have none, in those of the data."""
    name = str(host.get("cause", "unknown"))
    if name in CAUSES:
        return CAUSES[name].title.get(language)
    if name == "unreachable":
        return outcome(name, language)
    if name in WITHOUT_CAUSE:
        return Words("list", language)("state_unknown") if name else ""
    before = host.get("before") or {}
    found = [host.get("cause_title")]
    # The diagnosis names the first cause, and the plan may have gone for another one.
    for one in (before, *(before.get("causes") or ())):
        if isinstance(one, Mapping) and name in (one.get("id"), one.get("cause")):
            found.append(one.get("title"))
    return next((title for title in found if isinstance(title, str) and title), name.replace("_", " "))


def causes(hosts: Iterable[Mapping[str, Any]], language: str) -> dict[str, str]:
    """Each cause of hosts as people read it."""
    return {host["cause"]: cause(host, language) for host in hosts}


def states(language: str) -> dict[str, str]:
    """Each of `numbers.STATES` as people read it."""
    say = Words("overview", language)
    return {
        "connected": say("reachable"),
        "not_connected": say("not_reachable"),
        "not_applicable": Words("tables", language)("not_applicable"),
        "not_known": say("unknown"),
    }


def explanation(name: str, language: str) -> str:
    """A cause in a sentence; empty where we do not know it."""
    return CAUSES[name].explanation.get(language) if name in CAUSES else ""


def documentation(name: str, address: str) -> str:
    """Where a cause is described: on the page about errors at `address`, else in Microsoft's article; or nowhere."""
    if name not in CAUSES:
        return ""
    if not address:
        return ARTICLE
    title = re.sub(r"[^\w\- ]", "", CAUSES[name].title.en.lower()).replace(" ", "-")
    return f"{address}#{title}"


def step(name: str, language: str) -> str:
    """A step as people read it."""
    return closing_words.step(name, language)


def state(validation: Mapping[str, Any], language: str) -> str:
    """A validation in one word or code."""
    say = Words("list", language)
    if validation.get("connected"):
        return say("state_connected")
    if not validation or validation.get("connected") is None:
        return say("state_unknown")
    return str(validation.get("hresult") or say("state_no_answer"))


def who(one: Mapping[str, Any], language: str) -> str:
    """Who must act for a way out."""
    say = Words("host", language)
    module = str(one.get("module") or "").rpartition(".")[2]
    return str(one.get("who") or "") or (say("you_with", module=module) if module else say("not_specified"))


def language_of(text: str) -> str:
    """`ja` for a text with Japanese letters, `en` for others."""
    return "ja" if JAPANESE.search(text) else "en"


def reason(host: Mapping[str, Any], language: str) -> str:
    """Why a host ended so: as the run said it, if it spoke the language of the report; else what the cause means.

    What the run said in another language is the proof, and stays on the host's page.
    """
    said = str(host.get("reason") or "")
    if language_of(said) == language or not said:
        return said
    meaning = closing_words.OUTCOMES.get(str(host.get("outcome")))
    return explanation(str(host.get("cause")), language) or (meaning[1].get(language) if meaning else said)
