"""Contracts of the families: laws that every component satisfies, for the tests of your own components."""

from spanreg.testing.check import check_component, laws_of
from spanreg.testing.contract import BrokenLaw, ContractError

__all__ = ["BrokenLaw", "ContractError", "check_component", "laws_of"]
