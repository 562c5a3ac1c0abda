"""Components of this package; importing it registers them."""

from spanreg_punctuation.first_token import FirstToken
from spanreg_punctuation.punctuation import Punctuation

__all__ = ["FirstToken", "Punctuation"]
