"""The tables of the page on error codes, from where the code itself has them.

Nothing is worded here but heads: meanings stand in `_windows/hresult`, causes and ways out in `_domain/texts`, which
code comes of which cause in `_domain/rules`, and refused shells in `_remote/faults`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...plugins.plugin_utils._domain.diagnosis import rules_state
from ...plugins.plugin_utils._domain.diagnosis.causes import CAUSES, Cause
from ...plugins.plugin_utils._domain.language import causes as language_causes
from ...plugins.plugin_utils._remote import faults
from ...plugins.plugin_utils._windows import hresult

REFUSALS = {
    "Access denied": faults.ACCESS_DENIED,
    "Remote shells are switched off": faults.SHELLS_SWITCHED_OFF,
    "Too many shells": faults.TOO_MANY_SHELLS,
}
"""Head -> code of the fault with which WinRM refuses a shell."""
MAPS_CODES = frozenset().union(*rules_state.GIVES.values())


def filled(page: str) -> str:
    """The page with each of its marks `<!-- generated: NAME -->` followed by that table. Raises KeyError."""
    for name, made in {"codes": codes, "causes": causes, "refusals": refusals, "others": others}.items():
        mark = f"<!-- generated: {name} -->"
        if page.count(mark) != 1:
            raise KeyError(f"the page has not one mark {mark}")
        page = page.replace(mark, mark + "\n\n" + "\n".join(made()))
    return page


def codes() -> Iterator[str]:
    """A section for each code that a validation gives, with its causes in the order in which the connection fails."""
    for code in sorted(MAPS_CODES):
        known = hresult.explain(code)
        yield f"### {hresult.format_code(code)}\n"
        name = f"`{known.name}`: " if known.name else ""
        yield f"{name}{known.text} ({known.source}).\n"
        yield "What gives it:\n"
        yield from (f"- {_link(cause)}" for cause in CAUSES.values() if code in rules_state.GIVES.get(cause.id, ()))
        yield ""


def causes() -> Iterator[str]:
    """A section for each cause: what it is, what helps in Microsoft's order, which codes it gives, what hides it."""
    for cause in CAUSES.values():
        yield f"({_anchor(cause)})=\n### {_capital(cause.title())}\n"
        yield f"`{cause.id}`, in Japanese {cause.title('ja')}. {cause.explanation()}\n"
        if not cause.applicable:
            yield "The host is told as `not_applicable`: there is nothing to reach.\n"
        for number, (way, name) in enumerate(zip(cause.solutions(), cause.ways_out, strict=True), 1):
            does = f"`{way.module}` does it" if way.module else f"ask {way.who}"
            yield f"{number}. {_capital(language_causes.SOLUTIONS[name].text.en)}: {does}. *{way.cost}*"
        yield ""
        if given := sorted(rules_state.GIVES.get(cause.id, ())):
            yield (
                "Codes: " + ", ".join(f"[{code}](#{code.lower()})" for code in map(hresult.format_code, given)) + ".\n"
            )
        if cause.hidden_by:
            yield (
                "Cannot be seen before these are cured: "
                + ", ".join(_link(CAUSES[one]) for one in cause.hidden_by)
                + ".\n"
            )


def refusals() -> Iterator[str]:
    """What it means that WinRM refuses a shell."""
    for head, code in REFUSALS.items():
        said = faults.explain_refusal(f"wsmanfault_code: {code}")
        yield f"- **{head}** (fault {code}): {said}."
    yield ""


def others() -> Iterator[str]:
    """The codes that no rule of the diagnosis gives to a cause, as a table."""
    yield "| code | name | meaning | source |\n|---|---|---|---|"
    for code, known in sorted(hresult.TABLE.items()):
        if code not in MAPS_CODES:
            named = f"`{known.name}`" if known.name else ""
            yield f"| {hresult.format_code(code)} | {named} | {known.text} | {known.source} |"
    yield ""


def _anchor(cause: Cause) -> str:
    return f"cause-{cause.id.replace('_', '-')}"


def _link(cause: Cause) -> str:
    return f"[{cause.title()}](#{_anchor(cause)})"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
