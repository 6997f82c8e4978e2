"""Which envelopes a parser may be given: what is looked at in all tags together is what each tag is asked for."""

from __future__ import annotations

from ansible_collections.windefend.maps.plugins.plugin_utils._remote import soap
from hypothesis import example, given, strategies as st

LONG = "u" * soap.MAX_ADDRESS
PIECES = ("<", ">", "/", '"', "'", "=", " ", "a", "xmlns", ":b", "!", "\0", "u", LONG, "x" * soap.MAX_TAG, "é")


def refused(text: str) -> bool:
    """Tag by tag."""
    tags = [f"<{after.partition('>')[0]}" for after in text.split("<")[1:]]
    return "\0" in text or any(
        tag.startswith("<!")
        or len(tag) > soap.MAX_TAG
        or tag.count('"') % 2 == 1
        or tag.count("'") % 2 == 1
        or any(len(address(part)) > soap.MAX_ADDRESS for part in tag.split("xmlns")[1:])
        for tag in tags
    )


def address(declared: str) -> bytes:
    value = declared.partition("=")[2].strip()
    return value[1:].split(value[0])[0].encode() if value else b""


@given(st.lists(st.sampled_from(PIECES), max_size=40))
@example(["<", "a", '"', ">", '"', "<", ">"])
@example(["<", "a", '"', ">", "<", '"', ">"])
@example(["<", "a", "'", ">", "<", '"', "'", ">"])
@example(["<", "a", " ", "xmlns", "=", '"', "é", LONG[1:], '"', ">"])
@example(["<", "a", " ", "xmlns", "=", '"', LONG, '"', "xmlns", ":b", "=", '"', "u", LONG, '"', ">"])
@example(["<", "a", " ", "xmlns", "=", '"', LONG, '"', ">", "x" * soap.MAX_TAG])
def test_an_envelope_is_refused_for_any_of_its_tags(pieces: list[str]) -> None:
    text = "".join(pieces)
    try:
        soap.envelope(text.encode())
    except soap.NotWsman:
        assert refused(text)
    else:
        assert not refused(text)
