"""Lazy: a component whose config is checked now and that is constructed later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from spanreg.registry.config.params import Params
from spanreg.registry.errors import error_of
from spanreg.registry.planning.nodes import PlanNode, copy_containers
from spanreg.registry.planning.plan import PlanContext, plan_value
from spanreg.registry.source.classes import load

T = TypeVar("T")


class Lazy(Generic[T]):
    """The config of a ``T`` that is constructed later, any number of times.

    An argument ``encoder: Lazy[Encoder]`` takes an encoder's config, which is checked with all others;
    ``encoder.construct(dim=...)`` builds it. Extras that no component takes are ignored. As a default:
    ``optimizer: Lazy[Optimizer] = Lazy(Adam)``.

    Args:
        constructor: a class or a function.
        params: config of the component; a bare string means its ``type``.
        constructor_extras: further arguments by name; arguments of ``construct`` take precedence.
    """

    def __init__(
        self,
        constructor: type[T] | Callable[..., T],
        params: Params | Mapping[str, Any] | str | None = None,
        constructor_extras: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self._constructor: Any = constructor
        self._given: Any = {"type": params} if isinstance(params, str) else params or {}
        self._constructor_extras = {**(constructor_extras or {}), **kwargs}
        # A component is built by a plan, and anything else by a call with the config as its arguments.
        self._is_planned = hasattr(constructor, "from_params")
        self._node: PlanNode | None = None

    @classmethod
    def planned(cls, annotation: Any, given: Any, node: PlanNode, extras: Mapping[str, Any]) -> Lazy[T]:
        """Return a lazy component, or value of any type, whose config has been checked.

        Args:
            annotation: type of the component.
            given: its config, as written.
            node: its plan.
            extras: arguments that the enclosing component received at run time.
        """
        lazy = cls(annotation, None, extras)
        lazy._given, lazy._node, lazy._is_planned = given, node, True
        return lazy

    @property
    def constructor(self) -> Callable[..., T]:
        """The method ``construct``, by its name in AllenNLP."""
        return self.construct

    @property
    def given(self) -> Any:
        """A copy of the config as it was written: an object, or the name of a component alone."""
        return copy_containers(self._given)

    @property
    def params(self) -> Params:
        """A copy of the config.

        Raises:
            TypeError: the config is a list or a plain value.
        """
        given = {"type": self._given} if isinstance(self._given, str) else self._given
        if not isinstance(given, Mapping):
            raise TypeError(f"the config is a {type(given).__name__}, which Params cannot hold")
        return (given if isinstance(given, Params) else Params(dict(given))).duplicate()

    # ``self`` is positional only, so that an argument of this name can be passed, too.
    def construct(self, /, **extras: Any) -> T:
        """Return a new object.

        ``encoder.construct(dim=768)``

        Args:
            extras: arguments that only run time knows, passed by name to components at every depth.

        Raises:
            ConfigurationError: an argument is missing, or the component rejects its config.
        """
        merged = {**self._constructor_extras, **extras}
        # Without a plan, as for a default in a signature, the config is checked only now.
        built: T
        if self._is_planned:
            built = (self._node or self._plan(merged)).construct(merged)
        # A plain function has no ``from_params``, so its arguments are passed as they are.
        else:
            built = self._constructor(**{**dict(copy_containers(self._given)), **merged})
        return built

    def _plan(self, extras: Mapping[str, Any]) -> PlanNode:
        context = PlanContext(extras=frozenset(extras))
        node = plan_value(self._constructor, copy_containers(self._given), context)
        if context.problems:
            raise error_of(context.problems)
        return node

    def __getstate__(self) -> dict[str, Any]:
        """Omit the plan, whose stand-ins cannot be pickled; ``construct`` plans again."""
        return {**vars(self), "_constructor": load(self._constructor), "_node": None}
