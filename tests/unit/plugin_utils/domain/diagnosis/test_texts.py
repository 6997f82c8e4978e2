"""The table of sentences: both languages say the same, all that rules say is in it, and two sentences explain."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis import explain as diagnosis_explain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.causes import (
    BY_MANAGEMENT,
    BY_OWNER,
    BY_POLICY,
    CAUSES,
    MODULES,
    solution,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language import (
    causes as language_causes,
    evidence as language_evidence,
    ownership as language_ownership,
    solutions as language_solutions,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language.message import LANGUAGES, Text
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language.questions import QUESTIONS

DOMAIN = Path(diagnosis_explain.__file__).parents[1]
TOLD: dict[str, Text] = {
    **language_evidence.EVIDENCE,
    **language_evidence.PHRASES,
    **language_ownership.OWNERSHIP,
    **QUESTIONS,
}
for _name, _cause in language_causes.CAUSES.items():
    TOLD |= {f"{_name}.title": _cause.title, f"{_name}.explanation": _cause.explanation}
for _name, _solution in language_solutions.SOLUTIONS.items():
    TOLD |= {f"{_name}.text": _solution.text, f"{_name}.cost": _solution.cost, f"{_name}.who": _solution.who}
SAME = {
    "winhttp_proxy_unusable",
    "endpoint_info",
    "maps",
    "crl",
    "subject",
    "store_mdm",
    "way_by_module",
    "maps_off",
    "other_antivirus",
    "not_elevated",
    "windows_too_old",
}
"""Names, and sentences of nothing but values and names."""


@pytest.mark.parametrize("name", TOLD)
def test_both_languages_have_it_with_the_same_values(name: str) -> None:
    english, japanese = TOLD[name]
    assert bool(english) == bool(japanese)
    assert sorted(re.findall(r"{(\w+)}", english)) == sorted(re.findall(r"{(\w+)}", japanese))
    assert english.isascii()
    if english and name not in SAME:
        assert re.search(r"[\u3041-\u30ff\u4e00-\u9fff]", japanese), japanese


def names_said() -> Iterator[str]:
    """Every name of a sentence that the rules, the plan and the report use."""
    place = {"Message": 0, "say": 0, "at": 1, "message_if": 1}
    for path in sorted(DOMAIN.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in place and len(node.args) > place[name]:
                argument = node.args[place[name]]
                for part in (argument.body, argument.orelse) if isinstance(argument, ast.IfExp) else (argument,):
                    if isinstance(part, ast.Constant):
                        yield part.value


def test_every_sentence_that_is_used_is_in_the_table() -> None:
    used = set(names_said()) - {"sentences"}
    assert len(used) > 60
    tables = (language_evidence.EVIDENCE, language_evidence.PHRASES, language_ownership.OWNERSHIP)
    assert used - set().union(*tables) == set()


def test_causes_and_solutions_have_words() -> None:
    assert set(CAUSES) | {"none"} == set(language_causes.CAUSES)
    ways = {way for cause in CAUSES.values() for way in cause.ways_out} | {
        *BY_POLICY.values(),
        *BY_OWNER.values(),
        *BY_MANAGEMENT.values(),
    }
    assert ways == set(language_solutions.SOLUTIONS)
    assert set(MODULES) <= ways
    for name, words in language_solutions.SOLUTIONS.items():
        assert bool(words.who.en) != (name in MODULES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cause", CAUSES)
def test_two_sentences_explain_a_cause(cause: str, language: str) -> None:
    """One says what is wrong, the next step what to do; a help desk reads no third."""
    stop = "。" if language == "ja" else "."
    explanation = CAUSES[cause].explanation(language)
    assert explanation.endswith(stop)
    assert explanation.count(stop) == 1
    assert len(explanation) < 240
    for way in CAUSES[cause].ways_out:
        assert not solution(way, language).text.endswith(stop)


def test_the_articles_words_stand_in_the_japanese_table() -> None:
    missing = CAUSES["winhttp_proxy_missing"]
    assert "システム全体の WinHttp プロキシが構成されていない" in missing.explanation("ja")
    assert "オペレーティング システムはプロキシを認識せず、CRL をフェッチでき" in missing.explanation("ja")
    proxy, roots, loosen = missing.solutions("ja")
    assert "CRL チェックを許可するシステム全体の WinHttp プロキシを構成します" in proxy.text
    assert "切断された環境の Microsoft 自動更新 URL をリダイレクト" in roots.text
    assert "SPYNET に対してのみ CRL チェックを無効にします" in loosen.text
    assert "ベスト プラクティスではありません" in loosen.text
