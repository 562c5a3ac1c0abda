"""Lazy: a component whose config is there now and whose other arguments come later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from spanreg.registry.nodes import Node
from spanreg.registry.params import Params
from spanreg.registry.sources import load

T = TypeVar("T")


class Lazy(Generic[T]):
    """Holds what is needed to construct a ``T`` and constructs it when asked, as often as asked.

    In a signature, ``encoder: Lazy[Encoder]`` asks for an encoder's config; it is checked with all the rest, and
    ``encoder.construct(dim=...)`` builds it. Extras that nobody below takes are ignored. As a default:
    ``optimizer: Lazy[Optimizer] = Lazy(Adam)``.

    Args:
        constructor: a class or a function.
        params: config of the component; a bare string stands for its ``type``.
        constructor_extras: further arguments by name; those given to ``construct`` win over them.
    """

    def __init__(
        self,
        constructor: type[T] | Callable[..., T],
        params: Params | Mapping[str, Any] | str | None = None,
        constructor_extras: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        given = {"type": params} if isinstance(params, str) else params
        self._constructor = constructor
        self._params = given if isinstance(given, Params) else Params(dict(given or {}))
        self._constructor_extras = {**(constructor_extras or {}), **kwargs}
        self._node: Node | None = None

    @classmethod
    def planned(cls, constructor: Any, given: Any, node: Node, extras: Mapping[str, Any]) -> Lazy[T]:
        """A lazy component whose config has been checked."""
        lazy = cls(constructor, given, extras)
        lazy._node = node
        return lazy

    @property
    def constructor(self) -> Callable[..., T]:
        """What ``construct`` calls, with the extras alone."""
        return self.construct

    @property
    def params(self) -> Params:
        """The config of the component, as given."""
        return self._params.duplicate()

    def construct(self, **extras: Any) -> T:
        """A new object each time.

        Raises:
            ConfigurationError: an argument is missing, or the component refuses its config.
        """
        merged = {**self._constructor_extras, **extras}
        if self._node is not None:
            built: T = self._node.construct(merged)
            return built
        from_params = getattr(self._constructor, "from_params", None)
        if from_params is not None:
            made: T = from_params(self._params.duplicate(), **merged)
            return made
        return self._constructor(**{**self._params.as_dict(quiet=True), **merged})

    def __getstate__(self) -> dict[str, Any]:
        """Without the plan, whose stand-ins cannot be pickled: it is made anew where it is wanted."""
        return {**vars(self), "_constructor": load(self._constructor), "_node": None}
