"""A model of how cmd.exe and a Windows program read a command line, written from the public descriptions of both.

It shares nothing with the code that writes command lines. What it knows: percent expansion as on a command line (not in
a batch file), quotes, carets, `&`, `&&`, `||`, `|`, parentheses, redirections, the second reading of each side of a
pipe, and Microsoft's rules for splitting a command line into arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class Misread(AssertionError):
    """The line is not what its author can have meant: something stays open, or nothing stands before an operator."""


@dataclass
class Run:
    """A program that is started: its command line as CreateProcess gets it, and where its streams go."""

    text: str
    redirections: list[str] = field(default_factory=list)


def expand(line: str, environment: Mapping[str, str]) -> str:
    """`%NAME%` of a known name is replaced, of an unknown one it stays and the search goes on behind the first sign."""
    names = {name.upper(): value for name, value in environment.items()}
    done, position = "", 0
    while position < len(line):
        if line[position] == "%":
            end = line.find("%", position + 1)
            if end > position and line[position + 1 : end].partition(":")[0].upper() in names:
                done += names[line[position + 1 : end].partition(":")[0].upper()]
                position = end + 1
                continue
        done += line[position]
        position += 1
    return done


Piece = tuple[str, bool]
"""A character, and whether it is plain: in quotes or after a caret."""


def _pieces(line: str) -> list[Piece]:
    found: list[Piece] = []
    quoted, position = False, 0
    while position < len(line):
        character = line[position]
        if character in "\r\n\0":
            raise Misread("the line ends here")
        if character == '"':
            quoted = not quoted
            found.append((character, True))
        elif character == "^" and not quoted:
            position += 1
            if position == len(line):
                raise Misread("a caret at the end")
            found.append((line[position], True))
        else:
            found.append((character, quoted))
        position += 1
    if quoted:
        raise Misread("an open quote")
    return found


def runs(line: str, environment: Mapping[str, str] | None = None) -> list[Run]:
    """The programs of a line in order, as if each succeeded. Each side of a pipe is read a second time."""
    return _read(expand(line, environment or {}))


def _read(line: str) -> list[Run]:
    reader = _Reader(_pieces(line))
    found = reader.sequence()
    if reader.position < len(reader.pieces):
        raise Misread("a parenthesis too many")
    return found


class _Reader:
    """Recursive descent over the characters of one line."""

    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces = pieces
        self.position = 0
        self.depth = 0

    def at(self, text: str) -> bool:
        """Whether these characters, none of them plain, come next."""
        return self.pieces[self.position : self.position + len(text)] == [(character, False) for character in text]

    def skip(self, text: str) -> bool:
        if not self.at(text):
            return False
        self.position += len(text)
        return True

    def blanks(self) -> None:
        while self.skip(" "):
            pass

    def sequence(self) -> list[Run]:
        found = self.pipeline()
        while self.skip("&&") or self.skip("||") or self.skip("&"):
            found += self.pipeline()
        return found

    def pipeline(self) -> list[Run]:
        parts = [self.command()]
        while self.at("|") and not self.at("||"):
            self.skip("|")
            parts.append(self.command())
        if len(parts) == 1:
            return parts[0][1]
        return [run for text, _unused in parts for run in _read(text)]

    def command(self) -> tuple[str, list[Run]]:
        """What the next command's text is without the carets, and what it runs."""
        self.blanks()
        start = self.position
        if self.skip("("):
            self.depth += 1
            inside = self.sequence()
            self.depth -= 1
            if not self.skip(")"):
                raise Misread("an open group")
            _unused, redirections = self.words()
            found = [Run(run.text, [*run.redirections, *redirections]) for run in inside]
        else:
            text, redirections = self.words()
            if not text:
                raise Misread("nothing where a command must stand")
            found = [Run(text, redirections)]
        return "".join(character for character, _unused in self.pieces[start : self.position]), found

    def words(self) -> tuple[str, list[str]]:
        """Text and redirections up to the next operator."""
        text, redirections = "", []
        while self.position < len(self.pieces) and not self.at("&") and not self.at("|") and not self.closes():
            character, plain = self.pieces[self.position]
            self.position += 1
            if plain or character not in "<>":
                text += character
                continue
            handle = text[-1] if text[-1:].isdigit() and text[-2:-1] in ("", " ") else ""
            text = text[: len(text) - len(handle)]
            redirections.append(f"{handle}{character}{self.target()}")
        return text.strip(), redirections

    def target(self) -> str:
        found = ">" if self.skip(">") else ""
        found += "&" if self.skip("&") else ""
        self.blanks()
        while self.position < len(self.pieces):
            character, plain = self.pieces[self.position]
            if not plain and character in " &|<>)":
                break
            found += character
            self.position += 1
        return found

    def closes(self) -> bool:
        """Inside a group every bare closing parenthesis ends it, also one in the middle of a word."""
        return self.depth > 0 and self.at(")")


def arguments(text: str, c_runtime: bool = True) -> list[str]:
    """A command line split as the C runtime does, or as CommandLineToArgvW does; they differ in doubled quotes."""
    first, text = _program(text)
    found = [first]
    position = 0
    while True:
        while position < len(text) and text[position] in " \t":
            position += 1
        if position >= len(text):
            return found
        argument, quoted = "", False
        while position < len(text) and (quoted or text[position] not in " \t"):
            backslashes = len(text[position:]) - len(text[position:].lstrip("\\"))
            position += backslashes
            if text[position : position + 1] != '"':
                argument += "\\" * backslashes
                if position < len(text) and (quoted or text[position] not in " \t"):
                    argument += text[position]
                    position += 1
                continue
            argument += "\\" * (backslashes // 2)
            if backslashes % 2:
                argument += '"'
            elif quoted and text[position + 1 : position + 2] == '"':
                argument += '"'
                position += 1
                quoted = c_runtime
            else:
                quoted = not quoted
            position += 1
        if quoted:
            raise Misread("an open quote in the program's reading")
        found.append(argument)


def _program(text: str) -> tuple[str, str]:
    """The first word, in which backslashes are never special."""
    if text.startswith('"'):
        end = text.index('"', 1)
        return text[1:end], text[end + 1 :]
    word, _unused, rest = text.partition(" ")
    return word, rest
