"""An argument spec is Python data in the action plugin; its documentation is YAML beside it. They must say the same."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.outcome import OUTCOMES

ROOT = Path(__file__).resolve().parents[2]
ACTIONS = sorted(path.stem for path in (ROOT / "plugins" / "action").glob("*.py") if path.stem != "__init__")
MODULES = ROOT / "plugins" / "modules"
COMPARED = ("type", "elements", "default", "choices", "required", "aliases")


def spec_of(name: str) -> Any:
    module = importlib.import_module(f"ansible_collections.windefend.maps.plugins.action.{name}")
    return module.ActionModule.SPEC


def documentation_of(name: str) -> dict[str, Any]:
    """A module's page with the options of its fragments."""
    document: dict[str, Any] = yaml.safe_load((MODULES / f"{name}.yml").read_text(encoding="utf-8"))
    documentation: dict[str, Any] = document["DOCUMENTATION"]
    shared: dict[str, Any] = {}
    for fragment in documentation["extends_documentation_fragment"]:
        module, _dot, variable = fragment.removeprefix("windefend.maps.").partition(".")
        fragments = importlib.import_module(f"ansible_collections.windefend.maps.plugins.doc_fragments.{module}")
        text = getattr(fragments.ModuleDocFragment, variable.upper() or "DOCUMENTATION")
        shared |= yaml.safe_load(text)["options"]
    documentation["options"] = {**shared, **(documentation.get("options") or {})}
    return documentation


def test_a_playbook_may_fail_on_every_outcome() -> None:
    role = yaml.safe_load((ROOT / "roles" / "remediate" / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    choices = role["argument_specs"]["main"]["options"]["remediate_fail_on"]["choices"]
    assert sorted(choices) == sorted((*OUTCOMES, "planned", "not_started"))


def described(option: dict[str, Any]) -> dict[str, Any]:
    """An option as both sides can be compared: what is left out counts as Ansible's default for it."""
    defaults: dict[str, Any] = {"type": "str", "required": False}
    return {key: option.get(key, defaults.get(key)) for key in COMPARED}


def differences(spec: Any, documentation: dict[str, Any]) -> list[str]:
    """What a spec and its documentation say differently, one line each."""
    documented = documentation.get("options") or {}
    return _differing(spec.options, documented) + _unmentioned(spec, documented)


def _differing(options: Mapping[str, Any], documented: Mapping[str, Any], where: str = "") -> list[str]:
    """The same of options, and of the options that they have themselves."""
    found = [f"{where}{name} is not documented" for name in options if name not in documented]
    found += [f"{where}{name} is documented but not an option" for name in documented if name not in options]
    for name in options.keys() & documented.keys():
        ours, theirs = described(dict(options[name])), described(documented[name])
        found += [
            f"{where}{name}: {key} is {ours[key]!r}, documented {theirs[key]!r}"
            for key in COMPARED
            if ours[key] != theirs[key]
        ]
        inner = options[name].get("options") or {}, documented[name].get("suboptions") or {}
        found += _differing(*inner, where=f"{where}{name}.")
    return found


def _unmentioned(spec: Any, documented: dict[str, Any]) -> list[str]:
    """YAML cannot say these rules; so the text of every option concerned must name its partners."""
    rules = [
        (kind, names)
        for kind in ("mutually_exclusive", "required_together", "required_one_of")
        for names in getattr(spec, kind)
    ]
    rules += [("required_if", (rule[0], *rule[2])) for rule in spec.required_if]
    found = []
    for kind, names in rules:
        for name in names:
            text = " ".join(map(str, documented.get(name, {}).get("description", [])))
            if kind == "mutually_exclusive" and "Mutually exclusive with" not in text:
                found.append(f"{name}: the description does not say what it is mutually exclusive with")
            for partner in set(names) - {name}:
                if f"O({partner}" not in text:
                    found.append(f"{name}: the description does not mention {partner} ({kind})")
    return found


def test_every_action_has_documentation_and_vice_versa() -> None:
    assert ACTIONS
    assert sorted(path.stem for path in MODULES.glob("*.yml")) == ACTIONS
    assert sorted(path.stem for path in MODULES.glob("*.py")) == ACTIONS


def test_the_action_group_holds_every_module() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert sorted(runtime["action_groups"]["all"]) == ACTIONS


@pytest.mark.parametrize("name", ACTIONS)
def test_spec_and_documentation_agree(name: str) -> None:
    assert differences(spec_of(name), documentation_of(name)) == []


@pytest.mark.parametrize("name", ACTIONS)
def test_documentation_names_its_module_and_version(name: str) -> None:
    documentation = documentation_of(name)
    assert documentation["module"] == name
    assert documentation["version_added"] == "1.0.0"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("type", "int"),
        ("default", "else"),
        ("choices", ["one"]),
        ("required", True),
        ("elements", "str"),
        ("aliases", ["other"]),
    ],
)
def test_a_difference_is_found(key: str, value: Any) -> None:
    spec = spec_of("winhttp_proxy")
    documentation = documentation_of("winhttp_proxy")
    documentation["options"]["store"][key] = value
    assert len(differences(spec, documentation)) == 1


def test_a_missing_and_a_surplus_option_are_found() -> None:
    spec = spec_of("winhttp_proxy")
    documentation = documentation_of("winhttp_proxy")
    documentation["options"]["shop"] = documentation["options"].pop("store")
    assert differences(spec, documentation) == [
        "store is not documented",
        "shop is documented but not an option",
    ]


def test_a_difference_of_a_suboption_is_found() -> None:
    spec = spec_of("maps_connection")
    documentation = documentation_of("maps_connection")
    rules = documentation["options"]["firewall_rules"]["suboptions"]
    rules["enabled"]["default"] = False
    rules["label"] = rules.pop("description")
    assert differences(spec, documentation) == [
        "firewall_rules.description is not documented",
        "firewall_rules.label is documented but not an option",
        "firewall_rules.enabled: default is True, documented False",
    ]


def test_an_unmentioned_exclusion_is_found() -> None:
    spec = spec_of("winhttp_proxy")
    documentation = documentation_of("winhttp_proxy")
    documentation["options"]["auto_detect"]["description"] = ["Whether the proxy is looked for."]
    assert any("auto_detect" in line and "mutually exclusive" in line for line in differences(spec, documentation))
