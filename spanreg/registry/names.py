"""Wording of error messages: nearest names, types and values in plain words."""

from __future__ import annotations

import difflib
import sys
import types
from collections.abc import Hashable, Iterable, Iterator, Mapping
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

MOST_NAMES = 8
"Most names that a hint lists after the nearest one."
MOST_KEYS = 300
"Most keys of a config that are searched for another place: a hostile config may have a million of them, all unknown."
LONGEST = 60
"Most characters of a value that a message shows."


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return the known names: the most similar one first, then the others in their order.

    >>> nearest("max_mach", ["random", "max_match"])
    ['max_match', 'random']
    """
    names = list(dict.fromkeys(known))
    near = _near(name, names)
    return names if near is None else [near, *(other for other in names if other != near)]


def _near(name: str, names: list[str], place: str = "") -> str | None:
    """Return the name that is meant: misspelt, at another place, abbreviated, or with extra or missing words."""
    # Reversed, so that of two names that differ only in case the first one is kept.
    plain = {other.lower().replace("-", "_"): other for other in reversed(names)}
    wanted = name.lower().replace("-", "_")
    # Strictly at first: at the default cutoff, a short unrelated word beats the words that a name shares.
    misspelt = difflib.get_close_matches(wanted, plain, n=1, cutoff=0.8)
    if not misspelt and place:
        return place
    found = misspelt or _same_words(wanted, plain) or difflib.get_close_matches(wanted, plain, n=1)
    return plain[found[0]] if found else None


def _same_words(wanted: str, names: Iterable[str]) -> list[str]:
    """Return names that share words: ``learning_rate`` for ``lr``, ``batch_size`` for ``per_device_batch_size``."""
    words = {name: [word for word in name.split("_") if word] for name in names}
    asked = set(wanted.split("_"))
    initials = [name for name, parts in words.items() if len(parts) > 1 and "".join(p[0] for p in parts) == wanted]
    inside = sorted((name for name, parts in words.items() if parts and asked > set(parts)), key=len, reverse=True)
    around = [name for name, parts in words.items() if asked < set(parts)]
    return initials or inside[:1] or (around if len(around) == 1 else [])


def suggest(name: str, known: Iterable[str], noun: str = "known names", *, none: str = "", place: str = "") -> str:
    """Return a hint with the nearest name and at most eight others.

    >>> suggest("max_mach", ["max_match", "random"], "segmenters")
    "did you mean 'max_match'? segmenters: random"

    Args:
        name: the name that does not exist.
        known: the names that do.
        noun: what the names are, in the plural.
        none: the sentence for a case without any known name; default: "there are no ..." with the noun.
        place: key path where the config has a key of this name; suggested unless a known name is very similar.
    """
    names = list(dict.fromkeys(known))
    near = _near(name, names, place)
    others = [other for other in names if other != near]
    more = f" and {len(others) - MOST_NAMES} more" if len(others) > MOST_NAMES else ""
    if others:
        listed = f"{noun}: {', '.join(others[:MOST_NAMES])}{more}"
    else:
        # A single known name may be the suggestion itself, so that nothing is left to list.
        listed = "" if names else none or f"there are no {noun}"
    return " ".join(filter(None, (f"did you mean '{near}'?" if near else "", listed)))


def path_of_key(values: Mapping[str, Any], key: str) -> str:
    """Return the key path below some values where a key is used, or an empty string unless there is exactly one.

    >>> path_of_key({"epochs": 5, "training": {"epochs": 3}}, "epochs")
    'training.epochs'

    Of paths with different depths, the shortest counts. Lists, and configs of more than 300 keys, are not searched.
    """
    left, level = MOST_KEYS, [("", values)]
    while level:
        left -= sum(len(inside) for _, inside in level)
        if left < 0:
            return ""
        # The key itself may have an object as its value, which is not another place.
        level = [
            (f"{path}{name}.", value)
            for path, inside in level
            for name, value in inside.items()
            if isinstance(value, Mapping) and name != key
        ]
        found = [f"{path}{key}" for path, inside in level if key in inside]
        if found:
            return found[0] if len(found) == 1 else ""
    return ""


def spell_value(value: Any) -> str:
    """Return a config value and its type in words: ``"3", a string``."""
    if value is None:
        return "null"
    # Before the numbers, because a boolean is an integer in Python.
    if isinstance(value, bool):
        return f"{str(value).lower()}, a boolean"
    if isinstance(value, Mapping):
        return "an object"
    kinds = {list: "a list", tuple: "a list", int: "an integer", float: "a number", str: "a string"}
    kind = kinds.get(type(value), f"a {type(value).__name__}")
    if isinstance(value, list | tuple):
        return kind
    try:
        text = f'"{value}"' if isinstance(value, str) else str(value)
    except ValueError:  # Python refuses to spell very long integers
        return f"an integer of more than {sys.get_int_max_str_digits()} digits"
    return f"{text if len(text) <= LONGEST else text[: LONGEST - 3] + '...'}, {kind}"


def text_hint(value: Any) -> str:
    """Return a hint for a text that was meant as an object, a list or a quoted string; otherwise an empty string.

    ``--set aggregator={type:none}`` sets a text, because only JSON is read as more than a text.
    """
    text = value.strip() if isinstance(value, str) else ""
    if text.startswith(("{", "[")):
        return 'this is text, because it is not JSON: write {"key": "value"} or ["item"] with double quotes'
    return "leave out the quotation marks" if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else ""


# Every collection is a list in JSON.
PLAIN: dict[Any, str] = {
    bool: "true or false",
    int: "an integer",
    float: "a number",
    str: "a string",
    type(None): "null",
    list: "a list",
    tuple: "a list",
    set: "a list",
    dict: "an object",
    Any: "any value",
}


def spell_type(annotation: Any) -> str:
    """Return a type in words: ``list[int]`` is ``a list (each: an integer)``."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        constraints = (str(mark) for mark in arguments[1:] if _restricts(mark))
        # "a number, between 0 and 1": the type already says what the value is.
        return ", ".join([spell_type(arguments[0]), *(text.removeprefix("a value ") for text in constraints)])
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(map(spell_type, _alternatives(annotation))))
    if origin is Literal:
        return "one of " + ", ".join(repr(choice) for choice in arguments)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "one of " + ", ".join(repr(member.name) for member in annotation)
    plain = origin or annotation
    name = getattr(plain, "__name__", str(plain))
    outer = PLAIN.get(plain, name) if isinstance(plain, Hashable) else name
    # A config gives what a lazy argument constructs later.
    # Recognized by its name, because the module of ``Lazy`` imports this one.
    if name == "Lazy":
        return spell_type(arguments[0]) if arguments else "an object"
    members = [member for member in arguments if member is not ...]
    return f"{outer} (each: {spell_type(members[-1])})" if members and members[-1] is not Any else outer


