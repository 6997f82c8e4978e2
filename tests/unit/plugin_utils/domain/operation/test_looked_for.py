"""That no file fits a pattern is proven by the folders above it, from an empty one up to the root of the drive."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible import driver
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import Ask, reason
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import files
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine

FOLDER = r"C:\ProgramData\looked-for"


def looked_for(host: SimulatedHost, pattern: str) -> tuple[int | None, str]:
    """The exit code, and why what is there is not known."""
    found = driver.run(host, Ask({"it": files.look_for(pattern)}, reads=True))["it"]
    return found.exit_code, reason(found)


@pytest.mark.parametrize("name", ["x.txt", "x-*"])
def test_an_empty_folder_proves_that_it_holds_nothing(name: str) -> None:
    """`dir` without `/b` lists `.` and `..` there, `dir /b` ends with 1 as it does where a folder may not be read."""
    host = SimulatedHost(machine())
    host.machine.files.make_directory(FOLDER)
    assert looked_for(host, rf"{FOLDER}\{name}") == (1, "")
    host.machine.files.write(rf"{FOLDER}\x-1.txt", b"")
    assert looked_for(host, rf"{FOLDER}\x-*") == (0, "")


def test_the_root_of_a_drive_proves_that_a_folder_is_absent() -> None:
    """It is never empty, and `dir /b /a` of it ends with 0: NTFS has System Volume Information there."""
    host = SimulatedHost(machine())
    assert looked_for(host, r"C:\nowhere\below\x.txt") == (1, "")
