"""Evaluate Jsonnet in a separate process, within limits."""

from spanreg.registry.config.evaluation.evaluator import (
    DEFAULT_LIMITS,
    NO_EXTERNALS,
    EvaluatedText,
    EvaluationLimits,
    ExternalVariables,
    evaluate_jsonnet,
)

__all__ = [
    "DEFAULT_LIMITS",
    "NO_EXTERNALS",
    "EvaluatedText",
    "EvaluationLimits",
    "ExternalVariables",
    "evaluate_jsonnet",
]
