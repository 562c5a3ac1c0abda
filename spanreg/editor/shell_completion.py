"""Complete words of a command line: commands, options, component names, and config keys after ``--set``."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from spanreg.editor.config_schema import config_schema
from spanreg.editor.outline import KeyPath, TextOutline
from spanreg.editor.schema_walk import SchemaWalker

_OPTIONS_OF_FAMILIES: Final = {
    "--segmenter": "segmenter",
    "--aggregator": "aggregator",
    "--words": "words",
    "--executor": "executor",
    "--score": "scorer",
}
"Options whose values are names of a family."

_LARGEST: Final = 1 << 20
"Largest config, in bytes, whose types decide which keys are proposed."

Names = Callable[[str], Iterable[str]]
"Returns the registered names of a family."


def split_line(line: str) -> list[str]:
    """Return the words of a command line after the program; the last one is being typed, and may be empty."""
    # A word that is being typed may have an open quotation mark.
    for closing in ("", "'", '"'):
        with suppress(ValueError):
            words = shlex.split(line + closing)
            return [*words[1:], ""] if line[-1:].isspace() and not closing else words[1:]
    return []


class WordCompleter:
    """Completes the arguments of one command.

    ``WordCompleter(parser, names, families).complete(["describe", "max_"])``

    Parameters:
        parser: the parser of the command.
        names: returns the registered names of a family.
        families: keys of all families.
        positional: further values of the command's arguments without an option, such as component names.
    """

    def __init__(
        self, parser: argparse.ArgumentParser, names: Names, families: Sequence[str], positional: Iterable[str] = ()
    ) -> None:
        self.options: dict[str, argparse.Action] = {
            option: action for action in parser._actions for option in action.option_strings
        }
        self.arguments = [action for action in parser._actions if not action.option_strings]
        self.names, self.families, self.positional = names, families, positional

    def complete(self, words: Sequence[str]) -> list[str]:
        """Return the words that may replace the last one; none where a file is expected.

        Args:
            words: the arguments of the command.
        """
        # There is at least one word, which may be empty: the caller completes the command and the action itself.
        *before, current = words
        # The value of an option, unless it takes none, as a flag does.
        previous = self.options.get(before[-1]) if before else None
        if previous is not None and previous.nargs != 0:
            return _matching(self._values(before[-1], previous, current, before), current)
        if current.startswith("-"):
            return _matching(self.options, current)
        choices = [str(choice) for action in self.arguments for choice in action.choices or ()]
        return _matching([*choices, *self.positional], current)

    def _values(self, option: str, action: argparse.Action, current: str, before: Sequence[str]) -> Iterable[str]:
        if option == "--set":
            return self._settings(current, before)
        if option == "--family":
            return self.families
        if action.choices:
            return map(str, action.choices)
        # In some commands, an option of the same spelling takes a number or a column of a table.
        if option in _OPTIONS_OF_FAMILIES and action.type is None and action.metavar != "COLUMN":
            return self.names(_OPTIONS_OF_FAMILIES[option])
        return ()

    def _settings(self, current: str, before: Sequence[str]) -> list[str]:
        """Return dotted keys, or ``key=value`` for the values of a key."""
        mark = "~" if current.startswith("~") else ""
        key, equals, _ = current.removeprefix("~").partition("=")
        # The config on the command line decides which keys its components have.
        types, is_study = _types_of(before)
        walker = SchemaWalker(config_schema("study" if is_study else "config"))
        path: KeyPath = tuple(int(step) if step.isdecimal() else step for step in key.split("."))
        if equals:
            return [f"{key}={choice.name}" for choice in walker.values(path, types)]
        above = "".join(f"{step}." for step in path[:-1])
        found = []
        for choice in walker.keys(path[:-1], types):
            below = (*path[:-1], choice.name)
            # ``~key`` deletes a key, so it takes no value.
            found.append(f"{mark}{above}{choice.name}" + ("" if mark else "="))
            # A component can be set by its name, or one of its keys.
            if walker.keys(below, types):
                found.append(f"{mark}{above}{choice.name}.")
        return found


def _types_of(words: Iterable[str]) -> tuple[Mapping[KeyPath, str], bool]:
    """Return the string values of the config among some words, and whether it is a study."""
    for word in words:
        path = Path(word)
        with suppress(OSError, UnicodeDecodeError):
            if path.suffix in (".jsonnet", ".json") and path.is_file() and path.stat().st_size <= _LARGEST:
                outline = TextOutline(path.read_text(encoding="utf-8"))
                return outline.values, outline.is_study
    return {}, False


def _matching(words: Iterable[Any], start: str) -> list[str]:
    return list(dict.fromkeys(word for word in words if word.startswith(start) and word != start))


SCRIPTS: Final = {
    "bash": """# bash completion of spanreg. Add to ~/.bashrc: source <(spanreg completion bash)
_spanreg() {
    local line="${COMP_LINE:0:COMP_POINT}" current="${COMP_WORDS[COMP_CWORD]}"
    mapfile -t COMPREPLY < <("${COMP_WORDS[0]}" completion answer "$line" 2>/dev/null)
    # bash breaks words at '=' and ':', and replaces what follows the last of them.
    local word="${line##*[[:space:]]}" shown
    shown="${word##*[=:]}"
    COMPREPLY=("${COMPREPLY[@]#"${word%"$shown"}"}")
    [[ ${COMPREPLY[*]} == *[.=] ]] && compopt -o nospace
}
complete -o default -F _spanreg spanreg
""",
    "zsh": """#compdef spanreg
# zsh completion of spanreg. Add to ~/.zshrc, after compinit: source <(spanreg completion zsh)
_spanreg() {
    local -a answers open whole
    answers=("${(@f)$("${words[1]}" completion answer "$LBUFFER" 2>/dev/null)}")
    answers=("${(@)answers:#}")
    open=("${(@M)answers:#*[.=]}")
    whole=("${(@)answers:#*[.=]}")
    (( $#answers )) || { _files; return }
    (( $#open )) && compadd -Q -S '' -- "${open[@]}"
    (( $#whole )) && compadd -Q -- "${whole[@]}"
}
compdef _spanreg spanreg
""",
    "fish": """# fish completion of spanreg. Save as ~/.config/fish/completions/spanreg.fish
function __spanreg_answers
    set -l answers (spanreg completion answer (commandline -cp) 2>/dev/null)
    if test (count $answers) -gt 0
        printf '%s\\n' $answers
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c spanreg -f -a '(__spanreg_answers)'
""",
}
"Completion scripts, by shell; each asks ``spanreg completion answer LINE``."
