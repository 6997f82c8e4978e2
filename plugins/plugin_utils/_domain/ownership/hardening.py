"""What a hardening baseline that is met on a host breaks, and the text of a request for an exception, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..language import DEFAULT_LANGUAGE, Message, listed, render
from .controls import Condition, Control, speaking_of


@dataclass(frozen=True)
class Hardening:
    """A condition of a host that baselines speak of, as results show it."""

    condition: str
    controls: tuple[dict[str, Any], ...]
    """The fields of `Control`, with `name`."""
    breaks: str
    exception_request: str
    """A text to paste into a request; the name of the host is left to who asks."""


def described(condition: Condition, build: int, server: bool | None, language: str = DEFAULT_LANGUAGE) -> Hardening:
    """A condition in words, with the controls that are for such a host."""
    controls = speaking_of(condition, build, server)
    return Hardening(
        condition.value,
        tuple(_shown(one) for one in controls),
        render(Message(f"breaks_{condition}"), language),
        _request(condition, controls, language),
    )


def names_of(condition: Condition, build: int, server: bool | None, language: str = DEFAULT_LANGUAGE) -> str:
    """The controls that ask for a condition, as one enumeration; empty: none is known that does."""
    controls = speaking_of(condition, build, server)
    return listed(tuple(dict.fromkeys(one.name for one in controls if one.demands)), language)


def _shown(one: Control) -> dict[str, Any]:
    fields = ("id", "level", "benchmark", "edition", "demands", "setting", "source", "confidence")
    return {"name": one.name, **{name: getattr(one, name) for name in fields}}


def _request(condition: Condition, controls: tuple[Control, ...], language: str) -> str:
    demanding = [one for one in controls if one.demands]
    contrary = [one for one in controls if not one.demands]
    parts = [
        Message("request_control", {"controls": _cited(demanding)}) if demanding else Message("request_no_control")
    ]
    settings = "; ".join(dict.fromkeys(one.setting for one in demanding))
    parts += [Message("request_setting", {"setting": settings})] if demanding else []
    parts += [Message(f"breaks_{condition}"), Message(f"instead_{condition}")]
    if contrary:
        parts.append(Message("request_contrary", {"controls": _cited(contrary)}))
    parts.append(Message("request_review"))
    return ("" if language == "ja" else " ").join(render(one, language) for one in parts)


def _cited(controls: list[Control]) -> tuple[Message, ...]:
    return tuple(Message("control", {"name": one.name, "of": f"{one.benchmark}, {one.edition}"}) for one in controls)
