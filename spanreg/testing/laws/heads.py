"""Laws of heads."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from spanreg.heads.base import IGNORED, HeadOutput
from spanreg.testing.contract import ComponentCase, Law, require
from spanreg.testing.tensors import (
    made,
    random,
    require_gradients,
    require_same,
    require_same_bits,
    save_and_reload,
    seeded,
)

CASES: list[dict[str, Any]] = [{"dim": 5, "num_labels": 3}, {"dim": 5, "num_labels": 1}]
"A head may reject one of the cases: a classification needs labels, a regression has none."

ROWS, TOKENS = 6, 4
"Examples of a batch, and tokens of each for a head on tokens."


def features(subject: ComponentCase) -> Tensor:
    """Return representations, shape: (batch, dim), for a head on tokens (batch, tokens, dim)."""
    return random(ROWS, *([TOKENS] if _of_tokens(subject) else []), subject.extras["dim"])


def gold(subject: ComponentCase) -> Tensor:
    """Return label ids, or real values for one label, in the shape of the head's kind of task."""
    labels = subject.extras["num_labels"]
    if _of_tokens(subject):
        # The first token of each text has no label, as special tokens and later pieces of words have none.
        ids = torch.arange(ROWS * TOKENS).reshape(ROWS, TOKENS) % labels
        return torch.where(torch.arange(TOKENS) == 0, IGNORED, ids)
    if "multi_label" in subject.cls.kinds:  # type: ignore[attr-defined]
        return torch.arange(ROWS * labels).reshape(ROWS, labels) % 2
    return torch.arange(ROWS) % labels if labels > 1 else random(ROWS, seed=1)


def _of_tokens(subject: ComponentCase) -> bool:
    return bool(subject.cls.level == "token")  # type: ignore[attr-defined]


def logits_are_one_for_each_label(subject: ComponentCase) -> None:
    """Each vector, of a text or a token, gets a logit for each label; without gold labels there is no loss."""
    rows = features(subject)
    scored = made(subject)(rows)
    require(isinstance(scored, HeadOutput), f"forward returns a {type(scored).__name__}, not a HeadOutput")
    expected = (*rows.shape[:-1], subject.extras["num_labels"])
    require(scored.logits.shape == expected, f"logits have shape {tuple(scored.logits.shape)}, not {expected}")
    require(scored.loss is None, "there is a loss without gold labels")


def the_loss_is_a_finite_scalar(subject: ComponentCase) -> None:
    """With gold labels the loss is one finite value, in float32 or better even for features in bfloat16."""
    head = made(subject)
    loss = head(features(subject), gold(subject)).loss
    require(
        loss is not None and loss.shape == (),
        f"the loss is {loss if loss is None else tuple(loss.shape)}, not a scalar",
    )
    require(bool(loss.isfinite()), f"the loss is {loss.item()}")
    # As under autocast: a loss in bfloat16 has only two to three digits.
    rounded = head.bfloat16()(features(subject).bfloat16(), gold(subject)).loss
    require(
        rounded.dtype != torch.bfloat16, "the loss of features in bfloat16 is computed in bfloat16, which rounds it"
    )


def the_loss_is_a_mean_over_the_batch(subject: ComponentCase) -> None:
    """The loss depends neither on the order of the examples nor on repeating all of them."""
    head, rows, labels = made(subject), features(subject), gold(subject)
    once = head(rows, labels).loss
    require_same(head(rows.flip(0), labels.flip(0)).loss, once, subject.tolerance, "the loss, in another order,")
    # A sum over the batch would double, and so would the effective learning rate of a batch of twice the size.
    twice = head(torch.cat((rows, rows)), torch.cat((labels, labels))).loss
    require_same(twice, once, subject.tolerance, "the loss, with every example twice,")


def batch_mates_change_no_logits(subject: ComponentCase) -> None:
    """The logits of an example do not depend on the other examples or on labels."""
    head, rows = made(subject), features(subject)
    whole = head(rows).logits
    for row in range(ROWS):
        require_same(
            head(rows[row : row + 1]).logits[0], whole[row], subject.tolerance, "logits, alone and in a batch,"
        )
    require_same(head(rows, gold(subject)).logits, whole, subject.tolerance, "logits, with labels and without,")


def gradients_flow(subject: ComponentCase) -> None:
    """The loss passes a gradient to the features and to every weight."""
    head, rows = made(subject), features(subject).requires_grad_()
    require_gradients({"the features": rows}, head, head(rows, gold(subject)).loss)


def a_step_down_the_gradient_lowers_the_loss(subject: ComponentCase) -> None:
    """A small step of the weights against the gradient lowers the loss."""
    head, rows, labels = made(subject), features(subject), gold(subject)
    # A loss may have the wrong sign and still be finite, a mean and differentiable.
    optimizer = torch.optim.SGD(head.parameters(), lr=1e-3)
    before = head(rows, labels).loss
    before.backward()
    optimizer.step()
    after = head(rows, labels).loss
    require(after.item() < before.item(), f"the loss was {before.item():.6g}, and is {after.item():.6g} after a step")


def predictions_have_the_shape_of_labels(subject: ComponentCase) -> None:
    """Predictions are label ids in range, or finite real values, one for each example, also in a batch of one."""
    head, count = made(subject), subject.extras["num_labels"]
    logits = head(features(subject)).logits
    for some in (logits, logits[:1]):
        predicted, wanted = head.predict(some), gold(subject)[: len(some)]
        shape = tuple(predicted.shape)
        require(shape == wanted.shape, f"predictions of {len(some)} have shape {shape}, labels {tuple(wanted.shape)}")
        require(bool(predicted.isfinite().all()), "some predictions are not finite")
        if count > 1:
            require(
                not predicted.is_floating_point(), f"predictions have type {predicted.dtype}, not that of label ids"
            )
            within = bool(((predicted >= 0) & (predicted < count)).all())
            require(within, f"predictions {predicted.tolist()} are not ids of {count} labels")


def results_are_repeated_to_the_bit(subject: ComponentCase) -> None:
    """Logits and loss are reproducible from seed and input, in training, too."""
    found = []
    for _ in range(2):
        head = made(subject).train()
        with seeded(1):
            found.append(head(features(subject), gold(subject)))
    require_same_bits(found[0].logits, found[1].logits, "logits")
    require_same_bits(found[0].loss, found[1].loss, "the loss")


def saved_weights_are_all_there_is(subject: ComponentCase) -> None:
    """Another instance computes the same results after loading ``state_dict``."""
    one, other = (head(features(subject), gold(subject)) for head in save_and_reload(subject))
    require_same(other.logits, one.logits, 0.0, "logits after saving and loading")
    require_same(other.loss, one.loss, 0.0, "the loss after saving and loading")


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
