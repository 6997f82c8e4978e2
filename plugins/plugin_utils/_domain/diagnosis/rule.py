"""What one rule contributes: how much an observation says for or against a cause."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from ..._windows.hresult import format_code
from ..language import Message
from .observation import Observation


class Weight(enum.IntEnum):
    """How much an observation says."""

    EXCLUDES = -2
    """Where this is seen, the cause does not hold."""
    CONTRADICTS = -1
    COMPATIBLE = 1
    """The cause would look like this, and so would others."""
    SUPPORTS = 2
    PROVES = 3
    """Where this is seen, the cause holds: the state alone breaks the connection, or a probe met it."""


class Basis(enum.StrEnum):
    """What was looked at."""

    STATE = "state"
    CODE = "code"
    PROBE = "probe"


@dataclass(frozen=True)
class Rule:
    """A cause, and an observation that speaks for or against it."""

    cause: str
    weight: Weight
    sees: Callable[[Observation], Message | None]
    """What was seen, in words; None where it was not."""
    source: str
    by: Basis = Basis.STATE


def code_message(seen: Observation) -> Message:
    """What MpCmdRun returned."""
    return Message("code", {"code": format_code(seen.hresult) if seen.hresult is not None else ""})


def message_if(holds: bool | None, name: str, **values: object) -> Message | None:
    """The sentence of a name where something holds."""
    return Message(name, values) if holds else None
