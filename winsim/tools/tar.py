"""tar.exe of Windows, as far as it unpacks the archive of Microsoft's harmless test file."""

from __future__ import annotations

from ..machine.files import FileError, FileSystem
from . import realtime
from .arguments import split
from .process import Process

ARCHIVE = b"PK\x03\x04 winsim: stands for the zip of the test file, password infected"
PASSWORD = "infected"
BANNER = "bsdtar 3.5.2 - libarchive 3.5.2 zlib/1.2.5.f-ipp\r\n"
"""What tar.exe of Windows 10, Server 2022 and Windows 11 to 23H2 says of itself (published outputs: sure)."""
MEMBER = "microsoft-defender-cloud-demo.exe"
"""The file in the archive (a published analysis of it: likely)."""


def run(process: Process, arguments: str) -> int:
    """`tar --version`, `tar -xf ARCHIVE -C DIRECTORY --passphrase WORD` (bsdtar's manual)."""
    words = split(arguments)
    if words == ["--version"]:
        process.write(BANNER)
        return 0
    if len(words) != 6 or words[0] != "-xf" or words[2] != "-C" or words[4] != "--passphrase":
        process.unknown(f"tar {arguments}")
        return 1
    try:
        content = process.machine.files.read(FileSystem.normal(words[1], process.directory))
    except FileError:
        return _failed(process, f"tar: Error opening archive: Failed to open '{words[1]}'")
    if content != ARCHIVE:
        return _failed(process, "tar: Error opening archive: Unrecognized archive format")
    if words[5] != PASSWORD:
        return _failed(process, f"{MEMBER}: Incorrect passphrase", "tar: Error exit delayed from previous errors.")
    try:
        realtime.save(process, FileSystem.normal(f"{words[3]}\\{MEMBER}", process.directory), realtime.TEST_FILE)
    except FileError:
        return _failed(process, f"{MEMBER}: Can't create '{MEMBER}'", "tar: Error exit delayed from previous errors.")
    return 0


def _failed(process: Process, *lines: str) -> int:
    process.write_error("".join(f"{line}\r\n" for line in lines))
    return 1
