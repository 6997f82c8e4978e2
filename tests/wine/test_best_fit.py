"""The characters that `quote` refuses because of what they become are those of Windows' code pages, and no others."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import look_alikes
from ansible_collections.windefend.maps.tests.wine import best_fit

pytestmark = pytest.mark.wine


@pytest.mark.parametrize(("target", "known"), [('"', look_alikes.QUOTE), ("\\", look_alikes.BACKSLASH)])
def test_the_table_is_that_of_the_code_pages(target: str, known: dict[str, tuple[int, ...]]) -> None:
    tables = best_fit.folder()
    if tables is None:
        pytest.skip(f"Wine's tables are in none of {', '.join(best_fit.PLACES)}")
    found: dict[str, tuple[int, ...]] = {}
    for page, code in best_fit.look_alikes(tables, target):
        if page in best_fit.ANSI:
            found[chr(code)] = (*found.get(chr(code), ()), page)
    assert found == known
    assert {page for pages in found.values() for page in pages} <= set(best_fit.ANSI)


def test_a_table_is_read_as_windows_reads_it() -> None:
    """What every code page has stays as it is."""
    tables = best_fit.folder()
    if tables is None:
        pytest.skip(f"Wine's tables are in none of {', '.join(best_fit.PLACES)}")
    for page in best_fit.ANSI:
        became = best_fit.table(tables / f"c_{page}.nls")
        assert became[:128] == list(range(128))
    assert best_fit.table(tables / "c_932.nls")[0x8868] == 0x955C, "a second byte that is a backslash alone"
