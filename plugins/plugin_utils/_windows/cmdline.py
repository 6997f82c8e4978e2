"""Command lines that cmd.exe and the program behind it read as they were meant, and many commands in one line.

Rules that hold in this file
- User data becomes text through :func:`quote` only. What cannot be carried is refused, never repaired.
- An argument that needs it is enclosed in quotes as a whole and holds no quote itself. cmd.exe then sees no special
  character in it, however often it reads the text (each side of a pipe is read a second time by a child cmd.exe), and
  CommandLineToArgvW gives it back unchanged. The caret scheme, which could carry a quote, survives one reading only,
  so it is not used: a quote is refused. JSON goes another way, see :class:`Json`.
- `%` is expanded before anything else and cannot be escaped inside quotes (*sure*), so it is refused.
- `!` is plain text: delayed expansion is off unless somebody switched it on in the registry's `Command Processor` key.
- A line never begins with a quote: `cmd /c` may take the outer quotes off (*likely*, Wine agrees).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .look_alikes import BACKSLASHES, QUOTES, before_the_end
from .outcome import MOST_OUTPUT, NO_SUCH_PROGRAM, Outcome, OutputTooLarge, Unread, why_unread
from .reading import MARK, Reading

__all__ = ["MOST_OUTPUT", "NO_SUCH_PROGRAM", "Outcome", "OutputTooLarge", "Unread", "why_unread"]

LINE_LIMIT = 8191
"""Characters that cmd.exe takes in one line (*sure*, Microsoft KB 830473)."""

OVERHEAD = 64
"""What may come before our text in the line that the host starts, such as the path of cmd.exe and `/C`."""

_BARE = re.compile(r"[A-Za-z0-9_.:/\\@+-]+\Z")
_LITERAL = re.compile(r"[A-Za-z0-9_.:/\\@+=,;*?{}\[\]~$#-]+\Z")
_FORMAT = re.compile(r"(?:%\{[a-z_]+\}|\\n|[A-Za-z0-9# _-])+\Z")
_URL = re.compile(r"https?://[A-Za-z0-9.:-]+(?:/(?:[A-Za-z0-9._~:/@()*+,;=-]|%[0-9A-Fa-f]{2})*)?\Z")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*\Z")


class CannotCarry(ValueError):
    """A value that cannot go through cmd.exe unchanged; the message names the character, its position and why."""


def _complaint(character: str, last: bool) -> str | None:
    """Why this character cannot be carried, or None."""
    code = ord(character)
    category = unicodedata.category(character)
    if character == "%":
        return "cmd.exe expands it before it looks at quotes"
    if character == '"':
        return "cmd.exe and the program would disagree about the end of the argument"
    if character in QUOTES:
        return "it turns into a quote in programs that use the ANSI code page"
    if last and character in BACKSLASHES:
        return "among what ends the text it may turn into a backslash, and then the closing quote would be escaped"
    if category == "Cc":
        return "control characters end the line or change it"
    if category == "Cs":
        return "half of a surrogate pair is not a character"
    if category in ("Zl", "Zp"):
        return "it separates lines"
    if code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return "it is not a character, and XML cannot contain it"
    return None


def check(value: str) -> None:
    """Raise :class:`CannotCarry` when `value` holds a character that cannot go through cmd.exe unchanged."""
    if value.isascii() and value.isprintable() and "%" not in value and '"' not in value:
        return  # nothing below can object to it; nearly every argument is such a one
    end = before_the_end(value)
    for position, character in enumerate(value):
        reason = _complaint(character, position >= end)
        if reason is not None:
            raise CannotCarry(
                f"U+{ord(character):04X} at position {position} of {value!a} cannot be passed to the host: {reason}"
            )


def quote(value: str) -> str:
    """Text that survives cmd.exe, read once or more often, and CommandLineToArgvW unchanged.

    A bare word stays bare; everything else is enclosed in quotes with the backslashes before the closing quote doubled
    (*sure*, Microsoft's page "Parsing C++ command-line arguments"). Raises :class:`CannotCarry`.
    """
    check(value)
    return value if _BARE.match(value) else _enclose(value)


def _enclose(value: str) -> str:
    trailing = len(value) - len(value.rstrip("\\"))
    return f'"{value}{chr(92) * trailing}"'


def quote_path(path: str) -> str:
    """A path for cmd.exe's own commands and for redirections, which take backslashes as they stand.

    A trailing backslash is dropped (it is not part of a name), so that the text is right for both readings.
    Raises :class:`CannotCarry`, also for an empty path.
    """
    check(path)
    bare = path.rstrip("\\")
    if not bare:
        raise CannotCarry(f"{path!a} is not a file or folder name")
    if bare.endswith(":"):
        bare += "\\."
    return bare if _BARE.match(bare) else f'"{bare}"'


class Literal(str):
    """Text known at coding time, such as `/v`. Takes only what has no meaning for cmd.exe: ValueError otherwise."""

    __slots__ = ()

    def __new__(cls, value: str) -> Literal:
        if not _LITERAL.match(value):
            raise ValueError(f"{value!a} is not fit for a literal: quote it")
        return super().__new__(cls, value)


class Format(Literal):
    r"""A format such as curl's `"%{http_code}\\n"`, known at coding time; ValueError for anything else.

    The one place where a percent sign may stand: on a command line (in a batch file it is otherwise) cmd.exe leaves
    `%NAME%` as it is when there is no variable NAME, and what stands between two percent signs here begins with a brace
    (*likely*, Wine's cmd tests; ExpandEnvironmentStrings of the Task Scheduler does the same: *sure*, Microsoft).
    """

    __slots__ = ()

    def __new__(cls, value: str) -> Format:
        if not _FORMAT.match(value):
            raise ValueError(f"{value!a} is not a format of variables in braces and plain words")
        return str.__new__(cls, f'"{value}"')


class Url(Literal):
    """A URL of plain characters in which a percent sign stands for a character (`%20`); CannotCarry for anything else.

    As in Format, no variable has a name like what stands between two percent signs here (*likely*): it begins with the
    digits of a character.
    """

    __slots__ = ()

    def __new__(cls, value: str) -> Url:
        if not _URL.match(value):
            raise CannotCarry(f"{value!a} is not a URL of plain characters")
        return str.__new__(cls, f'"{value}"')


@dataclass(frozen=True)
class Assign:
    """An argument in the form of netsh: `name="value"`, and with `separator` ":" of findstr: `/c:"value"`."""

    name: str
    value: str
    separator: str = "="

    @property
    def text(self) -> str:
        """The argument, its value always quoted. Raises :class:`CannotCarry`."""
        if not re.fullmatch(r"/?[A-Za-z][A-Za-z0-9_-]*", self.name):
            raise ValueError(f"{self.name!a} is not the name of an argument")
        check(self.value)
        return f"{self.name}{self.separator}{_enclose(self.value)}"


@dataclass(frozen=True)
class Json:
    r"""`name={\"key\":\"text\",\"key\":true}`: a flat JSON object as netsh's page writes it.

    Each `\"` is a quote for the program, and for cmd.exe the start or the end of a quoted part; so what stands inside
    a JSON string stands inside quotes for cmd.exe too, and outside there are only `{ } : ,` and letters. That holds for
    every reading as long as no string holds a quote, a backslash or a blank (for the program a blank would end the
    argument): those raise :class:`CannotCarry`.
    """

    name: str
    members: Mapping[str, str | bool]

    @property
    def text(self) -> str:
        """The argument as netsh's documentation spells it."""
        parts = []
        for key, value in self.members.items():
            if not _NAME.match(key) or not _NAME.match(self.name):
                raise ValueError(f"{key!a} is not the name of a member")
            if isinstance(value, str):
                check(value)
                unfit = next((c for c in value if c in " \\" or c.isspace()), None)
                if unfit is not None:
                    raise CannotCarry(
                        f"{unfit!a} in {value!a} cannot be passed to the host: JSON on a command line cannot contain it"
                    )
            parts.append(f'\\"{key}\\":' + (f'\\"{value}\\"' if isinstance(value, str) else json.dumps(value)))
        return f"{self.name}={{{','.join(parts)}}}"


Argument = str | Assign | Json


def _text(argument: Argument) -> str:
    if isinstance(argument, (Assign, Json)):
        return argument.text
    return str(argument) if isinstance(argument, Literal) else quote(argument)


@dataclass(frozen=True)
class Command:
    """A command in cmd.exe's language, safe by construction: made by :meth:`of` and the methods here.

    `compound` is true when the text is more than one program, so that a redirection needs parentheses around it;
    `pipeline` when the operators in it are pipes only, so that a further pipe needs none. `most`: bytes that it may
    print; a command made of others may print what the one of them may that is given most.
    """

    text: str
    compound: bool = False
    pipeline: bool = False
    most: int = field(default=MOST_OUTPUT, compare=False)
    reads: Reading | None = field(default=None, compare=False)
    """What is read, where the answer is to be judged (see `answers`); None: whoever asks judges it."""

    @classmethod
    def of(cls, program: str, *arguments: Argument) -> Command:
        """`program` with its arguments, each quoted as needed. Raises :class:`CannotCarry`."""
        return cls(" ".join([quote_path(program), *map(_text, arguments)]))

    def filtered(self, *strings: str, invert: bool = False, ignore_case: bool = True) -> Command:
        """Only the lines that hold one of the strings (`invert`: none of them), chosen on the host by findstr.

        Findstr's own rules (*recalled*, long known to batch writers): a backslash in a search string is written twice,
        a string has at most 254 bytes to be safe, non-ASCII characters are compared in the wrong code page, and several
        literal strings together are reliable only without regard to case. What breaks them raises
        :class:`CannotCarry` or ValueError. The exit code becomes findstr's: 1 when no line is left.
        """
        if not strings:
            raise ValueError("nothing to search for")
        if len(strings) > 1 and not ignore_case:
            raise ValueError("findstr finds several literal strings reliably only without regard to case")
        parts = ["findstr", "/l", *(["/i"] if ignore_case else []), *(["/v"] if invert else [])]
        for string in strings:
            if not string or len(string) > 254 or not string.isascii() or string.endswith("\\"):
                raise CannotCarry(
                    f"findstr cannot search for {string!a}: it takes 1 to 254 ASCII characters, the last no backslash"
                )
            parts.append(Assign("/c", string.replace("\\", "\\\\"), ":").text)
        return self._piped(*parts)

    def matching(self, *patterns: str, invert: bool = False) -> Command:
        """Only the lines that fit one of these regular expressions of findstr's (`invert`: none of them)."""
        return self._piped(
            "findstr", *(["/v"] if invert else []), "/r", *(Assign("/c", one, ":").text for one in patterns)
        )

    def with_text(self, text: str) -> Command:
        """Only the lines that hold this text, in this case, however long they are (find: no limit of a line is known,
        which is no proof that there is none)."""
        check(text)
        return self._piped("find", f'"{text}"')

    def counted(self) -> Command:
        """The number of its lines and nothing else: the empty string is in no line for find, so `/v` takes all (The Old
        New Thing, 2011-08-25: *sure*)."""
        return self._piped("find", "/c", "/v", '""').up_to(MOST_OUTPUT)

    def _piped(self, *words: str) -> Command:
        before = self.text if self.pipeline else self._grouped()
        return replace(self, text=f"{before} | {' '.join(words)}", compound=True, pipeline=True)

    def up_to(self, most: int) -> Command:
        """The command with another limit of what it may print, in bytes."""
        return replace(self, most=most)

    def with_errors(self) -> Command:
        """Standard error joins standard output."""
        return Command(f"{self._grouped()} 2>&1", most=self.most)

    def reading(self, reads: Reading, *controls: Command) -> Command:
        """The command with what it reads. Where it fails, the controls are asked in order until one succeeds, each
        behind a line with MARK; the exit code is that of the last one that ran."""
        text = "".join([self.text, *(f"||(echo {MARK}&{control.text})" for control in controls)])
        return Command(text, compound=self.compound or bool(controls), most=self.most, reads=reads)

    def quiet(self) -> Command:
        """Standard output is thrown away."""
        return Command(f"{self._grouped()} >nul", most=self.most)

    def silent(self) -> Command:
        """Both streams are thrown away."""
        return Command(f"{self._grouped()} >nul 2>&1", most=self.most)

    def into(self, path: str) -> Command:
        """Standard output goes to a file, which is replaced."""
        return Command(f"{self._grouped()} >{quote_path(path)}", most=self.most)

    def all_into(self, path: str) -> Command:
        """Both streams go to a file, which is replaced."""
        return Command(f"{self._grouped()} >{quote_path(path)} 2>&1", most=self.most)

    def then_if_ok(self, other: Command) -> Command:
        """`other` runs when this one ended with 0; the exit code is that of the last one that ran."""
        return self._joined("&&", other)

    def otherwise(self, other: Command) -> Command:
        """`other` runs when this one did not end with 0."""
        return self._joined("||", other)

    def then(self, other: Command) -> Command:
        """`other` runs afterwards, whatever came of this one."""
        return self._joined("&", other)

    def _joined(self, operator: str, other: Command) -> Command:
        text = f"{self._grouped()} {operator} {other._grouped()}"
        return Command(text, compound=True, most=max(self.most, other.most))

    def _grouped(self) -> str:
        # Arguments never hold a bare parenthesis, so the group ends where it should.
        return f"({self.text})" if self.compound else self.text
