"""Imports of our own that follow those of other packages: they cost nothing where the other package is not used."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType


def follow_import(leader: str, follower: str) -> None:
    """Sees to it that ``follower`` is imported as soon as ``leader`` has been: now, if it has been already.

    Args:
        leader: full name of another package's module.
        follower: full name of our module.
    """
    if leader in sys.modules:
        importlib.import_module(follower)
    else:
        sys.meta_path.insert(0, _Follower(leader, follower))


class _Follower(MetaPathFinder):
    """Finds the leader once, the usual way, and lets its loader import the follower after it."""

    def __init__(self, leader: str, follower: str) -> None:
        self.leader = leader
        self.follower = follower

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self.leader:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _LoaderBefore(spec.loader, self.follower)
        return spec


class _LoaderBefore(Loader):
    """Another loader, with an import after it."""

    def __init__(self, loader: Loader, follower: str) -> None:
        self.loader = loader
        self.follower = follower

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # The module keeps its own loader, whose source and resources others may ask for.
        module.__loader__ = self.loader
        if module.__spec__ is not None:
            module.__spec__.loader = self.loader
        self.loader.exec_module(module)
        importlib.import_module(self.follower)
