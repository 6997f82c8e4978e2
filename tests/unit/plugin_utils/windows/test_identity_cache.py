from __future__ import annotations

import gc

from ansible_collections.windefend.maps.plugins.plugin_utils._windows.batch import Batch
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Command
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.identity_cache import IdentityCache
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.outcome import WORTH_KEEPING
from hypothesis import given, strategies as st

COMMANDS = {"one": Command.of("ver"), "two": Command.of("hostname")}


def test_the_same_objects_are_made_into_one_thing() -> None:
    cache: IdentityCache[list[int]] = IdentityCache()
    first, equal = [1], [1]
    made = cache.get(lambda: [*first, 2], (first,), "how")
    assert cache.get(list, (first,), "how") is made
    assert cache.get(lambda: [3], (equal,), "how") == [3]  # equal is not the same
    assert cache.get(lambda: [4], (first,), "otherwise") == [4]


def test_an_identity_is_not_used_again_while_it_is_remembered() -> None:
    """CPython gives the place of an object that is gone to the next one of its size."""
    cache: IdentityCache[int] = IdentityCache(most=1000)
    for number in range(500):
        assert cache.get(lambda number=number: number, ([number],)) == number  # type: ignore[misc]
        gc.collect(0)


@given(st.lists(st.integers(0, 20), max_size=60), st.integers(1, 5))
def test_it_keeps_no_more_than_it_may_and_is_right(asked: list[int], most: int) -> None:
    cache: IdentityCache[int] = IdentityCache(most)
    for number in asked:
        assert cache.get(lambda number=number: -number, (), number) == -number  # type: ignore[misc]
        assert len(cache._made) <= most


def answer(token: str, one: bytes, two: bytes) -> bytes:
    marks = [f"#{token}:{number}:0\r\n".encode() for number in range(2)]
    return f"#{token}\r\n".encode() + one + marks[0] + two + marks[1]


def test_hosts_that_answer_alike_share_their_outcomes() -> None:
    first, second = (
        Batch(COMMANDS, token).split(answer(token, b"same", b"here")) for token in ("a1b2c3d4", "0f0f0f0f1e1e")
    )
    assert [one.output for one in first.values()] == [b"same", b"here"]
    assert first is not second
    assert all(first[name] is second[name] for name in COMMANDS)


def test_a_large_answer_is_shared_by_none() -> None:
    large = b"x" * (WORTH_KEEPING + 1)
    limits = {name: command.up_to(len(large)) for name, command in COMMANDS.items()}
    first, second = (Batch(limits, "a1b2c3d4").split(answer("a1b2c3d4", large, b"")) for _unused in range(2))
    assert first == second
    assert first["one"] is not second["one"]


@given(st.binary(max_size=200), st.sampled_from(["a1b2c3d4", "0123456789ab"]))
def test_what_looks_like_a_token_stays_as_it_was_printed(output: bytes, token: str) -> None:
    """A digest may hold the digits of a token: only a mark is a mark."""
    printed = output.replace(b"#", b"") + token.encode() + output.replace(b"#", b"")
    assert Batch(COMMANDS, token).split(answer(token, printed, b""))["one"].output == printed
