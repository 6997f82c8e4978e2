"""Writes the READMEs of the roles that only pass options on to a module: all that they say is in the argument spec.

A test compares them. After a change to a spec run this module, as in
`python -m ansible_collections.windefend.maps.docs.site.role_readmes`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
ROLES = ("assess", "defender_proxy", "firewall", "root_update", "spynet", "validate", "winhttp_proxy")
LONGEST = 60
"""Characters of a default that still fits into the table."""
_ROLE = re.compile(r"P\(windefend\.maps\.(\w+)#role\)")
_CODE = re.compile(r"\b[CVOMP]\(([^()]+?)(?:#\w+)?\)")


def readme(role: str) -> str:
    """The whole README of a role."""
    specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    spec = specs["argument_specs"]["main"]
    rows = [_row(name, option) for name, option in spec["options"].items()]
    table = ["| variable | default | meaning |", "|---|---|---|", *rows]
    source = "The table is generated from [meta/argument_specs.yml](meta/argument_specs.yml)."
    return "\n\n".join([f"# {role}", *map(_markdown, spec["description"]), "\n".join(table), source]) + "\n"


def _row(name: str, option: Mapping[str, Any]) -> str:
    text = " ".join(map(_markdown, _lines(option["description"])))
    if "choices" in option:
        text += f" One of {', '.join(f'`{choice}`' for choice in option['choices'])}."
    return f"| `{name}` | {_default(option)} | {text} |"


def _lines(description: str | list[str]) -> list[str]:
    return [description] if isinstance(description, str) else description


def _default(option: Mapping[str, Any]) -> str:
    value = option.get("default", "")
    if value == "":
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return f"`{text}`" if len(text) <= LONGEST else "[defaults/main.yml](defaults/main.yml)"


def _markdown(text: str) -> str:
    """Ansible's markup as Markdown, in which a bar would end the cell of a table."""
    return _CODE.sub(r"`\1`", _ROLE.sub(r"[\1](../\1/README.md)", text)).replace("|", r"\|")


def main() -> None:
    """Writes all of them."""
    for role in ROLES:
        (ROOT / "roles" / role / "README.md").write_text(readme(role), encoding="utf-8")


if __name__ == "__main__":
    main()
