"""What is left to do is complete, has names that stay, and can be sent as it is."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language import solutions
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language.ownership import OWNERSHIP
from ansible_collections.windefend.maps.plugins.plugin_utils._report import closing_words, request_texts
from ansible_collections.windefend.maps.plugins.plugin_utils._report.documents import fleet, merge, parse
from ansible_collections.windefend.maps.plugins.plugin_utils._report.numbers import OPEN
from ansible_collections.windefend.maps.tests.support import report_fleet

RUN = {
    "name": "monday", "kind": "remediate", "version": "1.0.0", "undo": "", "stopped": "",
    "finished": "2026-10-05T09:59:00Z",
}  # fmt: skip


def of(hosts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    document = report_fleet.document({name: dict(one) for name, one in hosts.items()})
    return fleet(merge([parse({**document, "runs": [RUN]}, "it")]))


def made(outcome: str, cause: str = "tls_inspection", step: str = "", **more: Any) -> dict[str, Any]:
    code = "0x80072F0D"
    return {**report_fleet.host(outcome, cause, code, step, random.Random(1)), **more}  # noqa: S311


def way(name: str, language: str = "en") -> dict[str, str]:
    one = solutions.SOLUTIONS[name]
    return {"who": one.who.get(language), "text": one.text.get(language), "module": ""}


def with_caution(*names: str) -> dict[str, Any]:
    host = made("healthy")
    host["after"]["latent"] = [{"id": name, "text": f"the text of {name}"} for name in names]
    return host


def test_nobody_who_is_not_well_is_left_out() -> None:
    whole = of(report_fleet.generated(500)["hosts"])
    wanted = {
        name for name, host in whole["hosts"].items() if host["outcome"] in (*OPEN, "unreachable") or host.get("debt")
    }
    assert {name for one in request_texts.left_to_do(whole, "en") for name in one.hosts} == wanted


def test_relaxed_checks_and_cautions_are_requests_too() -> None:
    relaxed = {**with_caution("checks_loosened"), "debt": [{"what": "ssl_options", "value": 2, "lost": ["x"]}]}
    whole = of(
        {"a": with_caution("clock_drifting", "roots_frozen"), "b": with_caution("checks_loosened"), "c": relaxed}
    )
    assert {(one.id, one.hosts) for one in request_texts.left_to_do(whole, "en")} == {
        ("caution_clock_drifting", ("a",)),
        ("caution_roots_frozen", ("a",)),
        ("caution_checks_loosened", ("b",)),
        ("restore", ("c",)),
    }


def test_every_caution_of_a_diagnosis_has_somebody_who_must_act() -> None:
    names = {name.removeprefix("latent_") for name in OWNERSHIP if name.startswith("latent_")}
    assert names == set(closing_words.CAUTIONS)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_request_has_one_name_and_one_text_whatever_language_the_run_spoke(language: str) -> None:
    hosts = {name: made("not_repairable", next=[way("exempt_tls", name)]) for name in ("en", "ja")}
    (one,) = request_texts.left_to_do(of(hosts), language)
    assert (one.id, one.hosts) == ("exempt_tls", ("en", "ja"))
    assert (one.who, one.text) == tuple(way("exempt_tls", language).values())[:2]


def test_a_request_says_to_whom_what_why_for_which_hosts_and_the_evidence() -> None:
    hosts = {name: made("not_repairable", next=[way("exempt_tls")]) for name in ("pc-1", "pc-2")}
    whole = of(hosts)
    (one,) = request_texts.left_to_do(whole, "en")
    text = request_texts.text(one, whole, "en")
    for piece in (
        "To: the proxy team\n",
        "cannot reach its cloud service: 2 hosts\n",
        f"  {way('exempt_tls')['text']}\n",
        "presents a certificate that is not Microsoft's",
        "  - 0x80072F0D (2)\n",
        "Hosts (2):\n  pc-1\n  pc-2\n",
        "monday (windefend.maps 1.0.0)",
    ):
        assert piece in text


def test_there_is_a_text_and_a_table_for_each_team() -> None:
    whole = of(
        {"pc": made("not_repairable", next=[way("exempt_tls")]), "nb": made("unreachable"), "=1": made("unreachable")}
    )
    found = request_texts.files(whole, "en")
    assert sorted(found) == ["the-host-s-owner.csv", "the-host-s-owner.md", "the-proxy-team.csv", "the-proxy-team.md"]
    rows = list(csv.reader(io.StringIO(found["the-host-s-owner.csv"].removeprefix("\ufeff"))))
    assert rows[0] == ["host", "who", "what", "cause", "now"]
    assert {row[0] for row in rows[1:]} == {"nb", "'=1"}
    assert all(request_texts.is_ours(text.encode()) for text in found.values())
    assert all(request_texts.is_ours(request_texts.nothing_left(name, "ja").encode()) for name in found)
    assert not request_texts.is_ours(b"# My own notes\n")


def test_what_a_host_says_is_no_markup_in_a_request() -> None:
    """Each line of a host stands in a code block, and no file leaves the folder."""
    for name, text in request_texts.files(of(report_fleet.hostile()["hosts"]), "en").items():
        assert "/" not in name
        assert not name.startswith(".")
        if name.endswith(".md"):
            body = text.split("\n", 2)[2]
            assert all(not line or line.startswith("    ") for line in body.split("\n"))
        assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text


def test_a_long_reason_is_cut_between_words() -> None:
    words = "the collection waited for an answer of the host which did not come although it was asked for again"
    (request,) = request_texts.left_to_do(of({"a": made("unreachable", "unreachable", reason=f"{words}. More.")}), "en")
    said = request.text.rpartition(": ")[2]
    assert said.endswith("\N{HORIZONTAL ELLIPSIS}")
    assert words.startswith(f"{said[:-1]} ")
