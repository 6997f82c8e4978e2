"""From a line, its percent signs already expanded, to a tree.

The rules are what Wine's conformance tests state of Windows' cmd.exe (programs/cmd/tests/test_builtins.cmd and
test_cmdline.cmd with their .exp files; likely) and what its users measured: a caret takes the next character out of the
syntax except between quotes; a digit before a redirection names the handle only after a separator; a closing
parenthesis means something only inside parentheses; the body of `if` and `for`, and what `@` hides, reach to the
end of the line. Binding, loosest first: `&`, `||`, `&&`, `|`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from .nodes import Block, Chain, Command, Condition, For, If, Incomplete, Node, Quiet, Redirection, SyntaxFault

BLANKS = " \t\v\f\xa0"
SEPARATORS = BLANKS + ",;="
SPECIAL = "&|<>\n"
COMPARISONS = ("equ", "neq", "lss", "leq", "gtr", "geq")
_QUOTED = re.compile(r'[^"\n]+')
_OF_A_COMMAND = re.compile(r'[^"^&|<>)\n]+')
_OF_A_TOKEN = re.compile(r"[A-Za-z0-9_:.\\/*?-]+")
"""A part of what a token is made of; a `stop` of its own may hold none of it."""
TESTS = ("exist", "defined", "errorlevel", "cmdextversion")


class Parser:
    """Parses one command, fetching further lines while parentheses are open."""

    def __init__(self, line: str, more: Callable[[], str | None] | None = None) -> None:
        self._text = line + "\n"
        self._position = 0
        self._depth = 0
        self._more = more or (lambda: None)

    def parse(self) -> Node | None:
        """The tree; None for an empty line, a label or a comment of `::`. Raises SyntaxFault and Incomplete."""
        self._skip(SEPARATORS)
        if self._peek() == "\n" or self._at(":") or self._at(")"):
            return None
        node = self._sequence()
        if self._peek() != "\n":
            raise SyntaxFault(self._word_here())
        return node

    # Characters

    def _peek(self, length: int = 1) -> str:
        return self._text[self._position : self._position + length]

    def _at(self, text: str) -> bool:
        return self._peek(len(text)) == text

    def _skip(self, characters: str) -> None:
        while self._peek() and self._peek() in characters:
            self._position += 1

    def _run(self, plain: re.Pattern[str]) -> str:
        """The characters from here on that mean nothing but themselves."""
        found = plain.match(self._text, self._position)
        if found is None:
            return ""
        self._position = found.end()
        return found[0]

    def _take(self, text: str) -> bool:
        if not self._at(text):
            return False
        self._position += len(text)
        return True

    def _fetch(self) -> None:
        """Appends the next line once the text so far is used up."""
        if self._position < len(self._text):
            return
        line = self._more()
        if line is None:
            raise Incomplete
        self._text += line + "\n"

    def _word_here(self) -> str:
        self._skip(SEPARATORS)
        if self._peek() == "\n":
            return ""
        for operator in ("&&", "||", ">>", "&", "|", "<", ">", "(", ")"):
            if self._at(operator):
                return operator
        start = self._position
        return self._token() or self._text[start : start + 1]

    def _word_is(self, word: str) -> bool:
        """Whether a bare word stands here; case does not matter."""
        end = self._position + len(word)
        return (
            self._text[self._position : end].lower() == word and self._text[end : end + 1] in SEPARATORS + SPECIAL + "("
        )

    def _token(self, stop: str = SEPARATORS, parenthesis: bool = True) -> str:
        """A word with its quotes, without its carets."""
        token, quoted = "", False
        while True:
            token += self._run(_QUOTED if quoted else _OF_A_TOKEN)
            character = self._peek()
            if character == "\n":
                return token
            if character == '"':
                quoted = not quoted
            elif not quoted:
                if character == "^":
                    self._position += 1
                    character = self._escaped()
                    token += character
                    continue
                if character in stop or character in SPECIAL or (character == ")" and self._depth and parenthesis):
                    return token
            token += character
            self._position += 1

    def _escaped(self) -> str:
        """The character after a caret; a line that ends in one goes on with the next line's first character."""
        if self._peek() == "\n":
            self._position += 1
            if self._position >= len(self._text):
                line = self._more()
                if line is None:
                    self._position -= 1
                    return ""
                self._text = self._text[: self._position] + line + "\n"
            if self._peek() == "\n":
                # The end of an empty line is escaped itself, and one more line belongs to the command.
                self._position += 1
                self._text += (self._more() or "") + "\n"
                return "\n"
        character = self._peek()
        self._position += 1
        return character

    # Sequences

    def _end_of_statement(self) -> bool:
        return self._peek() == "\n" or (self._depth > 0 and self._at(")"))

    def _sequence(self) -> Node:
        """A loop, as where it runs: a line has a hundred commands."""
        parts: list[Node] = []
        node: Node | None = None
        while True:
            parts.append(self._binary(0))
            self._skip(SEPARATORS)
            if not self._at("&") or self._at("&&"):
                node = parts.pop()
                break
            self._position += 1
            self._skip(SEPARATORS)
            if self._end_of_statement():
                break
        while parts:
            node = Chain(parts.pop(), "&", node)
        assert node is not None  # noqa: S101 - there is a part
        return node

    def _binary(self, level: int) -> Node:
        operators = ("||", "&&", "|")
        if level == len(operators):
            return self._command()
        left = self._binary(level + 1)
        self._skip(SEPARATORS)
        operator = operators[level]
        if self._at(operator) and not (operator == "|" and self._at("||")):
            self._position += len(operator)
            self._skip(SEPARATORS)
            if self._end_of_statement():
                raise SyntaxFault(")" if self._at(")") else "")
            return Chain(left, operator, self._binary(level))
        return left

    # Commands

    def _command(self) -> Node:
        self._skip(SEPARATORS)
        if self._take("@"):
            return Quiet(self._sequence())
        redirections: list[Redirection] = []
        while self._redirection("", redirections):
            self._skip(SEPARATORS)
        if self._at("("):
            return self._block(redirections)
        if self._peek() in "&|)":
            raise SyntaxFault(self._word_here())
        if self._word_is("if"):
            return self._if(redirections)
        if self._word_is("for"):
            return self._for(redirections)
        return self._simple(redirections)

    def _simple(self, redirections: list[Redirection]) -> Node:
        is_remark = self._word_is("rem")
        text, quoted = "", False
        if is_remark:
            text = self._peek(3)
            self._position += 3
            start = self._position
            self._skip(SEPARATORS)
            if self._peek() not in SPECIAL:
                while self._peek() != "\n":
                    self._position += 1
            return Command(text + self._text[start : self._position], tuple(redirections))
        while True:
            text += self._run(_QUOTED if quoted else _OF_A_COMMAND)
            character = self._peek()
            if character == "\n":
                break
            if character == '"':
                quoted = not quoted
            elif not quoted:
                if character == "^":
                    self._position += 1
                    text += self._escaped()
                    continue
                if character in "&|" or (character == ")" and self._depth):
                    break
                if character in "<>":
                    text = self._redirection_after(text, redirections)
                    continue
            text += character
            self._position += 1
        return Command(text, tuple(redirections))

    def _redirection_after(self, text: str, redirections: list[Redirection]) -> str:
        digit = text[-1:]
        if digit.isdigit() and (len(text) == 1 or text[-2] in SEPARATORS):
            text = text[:-1]
        else:
            digit = ""
        self._redirection(digit, redirections)
        return text

    def _redirection(self, digit: str, redirections: list[Redirection]) -> bool:
        if not digit and self._peek().isdigit() and self._peek(2)[1:] in ("<", ">"):
            digit = self._peek()
            self._position += 1
        operator = next((o for o in (">>", ">", "<") if self._at(o)), "")
        if not operator:
            return False
        self._position += len(operator)
        handle = int(digit) if digit else int(operator != "<")
        self._skip(SEPARATORS)
        if self._take("&"):
            self._skip(SEPARATORS)
            source = self._peek()
            if not source.isdigit():
                raise SyntaxFault(self._word_here())
            self._position += 1
            redirections.append(Redirection(handle, operator[0] + "&", source))
            return True
        if self._peek() in SPECIAL:
            raise SyntaxFault(self._word_here())
        redirections.append(Redirection(handle, operator, self._token()))
        return True

    def _trailing_redirections(self, redirections: list[Redirection]) -> None:
        self._skip(BLANKS)
        while self._redirection("", redirections):
            self._skip(BLANKS)

    def _block(self, redirections: list[Redirection]) -> Node:
        self._position += 1
        self._depth += 1
        body: list[Node] = []
        while True:
            self._fetch()
            self._skip(SEPARATORS + "\n")
            if self._position >= len(self._text):
                continue
            if self._take(")"):
                break
            if self._at(":"):
                while self._peek() != "\n":
                    self._position += 1
                continue
            body.append(self._sequence())
            self._skip(SEPARATORS)
            if not self._end_of_statement():
                raise SyntaxFault(self._word_here())
        self._depth -= 1
        if not body:
            raise SyntaxFault(")")
        self._trailing_redirections(redirections)
        self._skip(BLANKS)
        if not (self._end_of_statement() or self._peek() in "&|" or self._word_is("else")):
            raise SyntaxFault(self._word_here())
        return Block(tuple(body), tuple(redirections))

    # if and for

    def _operand(self) -> str:
        self._skip(SEPARATORS)
        operand = self._token()
        if not operand:
            raise SyntaxFault(self._word_here())
        return operand

    def _if(self, redirections: list[Redirection]) -> Node:
        self._position += 2
        condition = self._condition()
        self._skip(SEPARATORS)
        if self._end_of_statement():
            raise SyntaxFault(")" if self._at(")") else "")
        then = self._sequence()
        otherwise = None
        self._skip(SEPARATORS)
        if self._word_is("else"):
            self._position += 4
            self._skip(SEPARATORS)
            if self._end_of_statement():
                raise SyntaxFault(")" if self._at(")") else "")
            otherwise = self._sequence()
        return If(condition, then, otherwise, tuple(redirections))

    def _condition(self) -> Condition:
        negated = ignore_case = False
        while True:
            left = self._operand()
            compared = self._at("==") or self._peek(3).lstrip(BLANKS).startswith("==")
            word = left.lower()
            if compared:
                break
            if word == "/i":
                ignore_case = True
            elif word == "not":
                negated = not negated
            else:
                break
        if not compared and left.lower() in TESTS:
            return Condition(left.lower(), self._operand(), "", negated, ignore_case)
        self._skip(BLANKS)
        if self._take("=="):
            operator = "=="
        else:
            start = self._position
            operator = self._token().lower()
            if operator not in COMPARISONS:
                self._position = start
                raise SyntaxFault(self._word_here())
        return Condition(operator, left, self._operand(), negated, ignore_case)

    def _for(self, redirections: list[Redirection]) -> Node:
        self._position += 3
        kind = option = ""
        word = self._operand()
        if word[:1] == "/" and word[1:].lower() in ("d", "r", "l", "f"):
            kind = word[1:].lower()
            word = self._operand()
            if kind in "rf" and not word.startswith("%"):
                option, word = word, self._operand()
        if len(word) != 2 or word[0] != "%":
            raise SyntaxFault(word)
        variable = word[1]
        if self._operand().lower() != "in":
            raise SyntaxFault(self._word_here())
        self._skip(SEPARATORS)
        if not self._take("("):
            raise SyntaxFault(self._word_here())
        items = self._set()
        if (word := self._operand()).lower() != "do":
            raise SyntaxFault(word)
        self._skip(SEPARATORS)
        if self._end_of_statement():
            raise SyntaxFault(")" if self._at(")") else "")
        return For(kind, option, variable, items, self._sequence(), tuple(redirections))

    def _set(self) -> str:
        text, quoted = "", False
        while True:
            self._fetch()
            character = self._peek()
            self._position += 1
            if character == "\n":
                quoted = False
                text += " "
            elif character == '"':
                quoted = not quoted
                text += character
            elif character == "^" and not quoted:
                text += self._escaped()
            elif character == ")" and not quoted:
                return text
            else:
                text += character
