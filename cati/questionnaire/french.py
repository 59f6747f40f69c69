"""French grammar and typography of texts into which names are put."""

import re
from functools import lru_cache

FRENCH = "fr"

#: Words that lose their vowel before a vowel or a mute h.
_ELIDED = re.compile(
    r"\b(de|que|le|la|ne|se|me|te|je|ce|jusque|lorsque|puisque|quoique|presque)([ \u00a0])(?=\{(\w+)\})",
    re.IGNORECASE,
)
_VOWELS = "aeiouyàâäéèêëîïôöùûüœæ"
#: No elision before these, although they begin with a vowel or an h.
_ASPIRATED = re.compile(
    r"(h(aut|ameau|all|alte|angar|arcel|asard|ausse|éros|ors|uit|ollande|ongrie|usson|énon|énin|ellemmes)"
    r"|onz|oui|ouistiti|yaourt|yacht|un\b|une\b)",
    re.IGNORECASE,
)
#: Prepositions that melt with a small article opening the name (a capital one belongs to the name: « de Le Foyer »).
_MELTED = {("de", "le"): "du", ("de", "les"): "des", ("à", "le"): "au", ("à", "les"): "aux"}
_MELTING = re.compile(r"\b(de|à) \{(\w+)\}")
_FILL = re.compile(r"\{(\w+)\}")
_CIVILITIES = {
    "m": "Monsieur",
    "mr": "Monsieur",
    "monsieur": "Monsieur",
    "mme": "Madame",
    "mlle": "Madame",
    "madame": "Madame",
    "mademoiselle": "Madame",
}


def fill(text: str, fills: dict[str, str]) -> str:
    """The text with its `{names}` filled in and French spacing: « de {bailleur} » gives « d'Opale Habitat ».

    A name without a fill is left as it is; a fill's own names are filled in too, once.
    """
    if "{" not in text:
        return _typography_of_fixed(text)
    values = {name: _put(value, fills) if "{" in value else value for name, value in fills.items()}
    return typography(_put(text, values))


def civility(raw: str) -> str:
    """« M », « Mme », « M. et Mme », as said aloud; empty when the file has something else."""
    words = re.split(r"\s*(?:\bet\b|\bou\b|&|/|\+|,|\s)\s*", raw.strip().lower().replace(".", " ").strip())
    said = [_CIVILITIES[word] for word in words if word in _CIVILITIES]
    return " ou ".join(dict.fromkeys(said))


def typography(text: str) -> str:
    """French spacing: narrow no-break before ? ! ;, no-break before : and inside « », never two blanks; and ’ for '."""
    text = re.sub(r"[ \t\n]+", " ", text).strip()
    text = re.sub(r"(?<=\w)'(?=[\w«])", "’", text)
    text = re.sub(r"[ \u00a0\u202f]+([?!;])", "\u202f\\1", text)
    text = re.sub(r"[ \u00a0\u202f]+:(?=\s|$)", "\u00a0:", text)
    text = re.sub(r"«[ \u00a0\u202f]*", "«\u00a0", text)
    text = re.sub(r"[ \u00a0\u202f]*»", "\u00a0»", text)
    return re.sub(r" +([,.…)])", r"\1", text)


def starts_with_vowel_sound(name: str) -> bool:
    """Whether « de » becomes « d' » before it: a vowel or a mute h, by a short list of exceptions."""
    if not name or _ASPIRATED.match(name):
        return False
    first = name[0].lower()
    return first in _VOWELS or first == "h"


def lowered(label: str) -> str:
    """A label in the middle of a sentence; initials such as « CAF » keep their capitals."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def listed(words: list[str]) -> str:
    """« a », « a et b », « a, b et c »."""
    return " et ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


@lru_cache(maxsize=4096)
def _typography_of_fixed(text: str) -> str:
    # Only texts of the questionnaire come here: a text with a person's name in it is never kept.
    return typography(text)


def _put(text: str, fills: dict[str, str]) -> str:
    text = _MELTING.sub(lambda found: _melt(found, fills), text)
    text = _ELIDED.sub(lambda found: _elide(found, fills), text)
    return _FILL.sub(lambda found: fills.get(found[1], found[0]), text)


def _melt(found: re.Match[str], fills: dict[str, str]) -> str:
    """« de » + « les réparations » = « des réparations »; anything else is left for the elision."""
    article, _, rest = fills.get(found[2], "").partition(" ")
    melted = _MELTED.get((found[1], article))
    return f"{melted} {rest}" if melted else found[0]


def _elide(found: re.Match[str], fills: dict[str, str]) -> str:
    word, space, name = found.groups()
    return f"{word[:-1]}'" if starts_with_vowel_sound(fills.get(name, "")) else f"{word}{space}"
