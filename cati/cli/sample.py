"""`cati sample`: fictional extracts, the import of the bailleurs' files, the frame."""

import csv
import json
import re
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy import Connection

from cati import clock, sealing
from cati.cli.connection import as_app, reachable
from cati.errors import NotFound, SampleFileRefused
from cati.phone import REFUSAL_LABELS
from cati.sample.actions import SampleFile, import_frame
from cati.sample.generate import HOUSEHOLDS, generate
from cati.sample.generator.bailleurs import BAILLEURS
from cati.sample.report import FIRST_REJECTS, ImportReport, left_unknown
from cati.sample.report import told as rejected
from cati.sample.rules import NOT_CALLABLE_LABELS
from cati.sealing import Keys
from cati.surveys.views import parts_of, wave_by_code

app = typer.Typer(
    name="sample", help="Échantillon : extraits des bailleurs, base de sondage.", no_args_is_help=True
)

Wave = Annotated[str, typer.Option("--wave", help="Code de l’édition.")]
Files = Annotated[list[Path], typer.Argument(help="Extraits (xlsx, xls, csv, txt).")]
OneBailleur = Annotated[
    str | None, typer.Option("--bailleur", help="Son code ; sinon lu au début du nom : « 07_sambre.csv ».")
]
Encoding = Annotated[str | None, typer.Option(help="Encodage du texte, si la détection se trompe.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Dit ce qui se passerait, n’écrit rien.")]
Rejects = Annotated[Path | None, typer.Option(help="Écrit ici les lignes rejetées, avec leur raison.")]
AsJson = Annotated[bool, typer.Option("--json", help="Pour un programme.")]


@app.command("generate")
def generate_files(
    folder: Annotated[Path, typer.Argument(help="Dossier où écrire les fichiers.")],
    seed: Annotated[int, typer.Option(help="Même graine, mêmes fichiers.")] = 1,
    households: Annotated[int, typer.Option(min=26, help="Ménages, tous bailleurs réunis.")] = HOUSEHOLDS,
) -> None:
    """Écrit les extraits de 26 bailleurs fictifs et la base de sondage (données fictives, numéros muets)."""
    with _bar() as bar:
        task = bar.add_task("Extraits fictifs", total=len(BAILLEURS))
        made = generate(folder, seed=seed, households=households, progress=lambda _name: bar.advance(task))
    typer.echo(f"{len(made.extracts)} extraits, {made.households} ménages, {made.frame.name} dans {folder}")


@app.command("import")
def import_files(
    files: Files,
    wave: Wave,
    bailleur: OneBailleur = None,
    encoding: Encoding = None,
    dry_run: DryRun = False,
    rejects: Rejects = None,
    as_json: AsJson = False,
) -> None:
    """Importe des extraits, chacun dans sa transaction ; s’arrête au premier fichier refusé."""
    if bailleur is not None and len(files) > 1:
        raise SampleFileRefused("--bailleur ne vaut que pour un seul fichier.")
    reports = []
    with reachable() as found, _bar() as bar:
        keys = sealing.load(found.keys)
        for path in bar.track(files, description="Import"):
            file = SampleFile.at(path, encoding=encoding)
            with as_app() as db:
                reports.append(_import_one(db, file, wave, bailleur or _code_in(path), keys, dry_run=dry_run))
            typer.echo(
                json.dumps(_figures(reports[-1]), ensure_ascii=False) if as_json else _told(reports[-1])
            )
    if rejects is not None:
        _write_rejects(rejects, reports)


@app.command()
def frame(
    file: Annotated[Path, typer.Argument(help="Colonnes « bailleur », « qpv », « menages ».")], wave: Wave
) -> None:
    """Importe la base de sondage : le nombre de baux par bailleur et QPV."""
    with as_app() as db:
        report = import_frame(db, wave_by_code(db, wave).id, file)
    typer.echo(f"{report.cells} cellules, {report.households} baux")


