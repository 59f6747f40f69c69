"""`cati questionnaire`: check a file, and play it, in the terminal or from a file of answers."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from cati import clock
from cati.cli import play as playing
from cati.cli import preview, printing, proving, publishing, watching
from cati.cli.files import parts_of, review, text_of
from cati.errors import QuestionnaireRefused
from cati.questionnaire import changes, keys, loader, rehearsing, routing
from cati.questionnaire.findings import Finding
from cati.questionnaire.source import file_of

app = typer.Typer(help="Vérifier et jouer un questionnaire.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="Le fichier YAML du questionnaire.")]
AsJson = Annotated[bool, typer.Option("--json", help="Écrire du JSON, pour un programme.")]


@app.command()
def check(
    file: File,
    as_json: AsJson = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Relire à chaque enregistrement, jusqu’à Ctrl-C.")
    ] = False,
) -> None:
    """Relit un questionnaire et montre chaque erreur, avec sa ligne. Code de sortie 1 s'il y en a."""
    if watch:
        watching.check_each_save(file)
        return
    found = review(file)
    if as_json:
        print(json.dumps([_as_fields(finding) for finding in found.findings], ensure_ascii=False, indent=2))
    else:
        print(watching.in_words(file, found))
    if found.questionnaire is None:
        raise typer.Exit(1)


@app.command()
def play(
    file: File,
    answers: Annotated[
        Path | None, typer.Option(help="Réponses en JSON : {« A1 »: 1, « L1 »: « dk »}.")
    ] = None,
    sample: Annotated[Path | None, typer.Option(help="Colonnes de l'échantillon en JSON.")] = None,
    date: Annotated[
        str | None, typer.Option(help="Jour de l'entretien (AAAA-MM-JJ), aujourd'hui sinon.")
    ] = None,
    case: Annotated[int, typer.Option(help="Numéro du dossier : il décide des rotations.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Joue un questionnaire. Avec --answers, rien n'est demandé : le parcours de ces réponses est imprimé."""
    compiled = routing.compile(loader.load(text_of(file), file.name, parts_of(file)))
    day = date or clock.now().astimezone(ZoneInfo("Europe/Paris")).date().isoformat()
    situation = routing.Situation(
        sample=_object(sample),
        facts={"year": int(day[:4]), "date": day},
        case_id=case,
        version=compiled.questionnaire.version,
    )
    if answers is None and not as_json:
        playing.interview(compiled, situation)
        return
    told = playing.scripted(compiled, situation, _object(answers))
    print(json.dumps(told, ensure_ascii=False, indent=2) if as_json else playing.in_words(told))


@app.command()
def prove(file: File, as_json: AsJson = False) -> None:
    """Cherche ce qu'aucune relecture ne montre : question que personne n'atteint, impasse, filtre toujours vrai… Code
    de sortie 1 s'il y en a."""
    # z3 is heavy, and only this command needs it.
    from cati.questionnaire.proof.proving import prove as proved  # noqa: PLC0415

    questionnaire = loader.load(text_of(file), file.name, parts_of(file))
    proof = proved(questionnaire)
    if as_json:
        print(json.dumps(proving.as_fields(proof), ensure_ascii=False, indent=2))
    else:
        print(proving.in_words(questionnaire, proof))
    if not proof.clean:
        raise typer.Exit(1)


app.command("preview")(preview.preview)
app.command("print")(printing.print_questionnaire)


@app.command()
def estimate(
    file: File,
    respondents: Annotated[int, typer.Option(min=10, help="Combien de répondants imaginés.")] = 200,
    seed: Annotated[int, typer.Option(help="La même graine donne les mêmes chiffres.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Estime la durée d'un entretien par des répondants imaginés."""
    compiled = routing.compile(loader.load(text_of(file), file.name, parts_of(file)))
    found = rehearsing.estimate(compiled, respondents, seed)
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False, indent=2))
        return
    print(
        f"{found.respondents} répondants imaginés, {found.complete} entretiens complets.\n"
        f"Durée : {found.minutes[1]:.0f} min (huit sur dix entre {found.minutes[0]:.0f} et {found.minutes[2]:.0f}).\n"
        f"Questions posées : {found.questions[1]} (de {found.questions[0]} à {found.questions[2]})."
    )
    if found.never_met:
        print(f"Jamais rencontrées : {', '.join(found.never_met)}.")


app.command("publish")(publishing.publish)


@app.command()
def schema() -> None:
    """Écrit le schéma JSON des fichiers de questionnaire, pour les éditeurs."""
    print(json.dumps(keys.json_schema(), ensure_ascii=False, indent=2))


@app.command()
def diff(
    old: File,
    new: Annotated[Path, typer.Argument(help="La nouvelle version.")],
    answers: Annotated[
        Path | None,
        typer.Option(help="Réponses d'un entretien ouvert, en JSON : ce qu'il garderait et perdrait."),
    ] = None,
    sample: Annotated[Path | None, typer.Option(help="Colonnes de l'échantillon en JSON.")] = None,
    as_json: AsJson = False,
) -> None:
    """Dit ce qui change d'une version à l'autre. Code de sortie 1 si un nom ou un code change de sens."""
    before, after = (
        routing.compile(loader.load(text_of(file), file.name, parts_of(file))) for file in (old, new)
    )
    found = changes.compare(before.questionnaire, after.questionnaire)
    told = [{"kind": each.kind, "question": each.question, "sentence": each.sentence} for each in found]
    moved = playing.migrated(before, after, _object(sample), _object(answers)) if answers else None
    if as_json:
        print(json.dumps({"changes": told, "migration": moved}, ensure_ascii=False, indent=2))
    else:
        print("\n".join([each.sentence for each in found]) or "Les deux versions posent les mêmes questions.")
        if moved:
            print(playing.migration_in_words(moved))
    if any(each.refused for each in found):
        raise typer.Exit(1)


def _object(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise QuestionnaireRefused(f"{file} n’est pas du JSON lisible : {error}") from None
    if not isinstance(found, dict):
        raise QuestionnaireRefused(f"{file} doit être un objet JSON, une clé par question ou colonne")
    return found


def _as_fields(finding: Finding) -> dict[str, object]:
    return {
        "file": file_of(finding.line),
        "line": finding.line,
        "key": finding.key,
        "level": finding.level.value,
        "message": finding.message,
        "hint": finding.hint,
    }
