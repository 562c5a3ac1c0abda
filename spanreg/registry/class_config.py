"""``Class.config(...)``: the config of a component, written in Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")

ConfigFunction = Callable[..., dict[str, Any]]


class ClassConfig:
    """Descriptor of a class's attribute ``config``, a function that returns configs; its instances lack the attribute.

    ``HierarchicalCnn.config(kernel_size=3)``

    Instances may set their own attribute ``config``, as models of transformers do.
    """

    def __get__(self, instance: object, owner: type) -> ConfigFunction:
        # An instance without its own ``config`` must look as if the attribute did not exist: libraries ask by hasattr.
        if instance is not None:
            raise AttributeError(f"'{owner.__name__}' object has no attribute 'config'")
        function: ConfigFunction = owner._config  # type: ignore[attr-defined]
        return function


class InstanceConfig(Generic[T]):
    """Decorator: the method's result is the attribute ``config`` of instances; that of the class stays a function.

    ``@InstanceConfig`` above ``def config(self) -> PretrainedConfig: ...``

    An instance may set another value, as for a plain attribute.

    Parameters:
        method: returns the value.
    """

    def __init__(self, method: Callable[[Any], T]) -> None:
        self.method = method
        self.__doc__ = method.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> ConfigFunction: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object, owner: type) -> ConfigFunction | T:
        return ClassConfig().__get__(None, owner) if instance is None else self.method(instance)
