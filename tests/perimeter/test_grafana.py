"""The dashboard, read by Grafana's own types: nothing in it is unknown to them, and every value is one that they take.

Grafana itself is in no registry that the tests may use. `grafana-foundation-sdk` is generated from Grafana's schemas.
"""

from __future__ import annotations

import enum
import json
import pathlib
import types
import typing
from collections.abc import Iterator
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

pytestmark = pytest.mark.perimeter
ROOT = pathlib.Path(__file__).resolve().parents[2]
PATH = ROOT / "extensions" / "monitoring" / "grafana_dashboard.json"
SCHEMAS = "grafana_foundation_sdk."


def given() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    return document


def complaints(document: dict[str, Any]) -> list[str]:
    """What Grafana's types do not know, and what they do not take."""
    register_default_plugins()
    read = Dashboard.from_json(document)
    return [
        *unknown(document, json.loads(JSONEncoder().encode(read)), "dashboard"),
        *wrong(read, Dashboard, "dashboard"),
    ]


def unknown(before: Any, after: Any, where: str) -> Iterator[str]:
    """What is not there any more when the types have read and written it."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            if value is not None:
                yield from unknown(value, after.get(key), f"{where}.{key}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, pair in enumerate(zip(before, after, strict=True)):
            yield from unknown(*pair, f"{where}[{number}]")
    elif before != after:
        yield f"{where} is unknown"


def wrong(value: Any, hint: Any, where: str) -> Iterator[str]:
    """Values that are not of their types: the models do not look at them themselves."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        yield from min((list(wrong(value, one, where)) for one in inner), key=len)
    elif type(value).__module__.startswith(SCHEMAS) and not isinstance(value, enum.Enum):
        for name, kind in typing.get_type_hints(type(value)).items():
            yield from wrong(getattr(value, name), kind, f"{where}.{name}")
    elif origin is dict and isinstance(value, dict):
        for key, one in value.items():
            yield from wrong(one, inner[1], f"{where}.{key}")
    elif origin is list and isinstance(value, list):
        for number, one in enumerate(value):
            yield from wrong(one, inner[0], f"{where}[{number}]")
    elif getattr(hint, "__module__", "").startswith(SCHEMAS) and isinstance(value, dict):
        yield from wrong(hint.from_json(value), hint, where)  # some models leave their parts as they are
    elif hint not in (Any, object) and not is_one(value, hint):
        yield f"{where} is {value!r}"


def is_one(value: Any, hint: Any) -> bool:
    """Whether a value is of a type that has no parts."""
    if typing.get_origin(hint) is typing.Literal:
        return value in typing.get_args(hint)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return value in list(hint)
    kinds = (int, float) if hint is float else typing.get_origin(hint) or hint
    return isinstance(value, kinds) and isinstance(value, bool) == (hint is bool)


def test_grafana_knows_and_takes_everything_in_the_dashboard() -> None:
    assert complaints(given()) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("panels", 0, "gridPos", "wide"), 3),
        (("panels", 0, "gridPos", "w"), "3"),
        (("panels", 0, "options", "colorMode"), "purple"),
        (("panels", 5, "fieldConfig", "defaults", "custom", "lineInterpolation"), "stairs"),
        (("panels", 5, "options", "legend", "placement"), 1),
        (("panels", 6, "options", "orientation"), "sideways"),
        (("panels", 6, "targets", 0, "query"), "up"),
        (("panels", 6, "fieldConfig", "defaults", "thresholds"), {"mode": "relative", "steps": []}),
        (("templating", "list", 1, "multi"), "yes"),
    ],
)
def test_a_fault_would_be_found(path: tuple[str | int, ...], value: Any) -> None:
    document = given()
    part: Any = document
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    assert complaints(document) != []


def test_panels_do_not_overlap_and_keep_to_the_24_columns() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in given()["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + right, place["y"] + down) for right in range(place["w"]) for down in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _y in cells) < 24, panel["title"]
        taken |= cells


def test_only_panels_and_sources_that_every_grafana_has_are_used() -> None:
    """Each has a model of its own, else nothing of it was looked at."""
    register_default_plugins()
    for panel in Dashboard.from_json(given()).panels or []:
        assert type(panel.options).__module__.startswith(SCHEMAS), panel.title
        assert [type(one).__module__ for one in panel.targets] == [f"{SCHEMAS}models.prometheus"], panel.title
