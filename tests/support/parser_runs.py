"""Runs the readers of `parsers`: what each does with a text, what that costs, and which functions it reaches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from ansible.errors import AnsibleError
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import protocol as operation_protocol
from ansible_collections.windefend.maps.plugins.plugin_utils._remote import http_answer, sealing

from .costs import general, text_of
from .parser_reads import PLUGINS, Read
from .parser_texts import Make
from .parsers import PARSERS

REFUSALS = (
    ValueError,
    operation_protocol.HostError,
    http_answer.NoAnswer,
    sealing.NotSealed,
    ParseError,
    AnsibleError,
    StopIteration,
)
"""How readers say that a text is not understood; what else they raise is a fault."""


def texts(name: str) -> list[Make]:
    """Everything that a reader is measured with."""
    _read, own = PARSERS[name]
    return [*own, *(lambda size, pump=pump: text_of(pump, size) for pump in general())]  # type: ignore[misc]


def reader(name: str) -> Read:
    """A reader that ends well also where it says that a text is not understood. Other errors are raised."""
    read, _own = PARSERS[name]

    def refusing(given: str) -> object:
        try:
            return read(given)
        except Exception as error:
            if not isinstance(error, REFUSALS):
                raise
            return None

    return refusing


def measured(name: str, growth: Callable[[Read, Any], Any]) -> Any:
    """What the growth of a reader is."""
    return growth(reader(name), texts(name))


def reached() -> Iterator[tuple[str, str]]:
    """File below `plugins` and name of every function that the readers went through, on small texts."""
    found: set[tuple[str, str]] = set()

    def note(frame: Any, event: str, _argument: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(str(PLUGINS)):
            found.add((frame.f_code.co_filename, frame.f_code.co_name))

    for name in PARSERS:
        read = reader(name)
        for make in texts(name):
            given = make(200)
            sys.setprofile(note)
            try:
                read(given)
            finally:
                sys.setprofile(None)
    yield from ((str(Path(file).relative_to(PLUGINS)), function) for file, function in found)
