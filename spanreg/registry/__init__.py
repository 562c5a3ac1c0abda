"""A declarative component registry: classes registered under a name, assembled from Jsonnet by their type hints.

Stands alone: it imports the standard library, jsonnet and rich, and nothing of the rest of this package. Names and
behaviour follow ``allennlp.common`` wherever that did not hurt its users; docs/from_allennlp.md lists the differences.
"""

from spanreg.registry import components, containers, handlers
from spanreg.registry.config_files import parse_overrides
from spanreg.registry.errors import (
    ConfigurationError,
    ConfigurationFileNotFoundError,
    ConfigurationNotImplementedError,
    ConfigurationRuntimeError,
    ConfigurationTypeError,
    ConfigurationValueError,
    Problem,
    in_file,
    within,
)
from spanreg.registry.foreign import ForeignFields
from spanreg.registry.from_params import FromParams, plan_params
from spanreg.registry.including import (
    include_package,
    include_packages,
    included_sources,
    reminding_of,
    require_included,
)
from spanreg.registry.index import index_package
from spanreg.registry.lazy import Lazy
from spanreg.registry.marks import (
    Above,
    AllowImports,
    AtLeast,
    Attached,
    Between,
    Constraint,
    Distinct,
    Inherited,
    Items,
    Mark,
    Odd,
    OnDisk,
    Runtime,
    Untracked,
)
from spanreg.registry.names import nearest, suggest
from spanreg.registry.overrides import apply_settings, infer_and_cast, with_overrides
from spanreg.registry.params import Params, remove_keys_from_params
from spanreg.registry.planning import FileName, Plan
from spanreg.registry.registrable import Registrable, snapshot
from spanreg.registry.signatures import Argument, Signature, signature_of
from spanreg.registry.sources import load, stand_in
from spanreg.registry.swaps import Dropped, fit_swaps
from spanreg.registry.trust import plugin_packages

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
    "Dropped",
    "FileName",
    "ForeignFields",
    "FromParams",
    "Inherited",
    "Items",
    "Lazy",
    "Mark",
    "Odd",
    "OnDisk",
    "Params",
    "Plan",
    "Problem",
    "Registrable",
    "Runtime",
    "Signature",
    "Untracked",
    "apply_settings",
    "components",
    "containers",
    "fit_swaps",
    "handlers",
    "in_file",
    "include_package",
    "include_packages",
    "included_sources",
    "index_package",
    "infer_and_cast",
    "load",
    "nearest",
    "parse_overrides",
    "plan_params",
    "plugin_packages",
    "reminding_of",
    "remove_keys_from_params",
    "require_included",
    "signature_of",
    "snapshot",
    "stand_in",
    "suggest",
    "with_overrides",
    "within",
]
