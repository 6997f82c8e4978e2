"""The commands that the project's pages show, each block with the mark in front of it that says who executes it.

A block of commands is a fenced one whose language is in LANGUAGES. In front of it stands one of

    <!-- executed by FILE -->          FILE takes the commands from the page, or runs the same words
    <!-- needs SOMETHING: reason -->   SOMETHING of NEEDS, which no test has
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("console", "bash", "sh", "shell", "bat", "powershell")
NEEDS = (
    "a KDC of your own",
    *("Windows", "Wine", "AWX", "an image registry", "a package index"),
    *("an idle machine", "a system with Kerberos' headers"),
)
_FENCE = re.compile(
    r"^(?:<!-- (?P<mark>[^\n]*?) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """A block of commands on a page."""

    page: str
    mark: str
    language: str
    text: str

    @property
    def executed_by(self) -> str:
        """The file that executes it; empty where none does."""
        return self.mark.removeprefix("executed by ") if self.mark.startswith("executed by ") else ""

    @property
    def needs(self) -> str:
        """What it needs that no test has; empty where the mark says no such thing."""
        found = re.fullmatch(r"needs (.+?): \S.*", self.mark)
        return found[1] if found else ""

    @property
    def commands(self) -> list[str]:
        """What is typed at the prompt, with the lines that go on; in other languages than console the whole text."""
        if self.language != "console":
            return [self.text]
        return list(re.findall(r"^\$ ((?:.*\\\n)*.*)$", self.text, re.MULTILINE))


def pages(root: Path = ROOT) -> list[str]:
    """Every page of the project, by its path."""
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=root, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split() if (root / name).is_file()]


def blocks(page: str, text: str) -> list[Block]:
    """The blocks of commands of a page, in order."""
    return [
        Block(page, found["mark"] or "", found["language"], found["text"])
        for found in _FENCE.finditer(text)
        if found["language"] in LANGUAGES
    ]


def quoted(text: str, language: str = "text") -> list[str]:
    """What a page shows of outputs, piece by piece: it leaves out what stands as `...`."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [" ".join(part.split()) for block in found for part in block.split("...") if part.strip()]


def words(text: str) -> str:
    """Words alone, with single blanks: a command reads the same in a list of arguments as in a shell."""
    return " ".join(re.findall(r"[\w./:=@{}-]+", text))