def _import_one(
    db: Connection, file: SampleFile, wave: str, bailleur: str, keys: Keys, *, dry_run: bool
) -> ImportReport:
    from cati.calling.actions.waves import import_sample  # noqa: PLC0415  (the other commands start without it)

    wave_id = wave_by_code(db, wave).id
    return import_sample(
        db,
        wave_id=wave_id,
        bailleur_id=_bailleur_id(db, wave_id, bailleur),
        file=file,
        keys=keys,
        now=clock.now(),
        dry_run=dry_run,
    )


def _code_in(path: Path) -> str:
    found = re.match(r"([^_\s]+)_", path.name)
    if found is None:
        raise SampleFileRefused(
            f"Le nom {path.name} ne commence pas par un code de bailleur : donnez --bailleur."
        )
    return found[1]


def _bailleur_id(db: Connection, wave_id: int, code: str) -> int:
    ids: dict[str, int] = {part.code: part.id for part in parts_of(db, wave_id)}
    if code not in ids:
        raise NotFound(
            f"Le bailleur « {code} » ne prend pas part à cette édition ({', '.join(sorted(ids))})."
        )
    return ids[code]


def _write_rejects(path: Path, reports: list[ImportReport]) -> None:
    """The rejected rows, then the cells left unknown: what the bailleur is asked to correct."""
    lines = [
        (report.file_name, line, reason)
        for report in reports
        for line, reason in (
            *((one.line, rejected(one)) for one in report.rejects),
            *((cell.line, left_unknown(cell)) for cell in report.misread),
        )
    ]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows((("fichier", "ligne", "raison"), *lines))


def _figures(report: ImportReport) -> dict[str, Any]:
    """The report without a word of a household: figures, lines, names of columns."""
    return {
        "file": report.file_name,
        "sha256": report.sha256,
        "dry_run": report.dry_run,
        "read_as": report.described,
        "mapped_columns": dict(report.mapped_columns),
        "absent_columns": report.absent_columns,
        "dropped_columns": report.dropped_columns,
        "refused_columns": report.refused_columns,
        "rejects": [{"line": one.line, "reason": one.reason} for one in report.first_rejects],
        "reopened": len(report.reopened_ids),
        **report.counts(),
    }


def _told(report: ImportReport) -> str:
    title = f"{report.file_name} ({report.described})" + (
        " – essai, rien n’est écrit" if report.dry_run else ""
    )
    lines = [
        f"{report.accepted} ménages, {report.callable} appelables, {report.phones} numéros",
        f"{len(report.new_ids)} nouveaux, {len(report.changed_ids)} modifiés, {report.unchanged} inchangés,"
        f" {len(report.gone)} disparus du fichier, {len(report.reopened_ids)} rouverts",
        *(
            f"non appelables – {NOT_CALLABLE_LABELS[why]} : {count}"
            for why, count in report.not_callable.items()
        ),
        *(
            f"numéros refusés – {REFUSAL_LABELS[why]} : {count}"
            for why, count in report.phone_refusals.items()
        ),
        *(f"ligne {one.line} rejetée : {rejected(one)}" for one in report.first_rejects),
        *(f"ligne {cell.line}, {left_unknown(cell)}" for cell in report.misread[:FIRST_REJECTS]),
        *(
            f"ligne {one.line} : ménage {one.external_id} modifié mais entretien commencé, laissé en l’état"
            for one in report.locked_changes
        ),
    ]
    lines += _columns_told(report)
    return "\n  ".join((title, *lines))


def _columns_told(report: ImportReport) -> list[str]:
    """Which columns the questionnaire got, from which of the file, and which came to nothing."""
    found = [f"{name} ← « {heading} »" for name, heading in report.questionnaire_columns.items()]
    kinds = (
        ("du questionnaire", found),
        ("du questionnaire absentes du fichier", report.absent_columns),
        ("ignorées", report.dropped_columns),
        ("refusées", report.refused_columns),
    )
    return [f"colonnes {told} : {', '.join(columns)}" for told, columns in kinds if columns]


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
    )
