"""English function words: closed classes with grammatical rather than lexical meaning."""

from __future__ import annotations

from typing import Final

from spanreg.text.unicode.spellings import spelling_of

_ARTICLES_AND_DETERMINERS = "a an the this that these those some any no every each either neither both all such"
_PREPOSITIONS = (
    "about above across after against along among around as at before behind below beneath beside between beyond by "
    "down during except for from in inside into like near of off on onto out outside over past per since than through "
    "throughout till to toward towards under until up upon via with within without"
)
_CONJUNCTIONS = "and but or nor so yet if because although though unless while whereas whether when where how why"
_PRONOUNS = (
    "i me my mine myself you your yours yourself yourselves he him his himself she her hers herself it its itself we "
    "us our ours ourselves they them their theirs themselves one who whom whose which what there here"
)
_AUXILIARIES = (
    "am is are was were be been being have has had having do does did doing will would shall should can could may "
    "might must ought isn't aren't wasn't weren't haven't hasn't hadn't don't doesn't didn't won't wouldn't shouldn't "
    "can't couldn't mustn't it's that's there's he's she's i'm i've i'll i'd you're you've you'll you'd we're we've "
    "we'll we'd they're they've they'll they'd"
)
_PARTICLES = "not also only too very just then"

FUNCTION_WORDS: Final = frozenset(
    " ".join(
        [_ARTICLES_AND_DETERMINERS, _PREPOSITIONS, _CONJUNCTIONS, _PRONOUNS, _AUXILIARIES, _PARTICLES],
    ).split()
)
"Function words in lower case."


def is_function_word(word: str) -> bool:
    """Return whether a word is an English function word, in any case and with any apostrophe.

    >>> is_function_word("Don’t")
    True
    """
    return spelling_of(word.lower(), lowercase=True) in FUNCTION_WORDS
