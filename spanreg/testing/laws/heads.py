"""Laws of the heads."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from spanreg.heads.base import IGNORED, HeadOutput
from spanreg.testing.contract import Law, Subject, hold
from spanreg.testing.tensors import flows, made, random, reloaded, same, same_bits, seeded

CASES: list[dict[str, Any]] = [{"dim": 5, "num_labels": 3}, {"dim": 5, "num_labels": 1}]
"A head may refuse one of them: a choice needs labels, a real value has none."

ROWS, TOKENS = 6, 4


def features(subject: Subject) -> Tensor:
    """Representations, shape: (batch, dim), for a head that labels tokens (batch, tokens, dim)."""
    return random(ROWS, *([TOKENS] if _of_tokens(subject) else []), subject.extras["dim"])


def gold(subject: Subject) -> Tensor:
    """Label ids, or real values where there is one label, in the shape that the head's kind of task asks for."""
    labels = subject.extras["num_labels"]
    if _of_tokens(subject):
        ids = torch.arange(ROWS * TOKENS).reshape(ROWS, TOKENS) % labels
        return torch.where(torch.arange(TOKENS) == 0, IGNORED, ids)
    if "multi_label" in subject.cls.kinds:  # type: ignore[attr-defined]
        return torch.arange(ROWS * labels).reshape(ROWS, labels) % 2
    return torch.arange(ROWS) % labels if labels > 1 else random(ROWS, seed=1)


def _of_tokens(subject: Subject) -> bool:
    return bool(subject.cls.level == "token")  # type: ignore[attr-defined]


def logits_are_one_for_each_label(subject: Subject) -> None:
    """Each vector, of a text or a token, gets as many logits as there are labels; without gold labels no loss."""
    rows = features(subject)
    scored = made(subject)(rows)
    hold(isinstance(scored, HeadOutput), f"forward gives a {type(scored).__name__} and not a HeadOutput")
    expected = (*rows.shape[:-1], subject.extras["num_labels"])
    hold(scored.logits.shape == expected, f"logits have shape {tuple(scored.logits.shape)}, not {expected}")
    hold(scored.loss is None, "there is a loss without gold labels")


def the_loss_is_a_finite_scalar(subject: Subject) -> None:
    """With gold labels the loss is one finite value, in float32 or better also where features are in bfloat16."""
    head = made(subject)
    loss = head(features(subject), gold(subject)).loss
    hold(loss is not None and loss.shape == (), f"the loss is {loss if loss is None else tuple(loss.shape)}, no scalar")
    hold(bool(loss.isfinite()), f"the loss is {loss.item()}")
    rounded = head.bfloat16()(features(subject).bfloat16(), gold(subject)).loss
    hold(rounded.dtype != torch.bfloat16, "the loss of features in bfloat16 is computed in bfloat16, which rounds it")


def the_loss_is_a_mean_over_the_batch(subject: Subject) -> None:
    """Neither the order of the examples nor seeing all of them twice changes the loss."""
    head, rows, labels = made(subject), features(subject), gold(subject)
    once = head(rows, labels).loss
    same(head(rows.flip(0), labels.flip(0)).loss, once, subject.tolerance, "the loss, in another order,")
    twice = head(torch.cat((rows, rows)), torch.cat((labels, labels))).loss
    same(twice, once, subject.tolerance, "the loss, with every example twice,")


def batch_mates_change_no_logits(subject: Subject) -> None:
    """An example alone has the logits that it has among others, with labels or without."""
    head, rows = made(subject), features(subject)
    whole = head(rows).logits
    for row in range(ROWS):
        same(head(rows[row : row + 1]).logits[0], whole[row], subject.tolerance, "logits, alone and in a batch,")
    same(head(rows, gold(subject)).logits, whole, subject.tolerance, "logits, with labels and without,")


def gradients_flow(subject: Subject) -> None:
    """The loss passes a gradient to the features and to every weight."""
    head, rows = made(subject), features(subject).requires_grad_()
    flows({"the features": rows}, head, head(rows, gold(subject)).loss)


def a_step_down_the_gradient_lowers_the_loss(subject: Subject) -> None:
    """The loss is lower after a small step of the weights against its gradient."""
    head, rows, labels = made(subject), features(subject), gold(subject)
    optimizer = torch.optim.SGD(head.parameters(), lr=1e-3)
    before = head(rows, labels).loss
    before.backward()
    optimizer.step()
    after = head(rows, labels).loss
    hold(after.item() < before.item(), f"the loss was {before.item():.6g}, and is {after.item():.6g} after a step")


def predictions_have_the_shape_of_labels(subject: Subject) -> None:
    """Predictions are labels: ids within range, or finite real values, one an example, and one for a batch of one."""
    head, count = made(subject), subject.extras["num_labels"]
    logits = head(features(subject)).logits
    for some in (logits, logits[:1]):
        predicted, wanted = head.predict(some), gold(subject)[: len(some)]
        shape = tuple(predicted.shape)
        hold(shape == wanted.shape, f"predictions of {len(some)} have shape {shape}, labels {tuple(wanted.shape)}")
        hold(bool(predicted.isfinite().all()), "some predictions are not finite")
        if count > 1:
            hold(not predicted.is_floating_point(), f"predictions are of {predicted.dtype}, and should be label ids")
            within = bool(((predicted >= 0) & (predicted < count)).all())
            hold(within, f"predictions {predicted.tolist()} are no ids of {count} labels")


def results_are_repeated_to_the_bit(subject: Subject) -> None:
    """The same seed and input give the same logits and loss, in training too."""
    found = []
    for _ in range(2):
        head = made(subject).train()
        with seeded(1):
            found.append(head(features(subject), gold(subject)))
    same_bits(found[0].logits, found[1].logits, "logits")
    same_bits(found[0].loss, found[1].loss, "the loss")


def saved_weights_are_all_there_is(subject: Subject) -> None:
    """What ``state_dict`` holds makes another instance compute the same."""
    one, other = (head(features(subject), gold(subject)) for head in reloaded(subject))
    same(other.logits, one.logits, 0.0, "logits after saving and loading")
    same(other.loss, one.loss, 0.0, "the loss after saving and loading")


LAWS: list[Law] = [
    logits_are_one_for_each_label,
    the_loss_is_a_finite_scalar,
    the_loss_is_a_mean_over_the_batch,
    batch_mates_change_no_logits,
    gradients_flow,
    a_step_down_the_gradient_lowers_the_loss,
    predictions_have_the_shape_of_labels,
    results_are_repeated_to_the_bit,
    saved_weights_are_all_there_is,
]

FORM: list[Law] = [logits_are_one_for_each_label]
