"""Named ways in which endpoints are broken. Importing this package fills `SCENARIOS`."""

from . import access, defender, firewall, proxies
from .scenario import SCENARIOS, Cause, Expectation, Outcome, Scenario

__all__ = ["SCENARIOS", "Cause", "Expectation", "Outcome", "Scenario", "access", "defender", "firewall", "proxies"]
