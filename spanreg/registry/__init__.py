"""PROVISIONAL: the real registry is being written; only the names below can be relied on."""
from __future__ import annotations
from typing import Annotated, Any, Generic, TypeVar, Callable, ClassVar, NamedTuple
T = TypeVar("T")
Runtime = Annotated[T, "runtime"]
Inherited = Annotated[T, "inherited"]
class AtLeast(NamedTuple):
    minimum: float
class Above(NamedTuple):
    minimum: float
class Between(NamedTuple):
    minimum: float
    maximum: float
class ConfigurationError(Exception):
    def __init__(self, problem: str, *, path: str = "", hint: str = "", file: str = "") -> None:
        self.problem, self.path, self.hint, self.file = problem, path, hint, file
        super().__init__(": ".join(x for x in (file, path, ". ".join(y for y in (problem, hint) if y)) if x))
class FromParams: ...
class Registrable(FromParams):
    _registry: ClassVar[dict[Any, dict[str, Any]]] = {}
    default_implementation: ClassVar[str | None] = None
    @classmethod
    def register(cls, name: str, constructor: str | None = None, exist_ok: bool = False) -> Callable[[type[T]], type[T]]:
        def add(sub: type[T]) -> type[T]:
            Registrable._registry.setdefault(cls, {})[name] = sub
            return sub
        return add
    @classmethod
    def by_name(cls, name: str) -> Any:
        return Registrable._registry[cls][name]
class Lazy(Generic[T]):
    def __init__(self, constructor: Callable[..., T], **kwargs: Any) -> None:
        self._constructor, self._kwargs = constructor, kwargs
    def construct(self, **extras: Any) -> T:
        return self._constructor(**{**extras, **self._kwargs})
