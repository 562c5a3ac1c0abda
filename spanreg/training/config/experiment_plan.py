"""The plan of an experiment: a config is checked once, and constructed from what the check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spanreg.registry import Params, Plan, Problem, plan_params
from spanreg.registry.planning.plan import sort
from spanreg.training.config.compatibility import misfits, require_fit
from spanreg.training.config.forms.current import current_config
from spanreg.training.config.forms.root import experiment_class
from spanreg.training.config.named_files import missing_files

if TYPE_CHECKING:
    from spanreg.training.config.experiment import Experiment

__all__ = ["ExperimentPlan", "experiment_class", "in_current_form", "plan_experiment"]


@dataclass(frozen=True, slots=True)
class ExperimentPlan:
    """A config, planned against the signatures of all components; nothing is constructed, torch is not imported.

    ``plan_experiment(Params.from_file("configs/tiny.jsonnet")).construct()``
    """

    params: Params
    plan: Plan

    @property
    def problems(self) -> list[Problem]:
        """All that is wrong with the config and can be seen without reading data, sorted by position.

        Keys and types by the components' signatures, files that do not exist, and parts that do not fit one another.
        """
        return sort([*self.plan.problems, *missing_files(self.plan.names), *misfits(self.params)])

    def construct(self) -> Experiment:
        """Return the experiment; its ``Lazy`` members are constructed by ``assemble``.

        Raises:
            ConfigurationError: all wrong keys and types at once, or parts that do not fit one another.
        """
        experiment: Experiment = self.plan.construct()
        # After the plan's own problems, as in `problems`: with a wrong key the classes may not be known.
        require_fit(self.params)
        return experiment


def plan_experiment(params: Params | ExperimentPlan) -> ExperimentPlan:
    """Return the plan of a config; a plan is returned as it is.

    What is accepted and may be a mistake is logged.

    Args:
        params: the config with all overrides; it is not changed.

    Raises:
        ConfigurationError: the config describes its own form wrongly, or has a newer schema.
    """
    if isinstance(params, ExperimentPlan):
        return params
    params = in_current_form(params)
    # By the stand-in, so that checking a config does not import torch.
    plan = plan_params(experiment_class(), params)
    plan.log_warnings()
    return ExperimentPlan(params, plan)


def in_current_form(params: Params) -> Params:
    """Return a config in the schema of this version, without defaults that it lists as such (``forms.current``).

    Raises:
        ConfigurationError: as for ``plan_experiment``.
    """
    values = params.as_dict(quiet=True)
    current = current_config(values, params.origin.file)
    return params if current == values else Params(current, params.history, params.origin)
