"""A study file: a base, its variations, and how they are compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from spanreg.registry import (
    Above,
    AtLeast,
    Between,
    ConfigurationError,
    FromParams,
    Lazy,
    MistakeCollector,
    Params,
    Problem,
    signature_of,
    stand_in,
    suggest,
)
from spanreg.studies.define.arms import Arm, arm_of_cell, base_arm, named_arms, problems_of_named, problems_of_names
from spanreg.studies.define.axes import NOTHING, Axis, AxisCell, Mode, cells, count_cells, read_axes
from spanreg.studies.define.constraints import CellFilter, Choice, CombinationConstraint
from spanreg.studies.define.folds import FoldOptions, base_and_folds
from spanreg.studies.define.options.seed_rule import SeedRule
from spanreg.studies.define.options.slice_expressions import read_slices
from spanreg.studies.define.spaces.search_space import SearchConfig
from spanreg.studies.define.spaces.sizes import SizeMeasure, SizeOptions
from spanreg.studies.define.study_file import is_study
from spanreg.studies.define.tasks import arms_on_tasks, read_tasks
from spanreg.training.config.experiment_plan import experiment_class
from spanreg.training.config.forms.current import current_config
from spanreg.training.config.seed import MOST_SEED

if TYPE_CHECKING:
    from spanreg.data.base import MetricConfig
    from spanreg.metrics.base import Metric
    from spanreg.registry import Registrable as Panel  # its own module is in a layer above
else:
    Metric = stand_in("spanreg.metrics.base", "Metric")  # a study is planned without numpy
    Panel = stand_in("spanreg.studies.report.panels.base", "Panel")

MOST_ARMS = 1000
"Largest number of arms without ``--yes``."


class StudyDefinition(FromParams):
    """An ablation study as one Jsonnet file defines it.

    The arms are the base itself, those under ``arms``, and the combinations of ``axes`` that ``mode`` selects.

    Parameters:
        base: a config for ``spanreg train``; its ``seed`` is ignored.
        seeds: random seeds under which every arm is run, unless the arm has ``seeds``; default 1, 2, 3; or
            ``{until: 'decided', at_most: 20}``, which adds seeds until every difference is decided.
        arms: patches of the base by name: ``{aggregator: {type: 'none'}}``; or, with options of the arm,
            ``{patch: {...}, seeds: [...], tags: [...], about: '...', width: '...'}``.
        axes: alternatives by key of the config: ``{aggregator: ['none', {type: 'flat_cnn'}]}``, as a list or by name;
            for modes that leave pieces out, only the keys: ``['dictionary', 'aggregator']``.
        tasks: tasks on which every arm is run: names for ``data.task``, ``['rte', 'mrpc']``, or patches of ``data`` by
            name, ``{own: {type: 'tsv', ...}}``; default: the data of the base.
        mode: which combinations of the axes are arms, one mode or several: ``one_at_a_time`` (default), ``grid``,
            ``pairs``, ``leave_one_out`` (each piece replaced by its family's neutral element) and ``add_one`` (all
            pieces left out, then each alone).
        exclude: combinations to leave out, such as ``{aggregator: 'none', segmenter: ['random', 'fixed']}``.
        constraints: conditions that combinations must meet: ``{when: {...}, 'then': {...}}``, in quotation marks, since
            ``then`` is a keyword of Jsonnet.
        baseline: name of the arm that the others are compared with; default: the base, or the first arm of a ``grid``
            without a base.
        base_name: name of the base as an arm; null if it is not an arm. The default is ``base``, and null in a
            ``grid``, whose combinations may include the base.
        metric: what is compared: the name of a figure of the task, or the config of a metric, ``{type: 'f1', positive:
            'yes'}``, which is computed from the predictions of the runs; default: the main figure of the task.
        split: the split to compare on; default: the first evaluation split.
        folds: number of folds, or ``{number: 5, group: 'author'}``: the training set is divided, and every fold is
            evaluated by one run, trained on the others; default: none, the evaluation split is used.
        reserve: share of the split's examples on which ``spanreg study best`` chooses settings, while scores are
            reported on the others; default 0: scores are those of the whole split.
        margin: the largest difference without practical meaning, in the unit that reports show (points for figures in
            per cent): arms whose difference is shown to be no larger are reported; default: none.
        compare: ``baseline`` compares each arm with the baseline, ``all`` also with every other arm.
        slices: subsets of the examples on which differences are reported as well: ``length``, ``coverage``, ``label``,
            a column of the data, or an expression such as ``length > 20``.
        match: ``parameters`` or ``flops``: one width of every arm is adjusted until the arm has the baseline's size
            within 1 %; or ``{by: 'flops', width: 'aggregator.channels', to: 'spans'}``. An arm may name its own with
            the option ``width``. Default: arms are as they are written.
        retries: how often to repeat a run that failed for lack of memory, disk or network, or whose process died;
            default 1. A run that fails because of its config is not repeated.
        search: a search for a good setting, for ``spanreg study search``; default: none.
        panels: sections of the report in order, by registered name or as configs: ``['results', {type: 'examples',
            most: 4}]``; default: all that have something to show.
        keep_weights: which weights finished runs keep: ``all`` (default), those of the ``best`` run of each arm, or
            ``none``; figures and predictions always stay.
        hypothesis: what the study is to show, for ``spanreg study register``; default: ``about``.
        about: one sentence for the report.

    Example:
        {
          base: import 'config.jsonnet',
          base_name: 'spans',
          seeds: [1, 2, 3, 4, 5],
          arms: { plain: { aggregator: 'none' }, random: { segmenter: 'random' } },
          baseline: 'plain',
        }

    Attributes:
        problems: mistakes of the options above, which ``arms`` returns with those of the arms. An option with a mistake
            is left out.
    """

    # The public ``spanreg.Study`` has the name that users know, and messages and schemas are about theirs.
    spanreg_name = "Study"

    def __init__(
        self,
        base: dict[str, Any],
        seeds: list[Annotated[int, Between(0, MOST_SEED)]] | SeedRule | None = None,
        arms: dict[str, Any] | None = None,
        axes: dict[str, Any] | list[str] | None = None,
        tasks: dict[str, Any] | list[str] | None = None,
        mode: Mode | list[Mode] = "one_at_a_time",
        exclude: list[Choice] | None = None,
        constraints: list[CombinationConstraint] | None = None,
        baseline: str | None = None,
        base_name: str | None = "",
        metric: str | Lazy[Metric] | None = None,
        split: str | None = None,
        reserve: Annotated[float, Between(0, 0.9)] = 0.0,
        margin: Annotated[float, Above(0)] | None = None,
        compare: Literal["baseline", "all"] = "baseline",
        slices: list[str] | None = None,
        folds: Annotated[int, AtLeast(2)] | FoldOptions | None = None,
        match: SizeMeasure | SizeOptions | None = None,
        retries: Annotated[int, AtLeast(0)] = 1,
        search: SearchConfig | None = None,
        panels: list[Lazy[Panel]] | None = None,
        keep_weights: Literal["all", "best", "none"] = "all",
        hypothesis: str = "",
        about: str = "",
    ) -> None:
        self.base, self.folds, self.problems = base_and_folds(current_config(base, path="base"), folds)
        self.seed_rule = seeds if isinstance(seeds, SeedRule) else None
        self.seeds = seeds.first if isinstance(seeds, SeedRule) else [1, 2, 3] if seeds is None else seeds
        self.named = arms or {}
        self._read(axes, tasks, slices)
        self.modes: list[Mode] = mode if isinstance(mode, list) else [mode]
        self.filter = CellFilter(exclude or (), constraints or ())
        self.requested_base_name, self.requested_baseline = base_name, baseline
        self.metric: MetricConfig | None = metric.params.as_dict(quiet=True) if isinstance(metric, Lazy) else metric
        self.split, self.reserve, self.margin = split, reserve, margin
        self.compare: Literal["baseline", "all"] = compare
        self.match = SizeOptions(match) if isinstance(match, str) else match
        self.retries = retries
        self.search = search
        self.panels = None if panels is None else [panel.params.as_dict(quiet=True) for panel in panels]
        self.keep_weights: Literal["all", "best", "none"] = keep_weights
        self.hypothesis, self.about = hypothesis, about
        self.problems += self._contradictions()

    def _read(self, axes: Any, tasks: Any, slices: list[str] | None) -> None:
        """Set the options that are read from text, each without regard to mistakes of the others."""
        self.axes: list[Axis] = []
        self.tasks: dict[str, Any] = {}
        self.slices: list[str] = []
        mistakes = MistakeCollector()
        with mistakes:
            self.axes = read_axes(axes)
        with mistakes:
            self.tasks = read_tasks(tasks)
        with mistakes:
            self.slices = read_slices(slices)
        self.problems += mistakes.problems

    @property
    def base_name(self) -> str | None:
        """Name of the base as an arm; None if it is not an arm."""
        # An empty string means that the key is not given, since null has a meaning: the base is not an arm.
        if self.requested_base_name != "":
            return self.requested_base_name
        return None if self.modes == ["grid"] and self.axes else "base"

    def _contradictions(self) -> Iterator[Problem]:
        """Yield the problems of keys that contradict one another."""
        if not self.seeds or len(set(self.seeds)) < len(self.seeds):
            yield Problem("must be non-empty and unique", "seeds", "give each seed once: [1, 2, 3]")
        # A rule may add any seed up to its limit, so none of them may choose a setting.
        later = range(1, self.seed_rule.at_most + 1) if self.seed_rule else ()
        if self.search is not None and self.search.seed in {*self.seeds, *later}:
            problem = f"the seed {self.search.seed} is one of the study's"
            why = "the runs that choose a setting would also report it"
            yield Problem(f"{problem}: {why}", "search.seed", "give another seed")
        if self.folds is not None and self.seed_rule is not None:
            yield Problem("folds are tested over the folds, so seeds do not decide", "seeds", "give a list: [1, 2, 3]")
        if self.folds is not None and self.split is not None:
            hint = "remove split, or remove folds"
            yield Problem("with folds, every arm is scored on its held-out folds", "split", hint)
        if self.folds is not None and self.search is not None:
            hint = "search in a study without folds, and give its best setting to this one"
            yield Problem("a search would choose settings by examples that the folds report", "search", hint)

    def count(self) -> int:
        """Return the largest possible number of arms, without making them."""
        own = (self.base_name is not None) + len(self.named)
        cells_of_axes = sum(count_cells(self.axes, mode) for mode in self.modes if self.axes)
        return (own + cells_of_axes) * max(1, len(self.tasks))

    def arms(self) -> tuple[list[Arm], list[Problem]]:
        """Return all arms that can be made, the base first, and the problems of the others and of the options."""
        made = [] if self.base_name is None else [base_arm(self.base_name, self.base)]
        made += named_arms(self.named, self.base)
        mistakes = MistakeCollector()
        with mistakes:
            made += self._combined()
        problems = [*self.problems, *problems_of_named(self.named), *mistakes.problems]
        # Names are checked before the tasks multiply the arms, so that each mistake is reported once.
        problems += problems_of_names(made)
        made = arms_on_tasks(made, self.tasks, self.base)
        return made, [*problems, *self._problems_of_search(made)]

    def baseline(self, arms: Sequence[Arm]) -> Arm:
        """Return the arm that the others are compared with.

        Raises:
            ConfigurationError: there is no arm, or none with the name in ``baseline``.
        """
        # On several tasks, arms are compared with the baseline on the same task; that of the first represents all.
        names = [arm.setting or arm.name for arm in arms]
        if not names:
            raise ConfigurationError("the study has no arms", hint="give arms or axes, or exclude less")
        # Adding pieces one by one starts from the arm without any, so that is what the others are compared with.
        default = NOTHING if self.modes == ["add_one"] else names[0]
        name = default if self.requested_baseline is None else self.requested_baseline
        if name not in names:
            raise ConfigurationError(f"there is no arm '{name}'", path="baseline", hint=suggest(name, names, "arms"))
        return arms[names.index(name)]

    def _problems_of_search(self, arms: Sequence[Arm]) -> list[Problem]:
        if self.search is None:
            return []
        names = {arm.name for arm in arms}
        taken = sorted(names & {self.search.name_of(name) for name in names})
        return [Problem(f"an arm has the name '{name}'", "search.name", "rename one of them") for name in taken]

    def _combined(self) -> list[Arm]:
        """Return the arms of the axes."""
        if not self.axes:
            return []
        selected: list[AxisCell] = []
        mistakes = MistakeCollector()
        with mistakes:
            self.filter.check(self.axes)
        for mode in self.modes:
            with mistakes:
                selected += cells(self.axes, mode)
        mistakes.raise_all()
        return [arm_of_cell(cell, self.base) for cell in selected if self.filter.allows(cell.choice)]


_DEPENDENT: Final = {
    **dict.fromkeys(("arms", "base_name"), ("baseline", "match")),
    **dict.fromkeys(("axes", "mode"), ("axes", "mode", "exclude", "constraints", "baseline", "match")),
}
"Options that are not checked where another one has a mistake, because they name what it defines."


def _with_place_in_base(problem: Problem) -> Problem:
    """Return a problem with the hint ``base.KEY`` if its key is one of a config, which a study has in its base."""
    key = problem.path
    in_config = {argument.name for argument in signature_of(experiment_class()).arguments}
    # The seed of the base is ignored, because a study runs every arm under its ``seeds``.
    if key == "seed" or key not in in_config or key in signature_of(StudyDefinition).names:
        return problem
    return replace(problem, hint=f"did you mean 'base.{key}'? the config of a study is its base")


def read_study(params: Params) -> StudyDefinition:
    """Return the study of a file; options with mistakes are left out, and the mistakes are in its ``problems``.

    ``plan_study(read_study(params), params)`` reports them together with those of the arms.

    Raises:
        ConfigurationError: the base is missing, or is not an object.
    """
    values = params.duplicate().as_dict(quiet=True)
    if isinstance(base := values.get("base"), Mapping) and is_study(base):
        hint = "take the base of that study: (import 'study.jsonnet').base"
        line = params.origin.lines.get("base", 0)
        raise ConfigurationError([Problem("is a study, not a config", "base", hint, params.origin.file, line)])
    problems: list[Problem] = []
    # A mistake in one option keeps the others from being read, so each round leaves out what was wrong in the last.
    while True:
        try:
            study = StudyDefinition.from_params(Params(values, origin=params.origin))
        except ConfigurationError as error:
            problems += map(_with_place_in_base, error.problems)
            wrong = {problem.path.partition(".")[0] for problem in error.problems} & values.keys() - {"base"}
            # Without the base, or with a mistake that no option explains, there is nothing left to check.
            if not wrong:
                raise ConfigurationError(problems) from error.__cause__
            left_out = wrong.union(*(_DEPENDENT.get(key, ()) for key in wrong))
            values = {key: value for key, value in values.items() if key not in left_out}
        else:
            study.problems[:0] = problems
            return study
