"""The help at hand on every screen: arguments to objections, what the person may ask and has a right to know.

help:
  numero:
    title: Qui vous a donné mon numéro ?
    say: ["{bailleur} nous l'a confié pour cette seule enquête.", "Vous pouvez vous y opposer."]
"""

from collections.abc import Iterator
from dataclasses import replace

from cati.questionnaire import ast, keys, texts
from cati.questionnaire.findings import Notebook, nearest
from cati.questionnaire.model import Help, HelpKind, Questionnaire
from cati.questionnaire.reading import Part

#: What help may say something of: all that is known before the first question, but who the person is.
_KNOWN = ("sample.", "facts.", "call.", "contact.")  # contact: refused where fills are


MOST = 10  #: one digit each


def read(part: Part) -> dict[str, Help]:
    """Every entry of `help:`, by its name."""
    fields = part.mapping("help")
    if len(fields) > MOST:
        part.error("help", f"pas plus de {MOST} textes d’aide : chacun a sa touche")
    return {
        str(name): _help(
            str(name),
            Part(content, part.notebook, name=f"help.{name}", keys=keys.HELP, line=fields.lines[name]),
        )
        for name, content in fields.items()
    }


def said(entry: Help, part: Part) -> Help:
    """The same in another language; what is not translated stays."""
    return replace(
        entry,
        title=part.text("title") or entry.title,
        say=part.words("say") or entry.say,
        instruction=part.text("instruction") or entry.instruction,
    )


def lint(questionnaire: Questionnaire, notebook: Notebook) -> None:
    """Help opens at any moment: its insertions read no answer."""
    for entry in questionnaire.help.values():
        for name in _fills(questionnaire, tuple(texts.of_help(entry))):
            fill = questionnaire.fills.get(name)
            key = f"help.{entry.id}"
            if fill and not all(read.startswith(_KNOWN) for read in ast.names(fill.tree)):
                message = f"« {{{name}}} » lit une réponse : l’aide s’ouvre à tout moment"
                notebook.error(entry.line, key, message)


def _help(name: str, part: Part) -> Help:
    kind = part.text("kind") or HelpKind.INFORMATION
    if kind not in list(HelpKind):
        part.error(
            "kind",
            f"sorte inconnue : « {kind} »",
            nearest(kind, list(HelpKind)) or "objection ou information",
        )
        kind = HelpKind.INFORMATION
    say = part.words("say")
    if not say:
        part.error("say", "cette clé est obligatoire")
    return Help(
        id=name,
        title=part.needed("title"),
        kind=HelpKind(kind),
        say=say,
        instruction=part.text("instruction"),
        line=part.line(),
    )


def _fills(questionnaire: Questionnaire, said: tuple[str, ...]) -> Iterator[str]:
    """The insertions of these texts, and those that insertions themselves say."""
    queue = [name for text in said for name in texts.fills_of(text)]
    seen: set[str] = set()
    while queue:
        name = queue.pop(0)
        if name not in seen:
            seen.add(name)
            yield name
            if name in questionnaire.fills:
                queue += texts.fills_of(questionnaire.fills[name].source)
