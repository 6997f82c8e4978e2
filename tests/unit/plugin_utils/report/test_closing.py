"""The block that ends a playbook: short and narrow whatever the fleet, and nothing that is left gets lost."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language import solutions
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language.display import shown
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language.message import Text
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.outcome import (
    OUTCOMES,
    unreachable_report,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._report import closing_words
from ansible_collections.windefend.maps.plugins.plugin_utils._report.closing import closing_block
from ansible_collections.windefend.maps.plugins.plugin_utils._report.numbers import OPEN
from ansible_collections.windefend.maps.tests.support import report_fleet
from hypothesis import HealthCheck, given, settings, strategies as st
from wcwidth import wcswidth

TEAMS = ("the proxy team", "the network team", "the security team", "the host's owner", "プロキシの担当者")
NAMES = st.text(max_size=60) | st.sampled_from(["pc", "端末-01", "\x1b[2J\x1b[31m", "\u202eexe.cod", "a\nb", "é" * 90])
HEADS = {"en": ("Hosts by outcome", "Causes"), "ja": ("結果別のデバイス数", "原因")}


def block(reports: Any, **options: Any) -> list[str]:
    return closing_block(options.pop("kind", "remediate"), reports, **{"changed": False, **options})


def outcome_rows(lines: list[str], language: str = "en") -> list[int]:
    """The numbers of hosts by outcome."""
    lines = [line for line in lines if line]
    begin = lines.index(HEADS[language][0]) + 1
    numbers = []
    for line in lines[begin:]:
        found = re.match(r"  +([\d,]+)  ", line)
        if not found:
            break
        numbers.append(int(found[1].replace(",", "")))
    return numbers


@st.composite
def reports(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(NAMES, max_size=30, unique=True))
    return {
        name: {
            "outcome": draw(st.sampled_from([*OUTCOMES, *closing_words.OUTCOMES]) | st.text(max_size=30)),
            "cause": draw(st.sampled_from(["winhttp_proxy_missing", "perimeter", "none"]) | st.text(max_size=30)),
            "reason": draw(st.text(max_size=300)),
            "next": draw(
                st.lists(
                    st.fixed_dictionaries(
                        {
                            "who": st.sampled_from(["", *TEAMS]),
                            "text": st.text(max_size=200),
                            "module": st.sampled_from(["", "windefend.maps.winhttp_proxy"]),
                        }
                    ),
                    max_size=2,
                )
            ),
            "steps": draw(
                st.lists(
                    st.fixed_dictionaries(
                        {
                            "id": st.sampled_from(["winhttp_proxy", "firewall"]) | st.text(max_size=20),
                            "changed": st.booleans(),
                            "taken_back": st.booleans(),
                            "reason": st.text(max_size=100),
                            "before": st.none() | st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=2),
                        }
                    ),
                    max_size=3,
                )
            ),
            "debt": draw(st.sampled_from([None, [], [{"what": "ssl_options"}]])),
            "check_mode": draw(st.booleans()),
        }
        for name in names
    }


def in_language(who: str, language: str) -> str:
    """A team as the block calls it: one that we know in the language of the block."""
    every = [one.who for one in solutions.SOLUTIONS.values()]
    return next((one.get(language) for one in every if who and who in one), who)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    reports(),
    st.sampled_from(sorted(closing_words.KINDS)),
    st.sampled_from(["en", "ja"]),
    st.integers(60, 160),
    st.text(max_size=600),
    st.text(max_size=900),
)
def test_whatever_the_hosts_say_it_is_short_narrow_and_safe(
    hosts: dict[str, Any], kind: str, language: str, width: int, path: str, command: str
) -> None:
    options = {"report_path": path, "undo_command": command, "inspect_command": command, "run": path}
    lines = block(hosts, kind=kind, language=language, width=width, **{**options, "changed": True})
    assert len(lines) <= 40
    for line in [*lines, *block(hosts, kind=kind, language=language, width=width, verbosity=2, diffs=True, **options)]:
        assert wcswidth(line) <= width
        assert shown(line) == line
    if hosts:
        assert sum(outcome_rows(lines, language)) == len(hosts)
    wanted = {
        in_language(way["who"], language)
        for one in hosts.values()
        for way in one["next"][:1]
        if one["outcome"] in (*OPEN,)
    }
    planned = {
        in_language(way["who"], language)
        for one in hosts.values()
        for way in one["next"][:1]
        if one["outcome"] == "planned"
    }
    assert [who for who in wanted - planned if who and who not in "\n".join(lines)] == []


@pytest.mark.parametrize("count", [0, 1, 200, 10_000])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_fleet_of_any_size_takes_forty_lines(count: int, language: str) -> None:
    hosts = report_fleet.generated(count)["hosts"]
    lines = block(hosts, language=language, report_path="/srv/r.json", undo_command="a b", inspect_command="c d")
    assert len(lines) <= 40
    assert max(map(wcswidth, lines)) <= 160
    assert sum(outcome_rows(lines, language)) == count if count else True
    teams = {
        in_language(one["next"][0]["who"], language)
        for one in hosts.values()
        if one["outcome"] in OPEN and one.get("next")
    }
    assert [team for team in teams if team not in "\n".join(lines)] == []


def test_hostile_reports_are_shown_safely() -> None:
    lines = block(report_fleet.hostile()["hosts"], verbosity=2)
    assert [line for line in lines if shown(line) != line or wcswidth(line) > 160] == []


def test_the_whole_block_of_a_small_fleet() -> None:
    chance = random.Random(1)  # noqa: S311 - made-up hosts
    made = {
        "np": report_fleet.host("repaired", "winhttp_proxy_missing", "0x80072F8F", "winhttp_proxy", chance),
        "tls": report_fleet.host("not_repairable", "tls_inspection", "0x80072F0D", "", chance),
        "ok": report_fleet.host("healthy", "none", "", "", chance),
        "off": unreachable_report("off: connection refused"),
        "loose": report_fleet.host("repaired", "crl_unreachable", "0x80072F8F", "ssl_options", chance),
    }
    lines = block(made, run="monday", changed=True, undo_command="ansible-playbook x -e 'a b'", report_path="/r.json")
    assert lines == [
        "Repair monday: 5 hosts",
        "",
        "Hosts by outcome",
        "  1  healthy                 MAPS is reachable; nothing was changed.",
        "  2  repaired                MAPS was not reachable before the run and is now.",
        "  1  manual action required  This cannot be fixed on the host; another team has to act.",
        "  1  not reached             The host could not be reached, so there is no data about it.",
        "",
        "Causes",
        "  1  revocation lists unreachable (1 repaired), for example loose",
        "  1  TLS inspection, for example tls",
        "  1  no system-wide WinHTTP proxy (1 repaired), for example np",
        "",
        "Who must do what",
        "  the host's owner: let Ansible connect to the host and run again: connection refused (1 host: off)",
        "  the proxy team: exempt *.wdcp.microsoft.com, *.wd.microsoft.com and *.endpoint.security.microsoft.com "
        "from TLS inspection (1 host: tls)",
        "  the security team: checks are relaxed (SSLOptions): remove the cause, then run windefend.maps.remediate, "
        "which restores them (1 host: loose)",
        "",
        "Changed",
        "  1  relax SSLOptions: loose",
        "  1  set the WinHTTP proxy: np",
        "",
        "Report: /r.json",
        "Undo this run:",
        "  ansible-playbook x -e 'a b'",
    ]


def test_nothing_changed_has_no_undo_and_says_so() -> None:
    chance = random.Random(1)  # noqa: S311 - made-up hosts
    lines = block({"ok": report_fleet.host("healthy", "none", "", "", chance)}, undo_command="ansible-playbook x")
    assert "Changed: nothing" in lines
    assert "ansible-playbook x" not in "\n".join(lines)


def test_check_mode_says_would() -> None:
    one = {"outcome": "planned", "cause": "perimeter", "check_mode": True, "next": [{"who": "a", "text": "b"}]}
    one["steps"] = [{"id": "winhttp_proxy", "changed": True}]
    lines = block({"pc": one})
    assert "Would change" in lines
    assert lines[0].endswith("check mode, nothing was changed")
    assert "  you: run this again without --check to repair (1 host: pc)" in lines
    assessed = block({"pc": one}, kind="assess")
    assert assessed[0] == "Assessment: 1 host"
    assert "  you: repair with windefend.maps.remediate (1 host: pc)" in assessed


def test_a_request_for_the_user_names_the_module() -> None:
    way = {"who": "", "text": "configure the proxy", "module": "windefend.maps.winhttp_proxy"}
    lines = block({"pc": {"outcome": "not_repairable", "cause": "winhttp_proxy_missing", "next": [way]}})
    assert "  you: configure the proxy (windefend.maps.winhttp_proxy) (1 host: pc)" in lines


@pytest.mark.parametrize("outcome", ["not_repairable", "open", "failed", "unreachable", "unknown_run", "planned"])
@pytest.mark.parametrize("kind", sorted(closing_words.KINDS))
def test_no_host_is_a_dead_end(kind: str, outcome: str) -> None:
    lines = block({"left-alone": {"outcome": outcome, "cause": "unknown", "reason": "why"}}, kind=kind)
    begin = lines.index("Who must do what")
    assert "left-alone" in lines[begin + 1]


def test_more_is_shown_where_it_is_asked_for() -> None:
    hosts = report_fleet.generated(60)["hosts"]
    plain, hosts_too, steps_too = (block(hosts, verbosity=number) for number in range(3))
    assert [name for name in hosts if not any(line.startswith(f"  {name}: ") for line in hosts_too)] == []
    assert not any(line.startswith("      set the WinHTTP proxy: changed, helped: ") for line in hosts_too)
    assert any(line.startswith("      set the WinHTTP proxy: changed, helped: ") for line in steps_too)
    assert len(plain) <= 40 < len(hosts_too) < len(steps_too)


def test_reasons_that_differ_only_in_the_host_are_one_request() -> None:
    hosts = {
        f"pc-{n}": unreachable_report(f"Task failed: cannot connect to pc-{n} (127.0.0.{n}): ntlm: refused")
        for n in range(9)
    }
    lines = block(hosts)
    assert (
        "  the host's owner: let Ansible connect to the host and run again: cannot connect: ntlm: refused "
        "(9 hosts: pc-0, pc-1, pc-2 and 6 more)" in lines
    )


def test_no_host_is_given_the_reason_of_another() -> None:
    refused = "{0}cannot connect to {1} (10.0.0.{2}), port 5985, as ops\\me{2}: ntlm: refused. Check the port."
    denied = "{0}{1} (10.0.0.{2}), port 5985, as me{2}: the host denies it a shell. Use another account."
    hosts = {f"off-{n}": unreachable_report(refused.format("Task failed: ", f"off-{n}", n)) for n in range(3)}
    hosts |= {f"no-{n}": unreachable_report(denied.format("", f"no-{n}", n)) for n in range(2)}
    lines = block(hosts)
    head = "  the host's owner: let Ansible connect to the host and run again: "
    assert f"{head}cannot connect: ntlm: refused (3 hosts: off-0, off-1, off-2)" in lines
    assert f"{head}the host denies it a shell (2 hosts: no-0, no-1)" in lines


def test_many_reasons_are_few_requests() -> None:
    hosts = {f"pc-{n:02}": unreachable_report(f"pc-{n:02}: reason {n:02}") for n in range(20)}
    todos = [line for line in block(hosts) if line.startswith("  the host's owner")]
    assert len(todos) == 5
    assert "each for another reason, which -v shows (16 hosts" in todos[0]


def test_equal_differences_are_printed_once_with_their_hosts() -> None:
    step = {"id": "winhttp_proxy", "changed": True, "before": {"http": "", "n": 1}, "after": {"http": "p:1", "n": 1}}
    other = {**step, "after": {"http": "q:1", "n": 1}}
    hosts = {f"pc-{number}": {"outcome": "repaired", "steps": [step]} for number in range(80)}
    hosts["odd"] = {"outcome": "repaired", "steps": [other]}
    lines = block(hosts, diffs=True)
    begin = lines.index("Differences")
    assert lines[begin + 1 : begin + 7] == [
        "  set the WinHTTP proxy (80 hosts: pc-0, pc-1, pc-2 and 77 more)",
        '    - http: ""',
        '    + http: "p:1"',
        "  set the WinHTTP proxy (1 host: odd)",
        '    - http: ""',
        '    + http: "q:1"',
    ]
    assert "Differences" not in block(hosts)


def test_many_requests_are_put_together_by_team() -> None:
    hosts = {
        f"pc-{number}": {
            "outcome": "not_repairable",
            "cause": "perimeter",
            "next": [{"who": TEAMS[number % 4], "text": f"request {number}"}],
        }
        for number in range(60)
    }
    lines = block(hosts)
    assert len(lines) <= 40
    assert "  the proxy team: 15 requests, shown with -v (15 hosts: pc-0, pc-12, pc-16 and 12 more)" in lines
    shown_all = "\n".join(block(hosts, verbosity=1))
    assert [number for number in range(60) if f"request {number} " not in shown_all] == []


def test_both_languages_show_the_same_values() -> None:
    texts = [one for one in vars(closing_words).values() if isinstance(one, Text)]
    texts += [*closing_words.STEPS.values(), *closing_words.KINDS.values()]
    texts += [one for pair in closing_words.OUTCOMES.values() for one in pair]
    assert len(texts) > 60
    assert [one for one in texts if sorted(re.findall("{.*?}", one.en)) != sorted(re.findall("{.*?}", one.ja))] == []


@pytest.mark.parametrize("options", [{"kind": "x"}, {"language": "fr"}, {"width": 10}, {"most_lines": 5}])
def test_values_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text names what was given
        block({}, **options)


class Counting(dict[str, Any]):
    """A report that counts how often it is looked into."""

    looks = 0

    def get(self, key: str, default: Any = None) -> Any:
        Counting.looks += 1
        return super().get(key, default)


def looks_at(kind: str, report: dict[str, Any], hosts: int) -> float:
    """How often the report of one host is looked into, on average."""
    Counting.looks = 0
    block({f"pc-{number}": Counting(report) for number in range(hosts)}, kind=kind)
    return Counting.looks / hosts


@pytest.mark.parametrize(
    ("kind", "report"),
    [
        ("rollback", {"outcome": "unknown_run", "known_runs": ["monday"]}),
        ("remediate", {"outcome": "planned", "check_mode": True, "steps": [{"id": "firewall", "changed": True}]}),
    ],
)
def test_a_host_costs_the_same_in_a_large_fleet(kind: str, report: dict[str, Any]) -> None:
    assert looks_at(kind, report, 400) <= looks_at(kind, report, 40) + 1
