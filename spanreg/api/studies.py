"""The class ``Study``: plan, run and analyse an ablation study."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from contextlib import closing, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanreg.api.configs import Config, load_config
from spanreg.api.sources import ConfigSource
from spanreg.registry import ConfigurationError, Params, in_file
from spanreg.studies.define.arms import Arm
from spanreg.studies.define.plan import StudyPlan, plan_study
from spanreg.studies.define.study import read_study
from spanreg.studies.define.study_file import is_study
from spanreg.studies.execute.matching import with_matched_sizes
from spanreg.text.display import TableView, Viewable

if TYPE_CHECKING:
    import pandas as pd

    from spanreg.api.tables import StudyTables
    from spanreg.executors.base import Executor

logger = logging.getLogger(__name__)

_STUDY = "study"
"Name of a study that was not read from a file."


class Study(Viewable):
    """An ablation study.

    ``Study.from_file("study.jsonnet").run("runs").comparisons``

    Parameters:
        config: the study with its overrides applied, as ``load_config`` returns it.

    Raises:
        ConfigurationError: the config is not a study.
    """

    def __init__(self, config: Config) -> None:
        if not is_study(config):
            hint = "use spanreg.train, or make it the base of a study: { base: import '...' }"
            raise ConfigurationError("is a config, not a study", file=str(config.file or ""), hint=hint)
        self.config = config
        self.folder: Path | None = None
        "Folder of the latest ``run``, where ``results`` looks."

    @classmethod
    def from_file(
        cls,
        source: ConfigSource,
        *,
        overrides: str | Mapping[str, Any] = "",
        include: Iterable[str] = (),
    ) -> Study:
        """Return the study of a file, of Jsonnet text, or of values in Python.

        ``Study.from_file("study.jsonnet", overrides={"base.training.epochs": 1})``

        Args:
            source: a file, Jsonnet text or a dict, as for ``load_config``.
            overrides: values by dotted key, such as ``base.training.epochs``, or Jsonnet of such an object.
            include: packages with your own components, which the workers import as well.

        Raises:
            ConfigurationError: the source cannot be read or is not a study, or a package cannot be imported.
        """
        return cls(load_config(source, overrides=overrides, include=include))

    def plan(self, *, many: bool = False) -> PlannedStudy:
        """Return all arms and runs, each checked.

        ``print(Study.from_file("study.jsonnet").plan().baseline)``

        Nothing is built, except the models of a study with ``match``, whose sizes decide the widths of its arms.

        Args:
            many: allow more than a thousand arms.

        Raises:
            ConfigurationError: all mistakes of all arms at once.
        """
        params = self.config.params
        plan = plan_study(read_study(params), params, many=many)
        return PlannedStudy(with_matched_sizes(plan))

    def run(
        self,
        folder: str | Path,
        *,
        executor: str | Mapping[str, Any] | Executor = "local",
        jobs: int | None = None,
        update: bool = False,
        many: bool = False,
        progress: bool | None = None,
    ) -> StudyTables:
        """Make the runs that are not finished, and return the results.

        ``Study.from_file("study.jsonnet").run("runs", jobs=2).comparisons``

        The same call again makes only what is missing. A run that fails is logged, and the others are still made. With
        ``seeds: { until: 'decided' }``, seeds are added until every difference is decided.

        Args:
            folder: the folder of the study.
            executor: ``local``, ``ray`` or ``slurm``, or one of them with options, ``{"type": "slurm", "minutes": 9}``.
            jobs: number of concurrent runs; default: that of the executor, 1.
            update: repeat finished runs whose code or data has changed.
            many: allow more than a thousand arms.
            progress: show a progress bar; default: in notebooks and on terminals.

        Raises:
            ConfigurationError: all mistakes of the study at once; the executor is unknown; the folder holds another
                study; or no run finished.
        """
        # Imported late: they bring transformers and datasets, which planning and checking a study does not need.
        from spanreg.api.progress import StudyBar, wants_progress
        from spanreg.studies.execute.run import StudyRequest, run_study
        from spanreg.studies.search.whole_study import run_whole_study

        path = Path(folder)
        plan = self.plan(many=many).plan
        request = StudyRequest(self._name, self._source_text(), self.config.include)
        bar = StudyBar() if wants_progress(progress) else None
        make_runs = partial(
            run_study, path=path, executor=_executor(executor, jobs), request=request, update=update, watch=bar
        )
        with nullcontext() if bar is None else closing(bar):
            end = run_whole_study(plan, path, self.config.include, make_runs)
        # Not earlier: the folder may hold another study, which ``run_study`` rejects.
        self.folder = path
        for run, problem in end.failed:
            logger.warning("%s failed: %s", run.name, problem)
        return self.results()

    def results(self, folder: str | Path | None = None) -> StudyTables:
        """Return the results of all finished runs: tables of runs, comparisons and predictions.

        ``Study.from_file("study.jsonnet").results("runs").runs``

        Args:
            folder: folder or pack of the study; default: that of the latest ``run``.

        Raises:
            ConfigurationError: no folder is known, it does not contain a study, or none of its runs is finished.
        """
        from spanreg.api.tables import study_tables  # imported late: pandas takes time

        path = Path(folder) if folder is not None else self.folder
        if path is None:
            raise ConfigurationError("the study has no folder yet", hint="run it, or name its folder")
        return study_tables(path)

    @property
    def _name(self) -> str:
        return self.config.file.stem if self.config.file else _STUDY

    def _source_text(self) -> str:
        """Return the text of the study file; for a study from Python, its values."""
        return self.config.file.read_text(encoding="utf-8") if self.config.file else self.config.to_json()

    def __repr__(self) -> str:
        return f"Study({str(self.config.file or _STUDY)!r})"

    def _view(self) -> TableView:
        return self.plan()._view()


class PlannedStudy(Viewable):
    """All arms and runs of a study, checked; ``Study.plan`` returns it.

    ``Study.from_file("study.jsonnet").plan().to_pandas()``

    Parameters:
        plan: the plan.
    """

    def __init__(self, plan: StudyPlan) -> None:
        self.plan = plan

    @property
    def arms(self) -> tuple[Arm, ...]:
        """The arms, the base first: ``[arm.name for arm in plan.arms]``."""
        return self.plan.arms

    @property
    def baseline(self) -> str:
        """Name of the arm that the others are compared with."""
        return self.plan.baseline

    @property
    def configs(self) -> dict[str, Config]:
        """The config of every run by its name, such as ``plain, seed 3``, in the order in which they are made."""
        return {run.name: Config(Params(dict(run.config))) for run in self.plan.runs}

    def to_pandas(self) -> pd.DataFrame:
        """Return one row for each run: ``run`` (its name), ``arm``, ``seed``, ``changes`` and ``config``.

        ``plan.to_pandas().groupby("arm").size()``
        """
        import pandas as pd

        changes = {arm.name: "; ".join(arm.differences) for arm in self.arms}
        rows = [(run.name, run.arm, run.seed, changes[run.arm], json.dumps(run.config)) for run in self.plan.runs]
        return pd.DataFrame(rows, columns=["run", "arm", "seed", "changes", "config"])

    def __len__(self) -> int:
        return len(self.plan.runs)

    def __repr__(self) -> str:
        return f"PlannedStudy({len(self.arms)} arms, {len(self)} runs, baseline={self.baseline!r})"

    def _view(self) -> TableView:
        rows = [(arm.name, ", ".join(map(str, arm.seeds)), "\n".join(arm.differences)) for arm in self.arms]
        notes = [self.plan.summary]
        for first, second in self.plan.same:
            notes.append(f"'{second}' has the same config as '{first}': it shares its runs and adds no result")
        return TableView("study", ("arm", "seeds", "against the base"), rows, notes)


def _executor(given: str | Mapping[str, Any] | Executor, jobs: int | None) -> Executor:
    from spanreg.executors.base import Executor

    if isinstance(given, Executor):
        return given
    values = {"type": given} if isinstance(given, str) else dict(given)
    # Errors name the argument of ``run``, as they name the file of a config.
    with in_file("executor"):
        built: Executor = Executor.from_params(values if jobs is None else {**values, "jobs": jobs})
    return built
