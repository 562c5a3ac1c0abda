"""Contracts of the families: what every component of one keeps to, for the tests of components of your own."""

from spanreg.testing.check import check_component, laws_of
from spanreg.testing.contract import BrokenLaw, ContractError

__all__ = ["BrokenLaw", "ContractError", "check_component", "laws_of"]
