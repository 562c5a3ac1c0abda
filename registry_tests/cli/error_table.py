"""Table of common mistakes: command, exact message and advice; the docs' troubleshooting page is generated from it.

The commands run in a folder with the files that ``write_files`` writes. ``...`` in a message matches any text.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CONFIG = """// Idioms, figurative or literal, with span fine-tuning.
{
  data: { type: 'demo' },
  encoder: { type: 'tiny', dim: 8, layers: 1 },
  dictionary: { type: 'ngram', corpus: 'pkg:spanreg/data/demo_material/background.txt', max_n: 8, min_count: 8 },
  segmenter: { type: 'max_match' },
  aggregator: { type: 'hierarchical_cnn', kernel_size: 3 },
  training: { epochs: 2, batch_size: 32, learning_rate: 1e-4 },
}
"""
STUDY = """{
  base: import 'idioms.jsonnet',
  seeds: [1, 2, 3],
  arms: { plain: { aggregator: 'none' }, random: { segmenter: 'random' } },
  baseline: 'plain',
}
"""


def write_files(folder: Path) -> None:
    """Write the files that the commands of the table name."""
    texts = {
        "idioms.jsonnet": CONFIG,
        "study.jsonnet": STUDY,
        "broken.jsonnet": "{ data: ",
        "extvar.jsonnet": "{ data: 'demo', encoder: { type: 'pretrained', model: std.extVar('ENCODER') } }",
        "short.txt": "no word comes twice here\n",
        "notes/notes.txt": "my notes\n",
    }
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "latin1.txt").write_bytes(b"good line\nbad \xff line\n")


@dataclass(frozen=True, slots=True)
class ErrorCase:
    """Command with a mistake, its message, and advice for the user."""

    command: str
    "Command line after ``spanreg``."
    message: str
    "Complete output of the command, which exits with code 2."
    advice: str
    "Cause and remedy in Markdown, beyond what the message says."


SPELLING: tuple[ErrorCase, ...] = (
    ErrorCase(
        "trian idioms.jsonnet",
        "there is no command 'trian'. did you mean 'train'? commands: ...",
        "`spanreg --help` lists the commands.",
    ),
    ErrorCase(
        "check idioms.jsonnet --set aggregator.type=hierachical_cnn",
        "idioms.jsonnet:7 aggregator.type: 'hierachical_cnn' is not registered for Aggregator. did you mean"
        " 'hierarchical_cnn'? registered: ...; include your own component with --include-package, or install the"
        " package that has it",
        "`spanreg list aggregator` shows every name of a family. A component of your own needs"
        " `--include-package MODULE` in each command that uses it.",
    ),
    ErrorCase(
        "check idioms.jsonnet --set aggregator.kernel_sice=5",
        "idioms.jsonnet:7 aggregator.kernel_sice: is not an argument of HierarchicalCnn. did you mean 'kernel_size'?"
        " arguments: ...",
        "The keys of a component are the arguments of its class: `spanreg describe hierarchical_cnn`.",
    ),
    ErrorCase(
        "check idioms.jsonnet --set trainig.epochs=3",
        "idioms.jsonnet trainig: is not an argument of Experiment. did you mean 'training'? arguments: ...",
        "The keys of a config are listed by `spanreg describe Experiment`.",
    ),
    ErrorCase(
        "describe max_mach",
        "there is no component 'max_mach'. did you mean 'max_match'? components: ...",
        "`spanreg list` shows all components.",
    ),
    ErrorCase(
        "list segmentor",
        "there is no family 'segmentor'. did you mean 'segmenter'? families: ...",
        "A family is named by its key in a config.",
    ),
)
CONFIGS: tuple[ErrorCase, ...] = (
    ErrorCase(
        "check missing.jsonnet",
        "missing.jsonnet: there is no such file. give the path of a Jsonnet or JSON file",
        "A relative path starts in the folder where you run the command.",
    ),
    ErrorCase(
        "check broken.jsonnet",
        "broken.jsonnet:1:9: not valid Jsonnet: unexpected end of file. fix the Jsonnet",
        "The numbers are line and column. An editor with the schema of `spanreg schema` marks such places.",
    ),
    ErrorCase(
        "check extvar.jsonnet",
        "extvar.jsonnet:1:55: the external variable 'ENCODER' is not defined. give it with --ext-var ENCODER=VALUE",
        "`--ext-env ENCODER` passes an environment variable of that name: [Configs](configs.md).",
    ),
    ErrorCase(
        "check idioms.jsonnet --set training.epochs=true",
        "idioms.jsonnet:8 training.epochs: is true, a boolean. give a number",
        "Types are strict: text is never read as a number, nor a boolean as an integer.",
    ),
    ErrorCase(
        "check idioms.jsonnet --set aggregator.kernel_size=4",
        "idioms.jsonnet:7 aggregator.kernel_size: is 4. give an odd number",
        "`spanreg describe NAME` shows the range of every key.",
    ),
    ErrorCase(
        "check idioms.jsonnet --set aggregator.kernel_size",
        "--set: 'aggregator.kernel_size' sets nothing. write a.b=value, or ~a.b to delete",
        "[Configs](configs.md) describes `--set` and `-o`.",
    ),
    ErrorCase(
        "check idioms.jsonnet -o '{training: {epochs: '",
        "--overrides:1:21: not valid Jsonnet: unexpected end of file. fix the Jsonnet",
        "Put the overrides in single quotation marks, so that the shell changes nothing.",
    ),
    ErrorCase(
        "check idioms.jsonnet --set segmenter.type=multi",
        "idioms.jsonnet:6 segmenter.segmenters: is required and missing. add it: Sequence (each: Segmenter), a list of"
        " at least 2\nidioms.jsonnet:7 aggregator: takes one segmentation, and the segmenter 'multi' returns several."
        " use the aggregator 'multi_granularity' with this one in it, or a segmenter that returns one",
        "spanreg finds components that do not fit together before it reads data or trains.",
    ),
    ErrorCase(
        "check idioms.jsonnet --set head=regression",
        "idioms.jsonnet head.type: RegressionHead is for tasks of the kind 'regression', the data's is"
        " 'classification'. leave the key 'head' out, or take 'classification'",
        "The kind of task follows from the data. [Tasks](tasks.md) describes the four kinds.",
    ),
    ErrorCase(
        "check idioms.jsonnet --set training.extra.fp16=true",
        "idioms.jsonnet:8 training.extra.fp16: cannot be set here. give training.precision",
        "`training.extra` takes the fields of `TrainingArguments` that spanreg has no key for.",
    ),
)
FILES: tuple[ErrorCase, ...] = (
    ErrorCase(
        "check idioms.jsonnet --set dictionary.corpus='corpus/*.txt'",
        "idioms.jsonnet:5 dictionary.corpus: no file matches 'corpus/*.txt'. relative paths start at ...",
        "A relative path in a config starts in the working directory of the command, not in the folder of the config.",
    ),
    ErrorCase(
        "check idioms.jsonnet --set dictionary.corpus=pkg:no_such_package/corpus.txt",
        "idioms.jsonnet:5 dictionary.corpus: the package 'no_such_package' is not installed. install it",
        "`pkg:PACKAGE/PATH` is a file inside an installed package. `spanreg info` shows which extras are installed.",
    ),
    ErrorCase(
        "sample-dictionary latin1.txt -o out.parquet",
        "...latin1.txt: line 2 is not UTF-8: byte 0xff at byte offset 14. convert the file to UTF-8",
        "`iconv -f latin1 -t utf-8 latin1.txt` converts it. `--errors replace` replaces the invalid bytes.",
    ),
    ErrorCase(
        "sample-dictionary short.txt -o out.parquet",
        "--min-count: no n-gram of 2 to 5 words occurs at least 10 times in the corpus of 5 words. lower min_count, or"
        " use a larger corpus",
        "The default of 10 occurrences suits corpora of millions of words.",
    ),
    ErrorCase(
        "sample-dictionary short.txt -o out.parquet --min-n 5 --max-n 3",
        "--min-n: min_n 5 exceeds max_n 3. give a min_n of 3 or less, or a greater max_n",
        "`--min-n` is 2 by default, `--max-n` 5.",
    ),
    ErrorCase(
        "segment --dictionary nothing.parquet short.txt",
        "--dictionary: dictionary 'nothing.parquet' does not exist. relative paths start at ...",
        "`spanreg sample-dictionary CORPUS -o nothing.parquet` writes a dictionary.",
    ),
)
TRUST: tuple[ErrorCase, ...] = (
    ErrorCase(
        "check idioms.jsonnet --set aggregator.type=my_package.Mine",
        "idioms.jsonnet:7 aggregator.type: 'my_package.Mine' is in a package that is not included. if you trust that"
        " package, add --include-package my_package",
        "A config never imports code by itself: [Security](../explanation/security.md#code).",
    ),
    ErrorCase(
        "check idioms.jsonnet --include-package no_such_module",
        "--include-package: there is no module 'no_such_module'. check the spelling; it is searched among the installed"
        " packages and in the working directory",
        "Give a module name without a suffix, or the path of a file with it: `--include-package scaled` or"
        " `--include-package parts/scaled.py`.",
    ),
)
RUNS: tuple[ErrorCase, ...] = (
    ErrorCase(
        "train idioms.jsonnet",
        "spanreg train: the following arguments are required: -s/--run. See 'spanreg train --help'",
        "Every run has a folder of its own; the same command resumes it after a stop.",
    ),
    ErrorCase(
        "train idioms.jsonnet --seed 1 -s out",
        "spanreg train: there is no option '--seed'. did you mean '--set'? options: ...\nspanreg train: unexpected"
        " argument '1'. See 'spanreg train --help'",
        "Keys of the config are changed by `--set`: `--set seed=1`.",
    ),
    ErrorCase(
        "train idioms.jsonnet -s notes",
        "notes contains files that are not a run's. name a new or an empty folder with -s",
        "spanreg never overwrites files that it did not write.",
    ),
    ErrorCase(
        "train idioms.jsonnet -s idioms.jsonnet",
        "idioms.jsonnet is a file. name a folder with -s",
        "The order is `spanreg train CONFIG -s RUN`.",
    ),
    ErrorCase(
        "predict notes short.txt",
        "notes is not a run folder: it has no status.json. name a folder that 'spanreg train' wrote",
        "The runs of a study are in its subfolders: `DIR/runs/...`.",
    ),
    ErrorCase(
        "evaluate nowhere",
        "there is no folder nowhere. name a folder that 'spanreg train' wrote",
        "A relative path starts in the folder where you run the command.",
    ),
    ErrorCase(
        "verify notes",
        "notes contains nothing that spanreg wrote. name a run, study, pack, model, export or dictionary",
        "`spanreg verify` compares files with the checksums in `manifest.json`.",
    ),
)
STUDIES: tuple[ErrorCase, ...] = (
    ErrorCase(
        "study plan study.jsonnet --set arms.plain.agregator=none",
        "study.jsonnet:4 arms.plain.agregator: is not an argument of Experiment. did you mean 'aggregator'? arguments:"
        " ...",
        "An arm has the keys of a config; it is merged into the base.",
    ),
    ErrorCase(
        "study plan study.jsonnet --set baseline=plian",
        "study.jsonnet:5 baseline: there is no arm 'plian'. did you mean 'plain'? arms: base, random",
        "`spanreg study plan` lists the arms. The base itself is an arm; the key `base_name` sets its name.",
    ),
    ErrorCase(
        "study plan study.jsonnet --set seeds=[1,1]",
        "...seeds: must be non-empty and unique. give each seed once: [1, 2, 3]",
        "A repeated seed gives the same run; it would not add information.",
    ),
    ErrorCase(
        "study plan idioms.jsonnet",
        "idioms.jsonnet: is a config, not a study. use 'spanreg train', or make it the base of a study: { base: import"
        " '...' }",
        "[Studies](../tutorials/studies.md) shows a study: a file with `base` and `arms`.",
    ),
    ErrorCase(
        "study search study.jsonnet -s out",
        "search: the study has no search. add search: { space: { KEY: [...] } }",
        "[Studies](../tutorials/studies.md#search) describes the section `search`.",
    ),
    ErrorCase(
        "study run study.jsonnet -s notes",
        "notes contains files that are not a study's. name a new or an empty folder with -s",
        "spanreg never overwrites files that it did not write.",
    ),
)
ERRORS: dict[str, tuple[ErrorCase, ...]] = {
    "Names and keys": SPELLING,
    "Values of a config": CONFIGS,
    "Files and packages": FILES,
    "Code of your own": TRUST,
    "Runs": RUNS,
    "Studies": STUDIES,
}
"All cases, by topic."
