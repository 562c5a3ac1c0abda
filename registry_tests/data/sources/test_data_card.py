"""Cards of data sets: none leads to data outside of the data set."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spanreg.data.sources.data_card import require_files_inside
from spanreg.data.sources.hub_data import HubData
from spanreg.registry import ConfigurationError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with data, beside a folder with data that nobody named."""
    for name in ("data", "secret"):
        (tmp_path / name / "below").mkdir(parents=True)
        (tmp_path / name / "below" / "train.jsonl").write_text(f'{{"text": "{name}", "label": "a"}}\n')
    return tmp_path / "data"


def write_card(folder: Path, configs: str) -> None:
    (folder / "README.md").write_text(f"---\nconfigs:\n- config_name: default\n{configs}\n---\n")


@pytest.mark.parametrize(
    ("configs", "shown"),
    [
        ("  data_files: ../secret/below/train.jsonl", "../secret/below/train.jsonl"),
        ("  data_files: [below/train.jsonl, 'below/../../secret/**']", "below/../../secret/**"),
        ("  data_files: {train: below/train.jsonl, test: /etc/*.json}", "/etc/*.json"),
        ("  data_files:\n  - {split: train, path: [below/train.jsonl, ~/x.jsonl]}", "~/x.jsonl"),
        ("  data_dir: ../secret", "../secret"),
        ("  data_dir: below\\..\\..\\secret", "below\\..\\..\\secret"),
        ("  data_files: https://localhost/x.jsonl", "https://localhost/x.jsonl"),
        ("  data_files: file:/etc/x.jsonl", "file:/etc/x.jsonl"),
        ("  data_files: 'x.jsonl::below/x.zip'", "x.jsonl::below/x.zip"),
        ("  data_files: below/train.jsonl\n- config_name: other\n  data_files: /x.jsonl", "/x.jsonl"),
    ],
)
def test_data_outside_of_the_folder_is_rejected(folder: Path, configs: str, shown: str) -> None:
    write_card(folder, configs)
    with pytest.raises(ConfigurationError) as caught:
        HubData(str(folder)).table("train", ("text", "label"), "label")
    assert str(caught.value) == (
        f"path: the card {folder / 'README.md'} names data outside of the folder: {shown!r}. "
        "copy the data into the folder, and name it by a relative path"
    )


def test_data_inside_of_the_folder_is_read(folder: Path) -> None:
    write_card(folder, "  data_files:\n  - {split: train, path: 'bel*/tr..j*l'}\n  - {split: test, path: below/*}")
    (folder / "below" / "tr..jsonl").write_text('{"text": "dots", "label": "a"}\n')
    assert HubData(str(folder)).table("train", ("text",), "label").columns == {"text": ["dots"]}
    assert HubData(str(folder)).splits() == ("train", "test")


@pytest.mark.parametrize("content", ["---\na: [\n---\n", "---\nconfigs: " + "[" * 3000 + "\n---\n"])
def test_a_card_that_cannot_be_parsed_is_an_error(folder: Path, content: str) -> None:
    (folder / "README.md").write_text(content)
    with pytest.raises(ConfigurationError, match=r"path: .*README\.md cannot be read: .* correct the YAML"):
        HubData(str(folder)).splits()


@pytest.mark.parametrize("place", ["configs: [{config_name: default, data_files: *a9}]", "dataset_info: *a9"])
def test_aliases_that_repeat_one_another_are_refused(folder: Path, place: str) -> None:
    lists = [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 10)]
    (folder / "README.md").write_text("\n".join(["---", "a0: &a0 [x]", *lists, place, "---", ""]))
    with pytest.raises(ConfigurationError, match=r"^path: the card .*README\.md has more than 1,000,000 values\. "):
        HubData(str(folder)).splits()


def test_a_list_that_contains_itself_is_refused(folder: Path) -> None:
    (folder / "README.md").write_text("---\na: &a [*a]\n---\n")
    with pytest.raises(ConfigurationError, match="has more than 1,000,000 values"):
        HubData(str(folder)).splits()


def test_a_card_of_gigabytes_is_not_read(folder: Path) -> None:
    with (folder / "README.md").open("wb") as file:
        file.truncate(1 << 38)
    with pytest.raises(ConfigurationError, match=r"README\.md has more than 16 MB\. "):
        HubData(str(folder)).splits()


@pytest.mark.parametrize("make", ["mkfifo", "mkdir"])
def test_a_second_card_is_rejected(folder: Path, make: str) -> None:
    getattr(os, make)(folder / ".huggingface.yaml")
    with pytest.raises(ConfigurationError, match=r"\.huggingface\.yaml may name data outside .* move its entries"):
        HubData(str(folder)).splits()


def test_files_of_a_data_set_on_the_hub_are_on_the_hub(folder: Path) -> None:
    require_files_inside("user/data", ["hf://datasets/user/data@main/train.csv"])
    for file in (str(folder / "below" / "train.jsonl"), "https://localhost/x.jsonl"):
        with pytest.raises(ConfigurationError, match="path: the card of user/data names data outside of it: "):
            require_files_inside("user/data", [file])
    require_files_inside(str(folder), [str(folder / "below" / "train.jsonl")])
    with pytest.raises(ConfigurationError, match="names data outside of it"):
        require_files_inside(str(folder), [str(folder / ".." / "secret" / "below" / "train.jsonl")])
