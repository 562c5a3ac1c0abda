"""Evaluation of Jsonnet within limits, in a process of its own."""

from spanreg.registry.config.evaluation.evaluator import (
    DEFAULT_LIMITS,
    NO_EXTERNALS,
    EvaluatedText,
    EvaluationLimits,
    ExternalVariables,
    evaluate,
)

__all__ = ["DEFAULT_LIMITS", "NO_EXTERNALS", "EvaluatedText", "EvaluationLimits", "ExternalVariables", "evaluate"]
