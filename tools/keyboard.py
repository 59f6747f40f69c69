"""Writes docs/keyboard.md from the templates: the key that works, the key that is printed and the page agree.

`python -m tools.keyboard` after a `data-key` changed; a test fails until then.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEMPLATES = ROOT / "web" / "templates"
PAGE = ROOT / "docs" / "keyboard.md"

INTRODUCTION = """# Clavier

*Page écrite par `python -m tools.keyboard` d’après les écrans : ne pas la corriger à la main.*

Tout se fait au clavier, AZERTY ou pavé numérique, sans souris. La touche imprimée sur un bouton est celle qui marche.

| Touche | Effet |
|---|---|
| `0` à `9` | choisit la modalité qui porte ce chiffre, tant que le curseur est dans la question (pas besoin de Maj) |
| `N`, `R`, `C` | ne sait pas, refus, non concerné ; dans un champ de texte : `Alt+N`, `Alt+R`, `Alt+C` |
| `Entrée` | suivant |
| `Maj+Entrée` | à la ligne, dans une réponse en clair |
| `Échap` | ferme une demande de confirmation sans rien faire |

Sur une échelle de 0 à 10, `1` attend `0` ou `Entrée` ; les autres chiffres partent tout de suite. Rien ne dépend du
temps mis. Une touche dangereuse (raccrocher, opposition…) demande toujours une seconde touche, différente.
"""
AUDIENCES = {
    "interviewer": "Poste du télé-enquêteur",
    "author": "Aperçu d’un questionnaire",
    "supervisor": "Superviseur",
    "observer": "Observateur",
    "office": "Bureau",
    "account": "Compte",
    "components": "Partout",
}


def keyboard(templates: Path = TEMPLATES) -> str:
    """The whole page, for the templates of a folder."""
    tables = [INTRODUCTION]
    for audience, title in AUDIENCES.items():
        keys = _keys(templates / audience)
        if keys:
            rows = "\n".join(
                f"| `{key}` | {' ; '.join(sorted(keys[key]))} |" for key in sorted(keys, key=_order)
            )
            tables.append(f"## {title}\n\n| Touche | Effet |\n|---|---|\n{rows}\n")
    return "\n".join(tables)


def main() -> None:
    """Write the page."""
    PAGE.write_text(keyboard())


def _keys(folder: Path) -> dict[str, set[str]]:
    keys: dict[str, set[str]] = defaultdict(set)
    for template in sorted(folder.rglob("*.html")):
        reader = _KeyReader()
        reader.feed(re.sub(r"\{[%#].*?[%#]\}", "", template.read_text(), flags=re.S))
        for key, label in reader.found:
            if "{{" not in key:
                keys[key].add(label)
    return keys


def _order(key: str) -> tuple[int, int, str]:
    """Function keys by number, then the others."""
    function = re.fullmatch(r"F(\d+)", key)
    return (0, int(function[1]), "") if function else (1, 0, key)


@dataclass
class _Open:
    tag: str
    key: str | None
    label: list[str] = field(default_factory=list)


class _KeyReader(HTMLParser):
    """Collects each element with a `data-key` and the words on it (or, for a choice, on its label)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._open: list[_Open] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag in {"button", "a", "label", "kbd", "summary"}:
            self._open.append(_Open(tag, told.get("data-key")))
        elif tag == "input" and told.get("data-key") and self._open:
            self._open[-1].key = told["data-key"]

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1].tag != "kbd":
            self._open[-1].label.append(data)

    def handle_endtag(self, tag: str) -> None:
        if not (self._open and self._open[-1].tag == tag):
            return
        closed = self._open.pop()
        if closed.key:
            self.found.append((closed.key, " ".join("".join(closed.label).split()) or "choisir"))


if __name__ == "__main__":
    main()
