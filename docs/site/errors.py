"""The generated parts of docs/errors.md, from the tables that the code itself uses.

Only headings are worded here. The meaning of a code, the causes with their remedies, which cause gives which code, and
the refused shells come from the modules imported below.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ...plugins.plugin_utils._domain.diagnosis import rules_state
from ...plugins.plugin_utils._domain.diagnosis.causes import CAUSES, Cause
from ...plugins.plugin_utils._domain.language import solutions as language_solutions
from ...plugins.plugin_utils._remote import faults, hints
from ...plugins.plugin_utils._windows import hresult

MAPS_CODES = frozenset().union(*rules_state.GIVES.values())


def codes() -> Iterator[str]:
    """A section for each code that a validation gives, with its causes in the order in which the connection fails."""
    for code in sorted(MAPS_CODES):
        known = hresult.explain(code)
        yield f"### {hresult.format_code(code)}\n"
        name = f"`{known.name}`: " if known.name else ""
        yield f"{name}{known.text} ({known.source}).\n"
        yield "Possible causes:\n"
        yield from (f"- {_link(cause)}" for cause in CAUSES.values() if code in rules_state.GIVES.get(cause.id, ()))
        yield ""


def causes() -> Iterator[str]:
    """A section for each cause: what it is, its remedies in Microsoft's order, which codes it gives, what hides it."""
    for cause in CAUSES.values():
        yield f"### {_capital(cause.title())}\n"
        yield f"`{cause.id}`, in Japanese {cause.title('ja')}. {cause.explanation()}\n"
        if not cause.applicable:
            yield "The outcome is `not_applicable`: cloud protection is not in use on this host.\n"
        for number, (way, name) in enumerate(zip(cause.solutions(), cause.ways_out, strict=True), 1):
            does = f"`{way.module}` does it" if way.module else f"ask {way.who}"
            yield f"{number}. {_capital(language_solutions.SOLUTIONS[name].text.en)}: {does}. *{way.cost}*"
        yield ""
        if given := sorted(rules_state.GIVES.get(cause.id, ())):
            yield (
                "Codes: " + ", ".join(f"[{code}](#{code.lower()})" for code in map(hresult.format_code, given)) + ".\n"
            )
        if cause.hidden_by:
            yield (
                "Cannot be detected until these are fixed: "
                + ", ".join(_link(CAUSES[one]) for one in cause.hidden_by)
                + ".\n"
            )


def refusals() -> Iterator[str]:
    """The faults with which WinRM refuses a shell or a command, as a table."""
    yield "| fault | name | meaning | what to do |\n|---|---|---|---|"
    for code, known in faults.FAULTS.items():
        number = f"{code}, {hresult.format_code(code if code >> 16 else 0x80070000 | code)}"
        yield f"| {number} | `{known.name}` | {_cell(known.means)} | {_cell(known.do)} |"
    yield ""


def connections() -> Iterator[str]:
    """What else keeps a connection from coming about, as a table in the order in which a message is looked up."""
    yield "| condition | meaning | what to do |\n|---|---|---|"
    for hint in hints.HINTS:
        yield f"| {_cell(hint.name)} | {_cell(hint.means)} | {_cell(hint.do)} |"
    yield ""


def _cell(text: str) -> str:
    return _capital(text).replace("|", "\\|").replace("<", "&lt;")


def others() -> Iterator[str]:
    """The codes that no rule of the diagnosis gives to a cause, as a table."""
    yield "| code | name | meaning | source |\n|---|---|---|---|"
    for code, known in sorted(hresult.TABLE.items()):
        if code not in MAPS_CODES:
            named = f"`{known.name}`" if known.name else ""
            yield f"| {hresult.format_code(code)} | {named} | {known.text} | {known.source} |"
    yield ""


def anchor(heading: str) -> str:
    """The name of a heading in a link, as GitHub and the site make it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _link(cause: Cause) -> str:
    return f"[{cause.title()}](#{anchor(cause.title())})"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "codes": codes,
    "causes": causes,
    "refusals": refusals,
    "connections": connections,
    "others": others,
}
