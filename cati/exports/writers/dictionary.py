"""The dictionary as one HTML page that opens anywhere: what was asked, to whom, how it is coded, on which base."""

from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from cati.exports.rules.entries import Entry
from cati.exports.rules.variables import Variable

_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1b2026}
h1{font-size:1.5rem}h2{font-size:1.25rem;margin:2.5rem 0 0;border-bottom:2px solid #0b57d0}
h3{font-size:1.05rem;margin:1.75rem 0 .25rem}h3 code{background:#eef3fc;padding:.1em .4em;border-radius:.25em}
p{margin:.25rem 0}.filter{color:#4d5761}.asked{font-weight:600}
table{border-collapse:collapse;margin:.5rem 0}th,td{padding:.15rem .75rem .15rem 0;text-align:left;vertical-align:top;
border-bottom:1px solid #d5dade}td:first-child{white-space:nowrap}th{font-weight:400;color:#4d5761}
@media print{h3{break-after:avoid}tr{break-inside:avoid}}"""

_CONVENTIONS = (
    "Une case vide veut dire « question non posée » : le parcours de l’entretien n’y passe pas. Pour une valeur "
    "calculée, elle veut dire qu’une réponse dont elle dépend manque.",
    "« Ne sait pas », « Refus » et « Non concerné » ont un code hors de portée des valeurs : 97, 98, 99, ou 997, 998, "
    "999 (et ainsi de suite) quand un nombre peut atteindre 97. Le fichier SPSS les déclare manquants.",
    "La base d’une question est le nombre d’entretiens où elle a été posée et a reçu une réponse ou l’un de ces codes.",
    "Une question à plusieurs réponses donne une variable 0/1 par modalité ; quand le nombre de réponses est limité, "
    "les variables en _R1, _R2… donnent l’ordre dans lequel elles ont été citées.",
    "Dans le CSV, un texte qui commence par =, +, -, @ ou une tabulation est précédé d’une apostrophe, pour qu’un "
    "tableur ne l’exécute pas.",
    "Les mots entre crochets, comme [bailleur], sont remplacés à l’écran par le texte propre à chaque entretien.",
)


def write_dictionary(entries: Iterable[Entry], path: Path, title: str, subtitle: str) -> None:
    """Write the page."""
    path.write_text("\n".join(_page(entries, title, subtitle)) + "\n", encoding="utf-8", newline="\n")


def _page(entries: Iterable[Entry], title: str, subtitle: str) -> Iterator[str]:
    yield '<!doctype html>\n<html lang="fr">\n<head>\n<meta charset="utf-8">'
    yield f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>"
    yield f"<h1>{escape(title)}</h1>\n<p>{escape(subtitle)}</p>\n<ul>"
    yield from (f"<li>{escape(convention)}</li>" for convention in _CONVENTIONS)
    yield "</ul>"
    block = None
    for entry in entries:
        heading = entry.block or (block or "Variables techniques")
        if heading != block:
            yield f"<h2>{escape(heading)}</h2>"
            block = heading
        yield from _entry(entry)
    yield "</body>\n</html>"


def _entry(entry: Entry) -> Iterator[str]:
    yield f'<h3 id="{escape(entry.id)}"><code>{escape(entry.id)}</code> {escape(entry.kind)}</h3>'
    yield f'<p class="asked">{escape(entry.text)}</p>'
    asked = f"{escape(entry.filter)} – " if entry.filter else ""
    yield f'<p class="filter">{asked}base : {entry.base}</p>'
    if len(entry.variables) == 1:
        yield from _codes(entry.variables[0], entry)
    else:
        yield from _several(entry)


def _several(entry: Entry) -> Iterator[str]:
    """The variables of one question, then the codes that they share."""
    yield "<table>\n<tr><th>Variable</th><th>Contenu</th></tr>"
    for variable in entry.variables:
        yield f"<tr><td><code>{escape(variable.name)}</code></td><td>{escape(variable.label)}</td></tr>"
    yield "</table>"
    coded: dict[tuple[tuple[int | str, str], ...], Variable] = {}
    for variable in entry.variables:
        coded.setdefault(tuple(variable.labels.items()), variable)
    for variable in coded.values():
        yield from _codes(variable, entry)


def _codes(variable: Variable, entry: Entry) -> Iterator[str]:
    if not variable.labels:
        return
    missing = {special.code for special in variable.missing.values()}
    yield "<table>\n<tr><th>Code</th><th>Libellé</th><th></th></tr>"
    for code, label in variable.labels.items():
        note = f"manquant ({entry.special.get(int(code), 0)})" if code in missing else ""
        yield f"<tr><td>{escape(str(code))}</td><td>{escape(label)}</td><td>{note}</td></tr>"
    yield "</table>"
