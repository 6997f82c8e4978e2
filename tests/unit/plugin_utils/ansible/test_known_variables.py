"""Names that the playbooks understand, and names that are meant to be one of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.known_variables import (
    MAPS_VARIABLES,
    PREFIXES,
    ROLES,
    _edits,
    known_variables,
    typos,
    unknown,
    unknown_message,
)
from hypothesis import given, strategies as st

ROOT = Path(__file__).resolve().parents[4]
NAME = re.compile(r"(?<![\w.])maps_[a-z_]*[a-z]\b(?!\.yml)")
NOT_VARIABLES = {"maps_connection", "maps_connection_info", "maps_off", "maps_membership"}
"""Modules, a cause and a key of a result."""
OF_OTHERS = re.compile(
    r"maps_(age|cause|caution|event|needs|outcome)_.+|maps_(finding|loosened|report(_age_hours|_finished)?)"
)
"""Groups and variables that the inventory plugin makes, and variables of the rulebooks."""
KNOWN = known_variables(DataLoader())


def parts(node: Any) -> Any:
    """Every mapping in a YAML document."""
    if isinstance(node, dict):
        yield node
    for item in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from parts(item)


class Playbook(yaml.SafeLoader):
    """Reads Ansible's tags as plain values."""


Playbook.add_multi_constructor("!", lambda loader, _tag, node: loader.construct_scalar(node))


def set_by_playbooks() -> set[str]:
    """Names that a playbook sets itself: registered results, facts, and variables of plays and tasks."""
    found: set[str] = {"maps_this_run"}  # the fact of begin_run
    for path in (ROOT / "playbooks").rglob("*.yml"):
        for part in parts(yaml.load(path.read_text("utf-8"), Playbook)):  # noqa: S506 - a safe loader
            for key in ("vars", "ansible.builtin.set_fact"):
                if isinstance(part.get(key), dict):
                    found |= set(part[key])
            if isinstance(part.get("register"), str):
                found.add(part["register"])
    return found


def used(*patterns: str) -> set[str]:
    """Names of maps_ variables in files."""
    texts = [path.read_text("utf-8") for pattern in patterns for path in ROOT.glob(pattern)]
    found = {name for text in texts for name in NAME.findall(text)} - NOT_VARIABLES
    return {name for name in found if not OF_OTHERS.fullmatch(name)}


def test_the_table_has_what_playbooks_and_pages_use() -> None:
    internal = set_by_playbooks() - MAPS_VARIABLES
    in_playbooks, on_pages = used("playbooks/**/*.yml", "roles/*/tasks/*.yml"), used("docs/**/*.md", "README.md")
    assert in_playbooks - internal - MAPS_VARIABLES == set()
    assert on_pages - internal - MAPS_VARIABLES == set()
    assert on_pages | in_playbooks >= MAPS_VARIABLES


def test_the_options_of_the_roles_are_known() -> None:
    for role in ROLES:
        specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text("utf-8"))
        assert set(specs["argument_specs"]["main"]["options"]) <= KNOWN
    assert all(name.startswith(PREFIXES) for name in KNOWN)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("remediate_winhttp_proxi", "remediate_winhttp_proxy"),
        ("maps_report_pat", "maps_report_path"),
        ("rollback_runs", "rollback_run"),
        ("assess_xyz_qwertz", ""),
    ],
)
def test_an_unknown_name_of_ours_is_found_with_what_was_meant(name: str, near: str) -> None:
    assert unknown([name, "ansible_user", "remediate_firewall", "mine"], KNOWN) == {name: near}
    assert unknown([name], KNOWN, exempt=[name]) == {}


def test_the_message_names_both() -> None:
    said = unknown_message({"maps_report_pat": "maps_report_path", "assess_x": ""})
    assert said.startswith("unknown extra variables: maps_report_pat (did you mean maps_report_path?), assess_x. ")


def test_only_near_names_of_the_inventory_are_typos() -> None:
    names = ["maps_hots", "mapshosts", "maps_hosts", "my_hosts", "remediate_team_contact", "maps_run_by"]
    assert typos(names, KNOWN) == {"maps_hots": "maps_hosts", "mapshosts": "maps_hosts"}
    assert typos(names, KNOWN, exempt=["maps_hots", "mapshosts"]) == {}


@given(st.text("ab", max_size=7), st.text("ab", max_size=7))
def test_edits_are_counted_as_a_plain_table_counts_them(one: str, other: str) -> None:
    table = {(n, 0): n for n in range(len(one) + 1)} | {(0, n): n for n in range(len(other) + 1)}
    for n in range(1, len(one) + 1):
        for m in range(1, len(other) + 1):
            change = one[n - 1] != other[m - 1]
            table[n, m] = min(table[n - 1, m] + 1, table[n, m - 1] + 1, table[n - 1, m - 1] + change)
    assert _edits(one, other, 2) == min(table[len(one), len(other)], 3)
