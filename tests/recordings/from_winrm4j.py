"""Makes winrm4j.jsonl of the two conversations in the test resources of winrm4j: one line each, in cmd.exe.

git clone https://github.com/cloudsoft/winrm4j
python -m ansible_collections.windefend.maps.tests.recordings.from_winrm4j winrm4j
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

from .from_pypsrp import lines, write

SOURCE = (
    "real: one line each on Windows 7 and Windows Server 2012, from the test resources of cloudsoft/winrm4j, win7.xml "
    "and win12.xml (2017, Apache License 2.0); without Defender's commands"
)
FILE = Path(__file__).with_name("winrm4j.jsonl")


def messages(path: Path) -> Iterator[tuple[ET.Element, ET.Element]]:
    """The requests of a conversation with their responses."""
    for item in ET.parse(path).getroot().iter("item"):  # noqa: S314 - test data
        asked, answer = item.find("request"), item.find("response")
        if asked is not None and answer is not None:
            yield asked, answer


def main() -> None:
    """Writes the file."""
    folder = Path(sys.argv[1]) / "client" / "src" / "test" / "resources" / "recordings"
    write(FILE, SOURCE, (line for name in ("win7", "win12") for line in lines(messages(folder / f"{name}.xml"))))


if __name__ == "__main__":
    main()
