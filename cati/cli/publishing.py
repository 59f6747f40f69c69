"""`cati questionnaire publish`: prove a questionnaire, freeze its whole text, let a wave begin with it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from cati import clock
from cati.cli.connection import as_app
from cati.cli.files import parts_of, text_of
from cati.errors import Invalid, NotFound, QuestionnaireRefused
from cati.people import views as accounts
from cati.people.rules import folded
from cati.supervision.actions import moving
from cati.surveys import actions as surveys
from cati.surveys.proving import Defective, Proved, Waived, prove
from cati.surveys.views import wave_by_code


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    code: str
    version: str
    sha256: str
    is_new: bool
    waived: bool
    gaps: tuple[str, ...]
    wave: str | None
    under_way: int  #: interviews of the wave that keep another version


def publish(
    file: Annotated[Path, typer.Argument(help="Le fichier YAML du questionnaire.")],
    wave: Annotated[
        str | None, typer.Option(help="L’édition dont les entretiens commencent avec lui désormais.")
    ] = None,
    waiver: Annotated[str | None, typer.Option(help="Pourquoi le publier malgré ses défauts.")] = None,
    by: Annotated[
        str | None, typer.Option(help="L’identifiant de qui publie ; demandé avec --waiver.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Écrire du JSON, pour un programme.")] = False,
) -> None:
    """Prouve un questionnaire et le publie : son texte entier est figé. Refusé si la preuve trouve un défaut, sauf avec
    --waiver et --by."""
    found = prove(text_of(file), file.name, parts_of(file))
    with as_app() as db:
        author = _account(db, by)
        proved = _publishable(found, waiver, author)
        published = surveys.publish_questionnaire(db, proved, now=clock.now(), by=author)
        kept = _begin(db, wave, published.id, author)
    done = _Done(
        code=proved.questionnaire.id,
        version=proved.questionnaire.version,
        sha256=proved.questionnaire.sha256,
        is_new=published.is_new,
        waived=isinstance(proved, Waived),
        gaps=proved.gaps if isinstance(proved, Proved) else (),
        wave=wave,
        under_way=kept,
    )
    print(json.dumps(_as_fields(done), ensure_ascii=False, indent=2) if as_json else _in_words(done))


def _account(db: Connection, login: str | None) -> int | None:
    if login is None:
        return None
    found = accounts.user_id_of(db, folded(login))
    if found is None:
        raise NotFound(login=folded(login))
    return found


def _publishable(found: Proved | Defective, waiver: str | None, author: int | None) -> Proved | Waived:
    if isinstance(found, Proved):
        return found
    if waiver is None:
        raise QuestionnaireRefused(found.sentence)
    if author is None:
        raise Invalid("Une dérogation porte un nom : --by LOGIN.")
    return found.waive(waiver, author)


def _begin(db: Connection, code: str | None, questionnaire_id: int, author: int | None) -> int:
    if code is None:
        return 0
    wave_id = wave_by_code(db, code).id
    return moving.begin_with(db, wave_id, questionnaire_id, by=author, now=clock.now())


def _as_fields(done: _Done) -> dict[str, object]:
    return {
        "code": done.code,
        "version": done.version,
        "sha256": done.sha256,
        "new": done.is_new,
        "waived": done.waived,
        "not_analysed": list(done.gaps),
        "wave": done.wave,
        "interviews_with_another_version": done.under_way,
    }


def _in_words(done: _Done) -> str:
    how = "par dérogation" if done.waived else "preuve sans défaut"
    was = f"publié ({how})" if done.is_new else "déjà publié, le même"
    lines = [f"« {done.code} » {done.version} : {was}.", *done.gaps]
    if done.wave:
        lines.append(f"Les entretiens de « {done.wave} » commencent avec cette version.")
    if done.under_way:
        lines.append(
            f"{done.under_way} entretien(s) en cours gardent la leur, jusqu’à ce qu’un superviseur les fasse passer "
            "(Suivi, Questionnaire)."
        )
    return "\n".join(lines)
