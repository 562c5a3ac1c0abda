"""number_key: keys of numbers are reversible, on one line, and in ASCII."""

from __future__ import annotations

from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from spanreg.studies.report.keys import number_key

NAMES = st.text(st.characters(codec="utf-8"), max_size=12)


@given(NAMES, NAMES)
def test_the_parts_of_a_key_can_be_recovered(arm: str, task: str) -> None:
    key = number_key(arm, task, "accuracy", "mean")
    assert [unquote(part) for part in key.split("/")] == [arm, task, "accuracy", "mean"]
    assert key.isascii()
    assert key.isprintable()
    assert key == " ".join(key.split()), "an editor that joins or strips spaces does not change the key"


def test_names_of_arms_stay_readable() -> None:
    assert number_key("data.task=cola, flat", "cola", "matthews", "mean") == "data.task=cola, flat/cola/matthews/mean"
    assert number_key("\ud800", "", "m", "f") == "%ED%A0%80//m/f"
