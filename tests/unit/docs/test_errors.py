"""The page on error codes has every code, every cause and every remedy that the collection knows."""

from __future__ import annotations

import re

import pytest
from ansible_collections.windefend.maps.docs.site import errors
from ansible_collections.windefend.maps.docs.site.pages import ROOT
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis import rules_state
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.causes import CAUSES
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language import (
    solutions as language_solutions,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import hresult

SOURCE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
CAUSE_OF = {errors.anchor(cause.title()): name for name, cause in CAUSES.items()}


def section(head: str) -> str:
    """The text below a head of the third level."""
    return re.split(r"^(?:###? |<!-- end)", SOURCE.partition(f"### {head}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def test_every_code_is_there_once() -> None:
    shown = re.findall(r"^(?:### |\| )(0x[0-9A-F]{8})\b", SOURCE, re.MULTILINE)
    assert sorted(shown) == sorted({hresult.format_code(code) for code in {*hresult.TABLE, *errors.MAPS_CODES}})


@pytest.mark.parametrize("code", sorted(errors.MAPS_CODES), ids=hresult.format_code)
def test_a_code_has_its_causes_and_no_other(code: int) -> None:
    linked = {CAUSE_OF[name] for name in re.findall(r"\(#([\w-]+)\)", section(hresult.format_code(code)))}
    assert linked == {cause for cause, codes in rules_state.GIVES.items() if code in codes}


def test_0x80072f8f_leads_to_the_missing_proxy() -> None:
    assert "[no system-wide WinHTTP proxy](#no-system-wide-winhttp-proxy)" in section("0x80072F8F")


@pytest.mark.parametrize("name", CAUSES)
def test_a_cause_has_all_its_remedies(name: str) -> None:
    cause = CAUSES[name]
    shown = section(cause.title()[:1].upper() + cause.title()[1:])
    assert cause.explanation() in shown
    for number, way in enumerate(cause.ways_out, 1):
        text = language_solutions.SOLUTIONS[way].text.en
        assert f"{number}. {text[:1].upper()}{text[1:]}: " in shown


def test_a_heading_is_linked_once() -> None:
    headings = re.findall(r"^#+ (.+)$", SOURCE, re.MULTILINE)
    assert len({errors.anchor(heading) for heading in headings}) == len(headings)