def shown_name(target: Any) -> str:
    """Return the name of a class or function for messages and schemas: its ``spanreg_name``, or its Python name.

    ``spanreg_name`` is not inherited; a class sets it where its role in the code has another name than its config.
    """
    own = getattr(target, "__dict__", {}).get("spanreg_name")
    return own if isinstance(own, str) else getattr(target, "__name__", str(target))


def _restricts(mark: Any) -> bool:
    """Return whether an annotation restricts values, as ``Constraint`` and ``Relation`` do."""
    return hasattr(mark, "complaint") or hasattr(mark, "conflict")


def _alternatives(annotation: Any) -> Iterator[Any]:
    """Yield the members of a union and of the unions in it, so that no alternative is named twice."""
    arguments = get_args(annotation)
    # Python merges nested unions itself, but not those in ``Annotated``, as ``Inherited[Segmenter | None] | None`` has.
    if get_origin(annotation) is Annotated and not any(map(_restricts, arguments[1:])):
        yield from _alternatives(arguments[0])
    elif get_origin(annotation) in (Union, types.UnionType):
        for member in arguments:
            yield from _alternatives(member)
    else:
        yield annotation


def with_article(name: str) -> str:
    """Return a class name with its indefinite article: ``an Encoder``, ``a Head``."""
    return f"{'an' if name[:1].upper() in 'AEIOU' else 'a'} {name}"
