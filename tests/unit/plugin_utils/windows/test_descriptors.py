"""Access lists as cacls and the registry give them."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import descriptors, registry, shares
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import CannotCarry

OURS = b'C:\\ctl "D:PAI(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;AU)"\r\n\r\n'
DRIVE = (
    b'C:\\ "D:PAI(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;BU)(A;OICIIO;SDGXGWGR;;;AU)(A;;LC;;;AU)"\r\n\r\n'
)
"""Both as published outputs of cacls /s show them."""
EVERYONE_READS = bytes.fromhex(
    "01000480 00000000 00000000 00000000 14000000 02001C00 01000000 0000 1400 A9001200"
) + bytes((1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0))


def test_what_a_folder_of_ours_shows() -> None:
    access = descriptors.parse_shown(OURS)
    assert access.protected
    assert access.granted("S-1-5-32-544", below=True) == descriptors.FULL
    assert access.granted("S-1-5-11", below=True) == descriptors.READ_AND_EXECUTE
    assert access.granted("S-1-1-0") == 0
    assert access.sids_with_access(descriptors.WRITING) == ["S-1-5-32-544", "S-1-5-18"]


def test_what_holds_only_below_does_not_hold_here() -> None:
    access = descriptors.parse_shown(DRIVE)
    assert access.granted("S-1-5-11") == 4, "append data: make folders"
    assert access.granted("S-1-5-11", below=True) == 0
    assert access.sids_with_access(descriptors.WRITING) == ["S-1-5-32-544", "S-1-5-18", "S-1-5-11"]


@pytest.mark.parametrize(
    ("aces", "mask"),
    [
        ("(A;OICI;FRFX;;;WD)", 0x1200A9),
        ("(A;OICI;GRGX;;;WD)", 0x1200A9),
        ("(D;OICI;FW;;;WD)(A;OICI;FA;;;S-1-1-0)", 0x1F01FF),
        ("(A;OICI;FA;;;WD)(D;OICI;FA;;;WD)", 0),
        ("(A;OICIID;0x1301bf;;;WD)", 0x1301BF),
        ("", 0),
    ],
)
def test_rights_in_letters_and_numbers(aces: str, mask: int) -> None:
    access = descriptors.parse_shown(f'C:\\x "D:AI{aces}"\r\n'.encode())
    assert not access.protected
    assert access.granted("S-1-1-0", below=True) == mask


@pytest.mark.parametrize(
    "output",
    [
        b"",
        b"The system cannot find the file specified.\r\n",
        b"C:\\x BUILTIN\\Administrators:(OI)(CI)F\r\n",
        b'C:\\x "D:(XA;;FA;;;WD)"\r\n',
        b'C:\\x "D:(A;;ZZ;;;WD)"\r\n',
        b'C:\\x "D:(A;;FA)"\r\n',
    ],
)
def test_what_is_not_understood_raises(output: bytes) -> None:
    with pytest.raises(ValueError, match=r"access list|not enough"):
        descriptors.parse_shown(output)


def test_the_descriptor_of_a_share() -> None:
    access = descriptors.parse_binary(EVERYONE_READS)
    assert [(one.sid, one.mask, one.allows) for one in access.entries] == [("S-1-1-0", 0x1200A9, True)]


@pytest.mark.parametrize("size", range(len(EVERYONE_READS)))
def test_a_cut_descriptor_raises(size: int) -> None:
    with pytest.raises(ValueError, match=r"cut|without an access list"):
        descriptors.parse_binary(EVERYONE_READS[:size])


def test_a_descriptor_without_a_list_is_not_taken_for_nobody() -> None:
    with pytest.raises(ValueError, match="everyone"):
        descriptors.parse_binary(EVERYONE_READS[:16] + bytes(4))


def stored(*lines: str) -> registry.Value:
    return registry.Value("ctl", "REG_MULTI_SZ", lines)


def test_a_share_is_read() -> None:
    security = registry.Value("ctl", "REG_BINARY", EVERYONE_READS)
    share = shares.parse(stored("CSCFlags=0", r"Path=C:\ctl\lists", "Permissions=0", "Remark=a=b"), security)
    assert (share.name, share.path) == ("ctl", r"C:\ctl\lists")
    assert share.access is not None
    assert share.access.sids_with_access(1) == ["S-1-1-0"]
    assert shares.parse(stored(r"path=C:\x"), None).access is None
    for wrong in (stored("CSCFlags=0"), registry.Value("ctl", "REG_SZ", "Path=C:\\x")):
        with pytest.raises(ValueError, match="the share ctl"):
            shares.parse(wrong, None)
    with pytest.raises(ValueError, match="REG_SZ"):
        shares.parse(stored("Path=x"), registry.Value("ctl", "REG_SZ", "x"))


def test_lines_of_net() -> None:
    assert shares.add("ctl$", r"C:\ctl dir\lists").text == (
        r'net share "ctl$=C:\ctl dir\lists" /remark:"Certificate trust lists"'
    )
    assert shares.remove("ctl").text == "net share ctl /delete /y"
    for name in ("", "a b", "$", "a/b", "-x", "a%b", "a" * 81, "a\\b", "a$b"):
        with pytest.raises(CannotCarry):
            shares.add(name, r"C:\ctl")
