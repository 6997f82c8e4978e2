"""Makes pypsrp.jsonl of the conversations that come with pypsrp: the lines that its author's machines ran in cmd.exe.

python -m ansible_collections.windefend.maps.tests.recordings.from_pypsrp
"""

from __future__ import annotations

import base64
import json
import secrets
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import recording
from ansible_collections.windefend.maps.tests.support.checkout import ROOT

SHELL = "{http://schemas.microsoft.com/wbem/wsman/1/windows/shell}"
SOURCES = ROOT / "build" / "recordings"
SOURCE = "real: Windows machines of pypsrp's author, from the test data of pypsrp 0.9.1 (MIT); which builds is not said"
FILE = Path(__file__).with_name("pypsrp.jsonl")


def lines(messages: Iterable[tuple[ET.Element, ET.Element]]) -> Iterator[tuple[str, bytes, bytes, int]]:
    """The command lines of a conversation (requests with their responses) that ran in cmd.exe and ended, with both
    streams and the exit code."""
    line, streams = "", {"stdout": b"", "stderr": b""}
    for asked, answer in messages:
        command = asked.findtext(f".//{SHELL}Command")
        if command is not None:
            words = [command, *(one.text or "" for one in asked.iter(f"{SHELL}Arguments"))]
            line, streams = " ".join(words).strip().removeprefix("cmd.exe /c "), {"stdout": b"", "stderr": b""}
        for stream in answer.iter(f"{SHELL}Stream"):
            streams[stream.get("Name", "")] += base64.b64decode(stream.text or "")
        code = answer.findtext(f".//{SHELL}ExitCode")
        if line and code is not None and "powershell" not in line.lower():
            yield line, streams["stdout"], streams["stderr"], int(code)
            line = ""


def write(file: Path, source: str, found: Iterable[tuple[str, bytes, bytes, int]]) -> None:
    """Writes lines with their answers as a recording, with its placeholders."""
    own = Path(recording.__file__).with_name(recording.VOCABULARY)
    vocabulary = recording.Vocabulary.parse(own.read_text(encoding="utf-8").splitlines())
    hide = recording.Placeholders(secrets.token_bytes(32), vocabulary, ["vagrant"])
    entries = [recording.header("none", source)]
    for line, stdout, stderr, code in found:
        answers = recording.answers(line, stdout, hide)
        answers[0]["code"] = code
        ending = {"exit_code": code, "errors": hide.stream(stderr)}
        entries.append({"at": 0.0, "took": 0.0, "skew": None, "answers": answers, **ending})
    file.write_text("".join(json.dumps(one) + "\n" for one in entries), encoding="utf-8")


def _messages(path: Path) -> Iterator[tuple[ET.Element, ET.Element]]:
    for message in yaml.safe_load(path.read_text(encoding="utf-8"))["messages"]:
        asked, answer = (ET.fromstring(message[one]) for one in ("request", "response"))  # noqa: S314 - test data
        yield asked, answer


def main() -> None:
    """Writes the file."""
    paths = sorted(SOURCES.glob("pypsrp-*/tests/tests_pypsrp/responses/test_winrs_*.yml"))
    write(FILE, SOURCE, (line for path in paths for line in lines(_messages(path))))


if __name__ == "__main__":
    main()
