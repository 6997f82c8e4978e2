"""The benchmark's arithmetic."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.tests.benchmark import arithmetic


def test_a_spread() -> None:
    assert arithmetic.spread([3.0, 1.0, 2.0, 10.0]) == arithmetic.Spread(1.0, 2.5, 10.0, 4)
    assert arithmetic.spread([3.14159]).plain() == {"min": 3.142, "median": 3.142, "max": 3.142, "count": 1}


def test_nothing_has_no_spread() -> None:
    with pytest.raises(ValueError, match="nothing"):
        arithmetic.spread([])


def test_ratios_are_those_of_each_round() -> None:
    """Not of the medians: the second round was disturbed for both."""
    assert arithmetic.ratios([80.0, 200.0, 90.0], [1.0, 2.0, 1.0]) == arithmetic.Spread(80.0, 90.0, 100.0, 3)


def test_rounds_must_be_as_many() -> None:
    with pytest.raises(ValueError, match="2 rounds"):
        arithmetic.ratios([1.0, 2.0], [1.0])


def test_a_line_through_two_runs() -> None:
    found = arithmetic.line((1, 2.0), (51, 42.0))
    assert (found.start, found.each) == pytest.approx((1.2, 0.8))
    assert found.at(1000) == pytest.approx(801.2)
    assert found.per_host(1000) == pytest.approx(0.8012)


def test_one_size_makes_no_line() -> None:
    with pytest.raises(ValueError, match="50"):
        arithmetic.line((50, 1.0), (50, 2.0))


def test_steadiness() -> None:
    assert arithmetic.steadiness({100: 8.0, 1000: 9.0, 5000: 10.0}) == pytest.approx(0.25)
