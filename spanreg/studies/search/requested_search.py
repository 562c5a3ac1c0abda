"""The identity of a search: what its figures depend on, and the call that makes its trials."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanreg.executors.base import Call
from spanreg.metrics.task_metrics import greater_is_better, task_with
from spanreg.registry import ConfigurationError
from spanreg.storage import hash_json
from spanreg.studies.define.arms import Arm
from spanreg.studies.define.inputs import code_hash, inputs_of, reader_of
from spanreg.studies.define.spaces.search_space import SearchConfig
from spanreg.studies.define.study import StudyDefinition
from spanreg.studies.execute.run import StudyRequest

if TYPE_CHECKING:
    from spanreg.studies.search.trials import Direction

_WORK = "spanreg.studies.search.worker:work"
_NO_IDENTITY = ("trials", "storage", "name")
"Keys of the section that may change without making it another search."


def direction_of(study: StudyDefinition, config: Mapping[str, Any] | None = None) -> Direction:
    """Return whether a small or a large figure is good for a config; default: for the base."""
    task, figure = task_with(reader_of(config or study.base).task, study.metric)
    return "maximize" if greater_is_better(task, figure) else "minimize"


@dataclass(frozen=True, slots=True)
class RequestedSearch:
    """A requested search with hashes of everything that its figures depend on.

    ``RequestedSearch.now(plan.study, request).key``
    """

    study: StudyDefinition
    search: SearchConfig
    "The search with the space for ``base``."
    base: Mapping[str, Any]
    "The config that the trials change."
    request: StudyRequest
    code: str
    inputs: dict[str, str]

    @classmethod
    def now(
        cls, study: StudyDefinition, request: StudyRequest, arm: Arm | None = None, recorded: Collection[str] = ()
    ) -> RequestedSearch:
        """Return the search of a study with the hashes of now.

        Args:
            study: the study.
            request: how it was requested.
            arm: the arm that is tuned; default: the base.
            recorded: hashes of inputs in the study's folder, as for ``inputs_of``.

        Raises:
            ConfigurationError: the study has no search, or data cannot be found.
        """
        if study.search is None:
            raise ConfigurationError(
                "the study has no search", path="search", hint="add search: { space: { KEY: [...] } }"
            )
        base = study.base if arm is None else arm.config
        inputs = inputs_of(base, recorded)
        return cls(study, study.search.for_config(base), base, request, code_hash(request.included), inputs)

    @property
    def key(self) -> str:
        """Hash of space, base and objective; the number of trials is not part of it, so that a search can continue."""
        search = {key: value for key, value in self.search.plain().items() if key not in _NO_IDENTITY}
        # Trials run under the seed of the search.
        base = {key: value for key, value in self.base.items() if key != "seed"}
        identity = hash_json({"search": search, "base": base, "aim": self.aim})
        return hash_json({"search": identity, "inputs": self.inputs, "code": self.code})

    @property
    def aim(self) -> dict[str, Any]:
        """What the search optimises, as ``tuned.json`` has it."""
        return {"split": self.study.split, "metric": self.study.metric, "reserve": self.study.reserve}

    @property
    def direction(self) -> Direction:
        """``minimize`` if a small figure is good, otherwise ``maximize``."""
        return direction_of(self.study, self.base)

    def call(self, storage: str, folder: Path) -> Call:
        """Return the call of one process."""
        arguments = {
            "storage": storage,
            "name": folder.name,
            "search": self.search.plain(),
            "base": dict(self.base),
            "aim": self.aim,
            "direction": self.direction,
            "folder": str(folder),
            "included": list(self.request.included),
            "home": str(Path.cwd()) if self.request.included else None,
            "command": list(self.request.command),
            "code": self.code,
            "inputs": self.inputs,
        }
        return Call("search", _WORK, arguments)
