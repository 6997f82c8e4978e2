"""A program that asks for its command line in the ANSI code page gets each argument as one."""

from __future__ import annotations

from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Assign, CannotCarry, Command, Json
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.look_alikes import BACKSLASH, QUOTE
from ansible_collections.windefend.maps.tests.unit.plugin_utils.windows.cmd_model import arguments
from hypothesis import example, given, strategies as st

PAGES = sorted({page for pages in (*QUOTE.values(), *BACKSLASH.values()) for page in pages})
ALIKE = [*QUOTE, *BACKSLASH, '"', "\\", " ", "a", "\u3000", "%", "\u65e5"]


def in_code_page(text: str, page: int) -> str:
    """What a program gets that asks for its command line in this code page, as far as quotes and backslashes go."""
    became = {one: '"' for one, pages in QUOTE.items() if page in pages}
    became |= {one: "\\" for one, pages in BACKSLASH.items() if page in pages}
    return text.translate(str.maketrans(became))


@given(value=st.text(st.sampled_from(ALIKE), max_size=12), page=st.sampled_from(PAGES))
@example(value="a\u00a5\\", page=932)
@example(value="a \u20a9\\", page=949)
@example(value="a\u301d b", page=1254)
def test_an_argument_stays_one_in_every_ansi_code_page(value: str, page: int) -> None:
    try:
        command = Command.of("tool", value, Assign("name", value), "last")
    except CannotCarry:
        return
    line = in_code_page(command.text, page)
    same = in_code_page(value, page)
    for c_runtime in (True, False):
        assert arguments(line, c_runtime) == ["tool", same, f"name={same}", "last"]


@given(value=st.text(st.sampled_from(ALIKE), max_size=8), page=st.sampled_from(PAGES))
def test_json_stays_one_argument_in_every_ansi_code_page(value: str, page: int) -> None:
    try:
        text = Json("settings", {"Proxy": value, "AutoDetect": True}).text
    except CannotCarry:
        return
    same = in_code_page(value, page)
    _tool, argument = arguments(f"tool {in_code_page(text, page)}")
    assert argument == f'settings={{"Proxy":"{same}","AutoDetect":true}}'
