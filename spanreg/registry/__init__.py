"""A declarative component registry: classes registered under a name, assembled from Jsonnet by their type hints.

Its only dependencies are the standard library, jsonnet and rich; it imports nothing else of this package. Names and
behaviour follow ``allennlp.common`` except where docs/how-to/from_allennlp.md lists a difference.
"""

from spanreg.registry.class_config import InstanceConfig
from spanreg.registry.config.files import parse_overrides
from spanreg.registry.config.overrides import apply_settings, infer_and_cast, with_overrides
from spanreg.registry.config.params import Params, remove_keys_from_params
from spanreg.registry.config.plain import plain_config
from spanreg.registry.errors import (
    ConfigurationError,
    ConfigurationFileNotFoundError,
    ConfigurationNotImplementedError,
    ConfigurationRuntimeError,
    ConfigurationTypeError,
    ConfigurationValueError,
    MistakeCollector,
    Problem,
    in_file,
    within,
)
from spanreg.registry.from_params import FromParams, plan_params
from spanreg.registry.handlers import components, containers, values  # importing them registers their handlers
from spanreg.registry.handlers.foreign import ForeignFields
from spanreg.registry.handlers.swaps import DroppedKey, fit_swaps
from spanreg.registry.lazy import Lazy
from spanreg.registry.marks import (
    Above,
    AllowImports,
    AtLeast,
    Attached,
    Between,
    Constraint,
    Distinct,
    Even,
    Inherited,
    Items,
    Mark,
    Odd,
    OnDisk,
    Runtime,
    Search,
    Untracked,
    Weights,
)
from spanreg.registry.names import nearest, suggest
from spanreg.registry.planning.plan import FileName, Plan
from spanreg.registry.planning.signatures import Argument, Signature, signature_of
from spanreg.registry.registrable import Registrable, snapshot
from spanreg.registry.relations import MultipleOf, Needs, NotAbove, NotWith, Relation
from spanreg.registry.source.classes import load, stand_in
from spanreg.registry.source.index import index_package
from spanreg.registry.trust.including import (
    include_package,
    include_packages,
    included_sources,
    reminding_of,
    require_included,
)
from spanreg.registry.trust.references import plugin_packages

__all__ = [
    "Above",
    "AllowImports",
    "Argument",
    "AtLeast",
    "Attached",
    "Between",
    "ConfigurationError",
    "ConfigurationFileNotFoundError",
    "ConfigurationNotImplementedError",
    "ConfigurationRuntimeError",
    "ConfigurationTypeError",
    "ConfigurationValueError",
    "Constraint",
    "Distinct",
    "DroppedKey",
    "Even",
    "FileName",
    "ForeignFields",
    "FromParams",
    "Inherited",
    "InstanceConfig",
    "Items",
    "Lazy",
    "Mark",
    "MistakeCollector",
    "MultipleOf",
    "Needs",
    "NotAbove",
    "NotWith",
    "Odd",
    "OnDisk",
    "Params",
    "Plan",
    "Problem",
    "Registrable",
    "Relation",
    "Runtime",
    "Search",
    "Signature",
    "Untracked",
    "Weights",
    "apply_settings",
    "components",
    "containers",
    "fit_swaps",
    "in_file",
    "include_package",
    "include_packages",
    "included_sources",
    "index_package",
    "infer_and_cast",
    "load",
    "nearest",
    "parse_overrides",
    "plain_config",
    "plan_params",
    "plugin_packages",
    "reminding_of",
    "remove_keys_from_params",
    "require_included",
    "signature_of",
    "snapshot",
    "stand_in",
    "suggest",
    "values",
    "with_overrides",
    "within",
]
