"""Binds French punctuation to its word, so that templates are written with ordinary spaces."""

import re
from collections.abc import Iterable

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

# Not after a straight quotation mark: there it is JSON in an attribute, not French.
_THIN = re.compile(r"(?<![\s\"]) (?=[;?!](?:\s|<|$))")
_BOUND = re.compile(r"(?<![\s\"]) (?=[:»](?:\s|<|[.,)]|$))|(?<=«) ")


def bound(text: str) -> str:
    """`text` with a narrow no-break space before ; ? ! and a no-break space before : and inside « »."""
    return _BOUND.sub("\u00a0", _THIN.sub("\u202f", text))


class FrenchTypography(Extension):
    """Applies `bound` to the text of templates, never to what stands between braces."""

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        """The template's tokens, text bound."""
        for token in stream:
            yield Token(token.lineno, token.type, bound(token.value)) if token.type == "data" else token
