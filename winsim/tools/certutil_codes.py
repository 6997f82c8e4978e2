"""How certutil shows an error: the number, then in brackets where it comes from, the Win32 number and its name
(captures of -generateSSTFromWU and -syncWithWU; likely)."""

from __future__ import annotations

NAMES = {
    2: "ERROR_FILE_NOT_FOUND",
    3: "ERROR_PATH_NOT_FOUND",
    5: "ERROR_ACCESS_DENIED",
    53: "ERROR_BAD_NETPATH",
    67: "ERROR_BAD_NET_NAME",
    1006: "ERROR_FILE_INVALID",
}


def win32(code: int) -> str:
    """`0x80070002 (WIN32: 2 ERROR_FILE_NOT_FOUND)`."""
    return f"{0x80070000 | code:#x} (WIN32: {code} {NAMES[code]})"
