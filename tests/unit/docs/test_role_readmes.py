"""The READMEs of thin roles say what their argument specs say."""

from __future__ import annotations

import re

import pytest
import yaml
from ansible_collections.windefend.maps.docs.site import role_readmes
from ansible_collections.windefend.maps.docs.site.pages import ROOT


@pytest.mark.parametrize("role", role_readmes.ROLES)
def test_a_readme_is_made_from_the_argument_spec(role: str) -> None:
    found = (ROOT / "roles" / role / "README.md").read_text(encoding="utf-8")
    assert found == role_readmes.readme(role), "run python -m ansible_collections.windefend.maps.docs.site.role_readmes"


WRITTEN = ("remediate", "report", "rollback")


@pytest.mark.parametrize("role", WRITTEN)
def test_the_table_of_another_readme_has_the_variables_and_their_defaults(role: str) -> None:
    readme = (ROOT / "roles" / role / "README.md").read_text(encoding="utf-8")
    spec = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    options = {name: one for entry in spec["argument_specs"].values() for name, one in entry.get("options", {}).items()}
    rows = {name: default.strip() for name, default in re.findall(r"^\| `(\w+)` \| (.*?)\| ", readme, re.MULTILINE)}
    assert rows.keys() == options.keys()
    long = "[defaults/main.yml](defaults/main.yml)"
    expected = {name: role_readmes._default(option) for name, option in options.items()}
    assert {name: rows[name] for name, text in expected.items() if text != long} == {
        name: text for name, text in expected.items() if text != long
    }


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("C(host:port) and V(absent)", "`host:port` and `absent`"),
        ("O(spynet_names) of M(windefend.maps.spynet)", "`spynet_names` of `windefend.maps.spynet`"),
        ("the role P(windefend.maps.report#role)", "the role [report](../report/README.md)"),
        ("C(netsh winhttp) (on newer builds) | none", "`netsh winhttp` (on newer builds) \\| none"),
    ],
)
def test_markup_becomes_markdown(text: str, markdown: str) -> None:
    assert role_readmes._markdown(text) == markdown


@pytest.mark.parametrize(
    ("option", "shown"),
    [
        ({}, ""),
        ({"default": ""}, ""),
        ({"default": False}, "`false`"),
        ({"default": ["a", "b"]}, '`["a", "b"]`'),
        ({"default": [{"name": "x" * 60}]}, "[defaults/main.yml](defaults/main.yml)"),
    ],
)
def test_a_default_is_shown_as_far_as_it_fits(option: dict[str, object], shown: str) -> None:
    assert role_readmes._default(option) == shown
