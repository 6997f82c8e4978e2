"""findstr's search strings as patterns over bytes (each byte one character of Latin-1).

Microsoft's page gives the syntax (sure). What it does not say was measured by Dave Benham
(stackoverflow.com/questions/8844868; recalled): on the command line `\\\\` is one backslash before anything else is
looked at; `$` fits only before a carriage return or at the end of a last line without end; ranges of letters follow
the order a A b B ... z Z; without /L and /R the first string decides for all: with a metacharacter it makes them
regular expressions.
"""

from __future__ import annotations

import re
import string

META = ".*[]^$"
WORD = "[A-Za-z0-9_]"
MAXIMUM_LITERAL = 511
MAXIMUM_REGULAR = 254


class TooLong(Exception):
    """FINDSTR: Search string too long."""


def unescaped(text: str) -> str:
    """A search string as the command line's escapes leave it."""
    return text.replace("\\\\", "\\")


def has_metacharacter(text: str) -> bool:
    """Whether a string holds a metacharacter that no backslash takes away."""
    position = 0
    while position < len(text):
        if text[position] == "\\":
            if text[position + 1 : position + 2] in ("<", ">"):
                return True
            position += 2
            continue
        if text[position] in META:
            return True
        position += 1
    return False


def literal(text: str) -> str:
    if len(text) > MAXIMUM_LITERAL:
        raise TooLong
    return re.escape(text)


def regular(text: str) -> str:
    """A regular expression of findstr in Python's syntax, for one line with its carriage return, without its line
    feed."""
    if len(text) > MAXIMUM_REGULAR:
        raise TooLong
    result, position = "", 0
    while position < len(text):
        character = text[position]
        position += 1
        if character == "\\":
            escaped = text[position : position + 1]
            position += 1
            if escaped == "<":
                result += f"(?<!{WORD})(?={WORD})"
            elif escaped == ">":
                result += f"(?<={WORD})(?!{WORD})"
            else:
                result += re.escape(escaped or "\\")
        elif character == ".":
            result += "[^\\r\\n]"
        elif character == "*" and result:
            result += "*"
        elif character == "^" and not result:
            result += "^"
        elif character == "$" and position == len(text):
            result += "(?=\\r?\\Z)"
        elif character == "[" and (end := text.find("]", position + 1)) > 0:
            result += _class(text[position:end])
            position = end + 1
        else:
            result += re.escape(character)
    return result


def _class(text: str) -> str:
    negated = text.startswith("^")
    members: set[str] = set()
    text = text[1:] if negated else text
    position = 0
    while position < len(text):
        if text[position] == "\\" and position + 1 < len(text):
            position += 1
            members.add(text[position])
        elif text[position + 1 : position + 2] == "-" and position + 2 < len(text):
            members |= _range(text[position], text[position + 2])
            position += 2
        else:
            members.add(text[position])
        position += 1
    inner = "".join(re.escape(member) for member in sorted(members))
    return f"[^{inner}\\r\\n]" if negated else f"[{inner}]"


def _range(first: str, last: str) -> set[str]:
    if first.isalpha() and last.isalpha() and first.isascii() and last.isascii():
        order = "".join(
            lower + upper for lower, upper in zip(string.ascii_lowercase, string.ascii_uppercase, strict=True)
        )
        return set(order[order.index(first) : order.index(last) + 1])
    return {chr(code) for code in range(ord(first), ord(last) + 1)}
