"""FromParams: build any class with annotated arguments from a config."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from spanreg.registry.class_config import ClassConfig
from spanreg.registry.config.params import Params
from spanreg.registry.config.plain import plain_config
from spanreg.registry.errors import ConfigurationError, ConfigurationNotImplementedError, error_of
from spanreg.registry.names import shown_name, spell_value
from spanreg.registry.nesting import check_nesting, too_deep
from spanreg.registry.planning.plan import Plan, PlanContext, RootClass, plan_value, sort
from spanreg.registry.planning.signatures import signature_of
from spanreg.registry.provenance import config_of
from spanreg.registry.trust.references import allowing

T = TypeVar("T", bound="FromParams")


class FromParams:
    """Base of classes that are built from a config by the annotations of their constructor.

    ``Model.from_params({"size": 3})`` checks the config and calls ``Model(size=3)``. ``Model.config(size=3)`` checks
    its arguments and returns that config.
    """

    config = ClassConfig()

    @classmethod
    def _config(cls, /, **arguments: Any) -> dict[str, Any]:
        """Return the config of an object of this class, for a larger config.

        Args:
            arguments: keys of the config. Required ones may be missing: the check of the whole config reports them.

        Raises:
            ConfigurationError: keys that the class does not take, and values of the wrong type; all of them at once.
        """
        values: dict[str, Any] = plain_config(arguments)
        context = PlanContext(deferred=True)
        plan_value(RootClass(cls), _plain_copy(values), context)
        # A nested component may need what only the whole config gives it.
        if problems := [one for one in context.problems if one.path.partition(".")[0] in values]:
            raise error_of(sort(problems))
        return values

    @classmethod
    def from_params(
        cls: type[T],
        params: Params | Mapping[str, Any] | str | None,
        constructor_to_call: Callable[..., T] | None = None,
        constructor_to_inspect: Callable[..., Any] | None = None,
        allow_imports: Iterable[str] | str = (),
        **extras: Any,
    ) -> T:
        """Return a new object: check the whole config first, then construct; ``params`` is not modified.

        ``Segmenter.from_params({"type": "max_match"}, dictionary=dictionary)``

        Args:
            params: the config; a bare string means ``{"type": string}``, and None returns None.
            constructor_to_call: called instead of the class.
            constructor_to_inspect: its signature replaces that of ``constructor_to_call``.
            allow_imports: packages or modules that dotted names in the config may be imported from; by default only
                those that are included or installed as plug-ins.
            extras: arguments that the config does not give, passed by name to components at every depth.

        Raises:
            ConfigurationError: all problems at once.
        """
        if params is None:
            return None  # type: ignore[return-value]  # as in AllenNLP, whose signature omits it, too
        # Around the construction, too: classes that a config names are imported only then.
        with allowing(allow_imports):
            plan = plan_params(cls, params, constructor_to_call, constructor_to_inspect, extras)
            built: T = plan.construct(**extras)
        plan.log_warnings()
        if isinstance(params, Params):
            params.mark_consumed()
        return built

    def to_params(self) -> Params:
        """Return the config that builds this object again.

        ``Segmenter.from_params(segmenter.to_params())``

        Raises:
            ConfigurationError: the object was not built from a config, and an argument has no attribute of its name.
        """
        return Params(_plain(self._to_params()))

    def _to_params(self) -> dict[str, Any]:
        """Return the config of the object; without one, the attributes with the names of the arguments.

        Raises:
            ConfigurationError: a required argument has no attribute of its name.
        """
        given = config_of(self)
        if given is not None:
            return dict(given)
        found: dict[str, Any] = {}
        for argument in signature_of(type(self)).arguments:
            for name in (argument.name, f"_{argument.name}"):
                if hasattr(self, name):
                    found[argument.name] = getattr(self, name)
            if argument.name not in found and argument.required:
                problem = f"{type(self).__name__} has no attribute '{argument.name}', so its config is unknown"
                raise ConfigurationNotImplementedError(problem, hint="set it, or implement _to_params")
        return found


def plan_params(
    cls: type,
    params: Params | Mapping[str, Any] | str,
    constructor_to_call: Callable[..., Any] | None = None,
    constructor_to_inspect: Callable[..., Any] | None = None,
    extras: Mapping[str, Any] | tuple[str, ...] = (),
) -> Plan:
    """Return the plan that ``from_params`` makes, to read its problems or construct it.

    ``plan_params(Segmenter, {"type": "max_match"}).problems``

    Args:
        cls: a class, or the stand-in of one that is not imported.
        params: the config.
        constructor_to_call: called instead of the class.
        constructor_to_inspect: its signature replaces that of ``constructor_to_call``.
        extras: the arguments passed at construction, or at least their names.

    Raises:
        ConfigurationError: the config is not an object or a name, or is nested too deeply. All other problems are part
            of the plan.
    """
    if not isinstance(params, Params):
        if not isinstance(params, Mapping | str):
            raise ConfigurationError(
                f"the config of {shown_name(cls)} is {spell_value(params)}", hint="give Params, a dict or a name"
            )
        params = Params({"type": params} if isinstance(params, str) else dict(params))
    context = PlanContext(params.history.rstrip("."), params.origin, frozenset(extras))
    check_nesting(params, context.path, params.origin.file)
    try:
        root = plan_value(RootClass(cls, constructor_to_call, constructor_to_inspect), _plain_copy(params), context)
    except RecursionError:  # a deep caller, or types that need several calls per level of the config
        raise too_deep(context.path, params.origin.file) from None
    names, warnings = dict.fromkeys(context.names), dict.fromkeys(context.warnings)
    return Plan(root, tuple(sort(context.problems)), tuple(names), tuple(warnings))


def overrides_from_params(cls: Any) -> bool:
    """Return whether a class overrides ``from_params``."""
    own = getattr(cls, "from_params", None)
    return own is not None and getattr(own, "__func__", own) is not FromParams.from_params.__func__  # type: ignore[attr-defined]


def _plain_copy(value: Any) -> Any:
    """Return a copy of all containers, so that later changes do not reach the plan; other values are shared."""
    if isinstance(value, Params | dict):
        return {key: _plain_copy(item) for key, item in (value.params if isinstance(value, Params) else value).items()}
    return [_plain_copy(item) for item in value] if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    """Return a value with objects replaced by their configs, and containers by lists and dicts."""
    if isinstance(value, FromParams):
        return value.to_params().as_dict(quiet=True)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value
