"""A proof, for whoever wrote the questionnaire and for a program."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cati.questionnaire.model import Questionnaire
from cati.questionnaire.source import file_of, place

if TYPE_CHECKING:  # z3 is heavy: it comes with the command that proves, not with every command
    from cati.questionnaire.proof.defects import Defect, Proof


def in_words(questionnaire: Questionnaire, proof: "Proof") -> str:
    """Each defect with the filters behind it or somebody who meets it, then what was not analysed."""
    lines = [line for defect in proof.defects for line in _told(defect)]
    lines += [f"{place(gap.line)}, {gap.key}\u00a0: {gap.message}" for gap in proof.not_analysed]
    count, gaps = len(proof.defects), len(proof.not_analysed)
    found = f"{count} défaut(s)" if count else "aucun défaut"
    title = f"{questionnaire.title} ({questionnaire.version})"
    lines.append(f"{title}\u00a0: {found}, {gaps} point(s) non analysé(s).")
    return "\n".join(lines)


def as_fields(proof: "Proof") -> dict[str, Any]:
    """The proof as JSON: `answers` and `sample` of an example are what `play` takes; `file` is empty where the line is
    the questionnaire's own, else the part that it includes."""
    return {
        "clean": proof.clean,
        "defects": [asdict(defect) | {"file": file_of(defect.line)} for defect in proof.defects],
        "not_analysed": [asdict(gap) | {"file": file_of(gap.line)} for gap in proof.not_analysed],
        "queries": proof.queries,
    }


def _told(defect: "Defect") -> list[str]:
    lines = [str(defect)]
    if defect.because:
        lines += ["  en cause\u00a0:", *(f"    - {reason}" for reason in defect.because)]
    if defect.example:
        shown = {"réponses": defect.example.answers, "fichier": defect.example.sample}
        told = [
            f"    {name}\u00a0: {json.dumps(one, ensure_ascii=False)}" for name, one in shown.items() if one
        ]
        lines += [f"  par exemple, le {defect.example.date}\u00a0:", *told]
    return lines
