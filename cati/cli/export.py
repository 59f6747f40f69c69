"""`cati export`: the results of a wave, as files that SPSS and any table reader open."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cati import clock, sealing
from cati.cli.connection import reachable
from cati.errors import SettingsRefused
from cati.exports import actions
from cati.exports.gathering import Order
from cati.exports.reading import reading
from cati.exports.writers.manifest import MANIFEST, Manifest
from cati.surveys.views import wave_by_code

_FRENCH = {"complete": "complets", "partial": "partiels"}


def export(
    wave: Annotated[str, typer.Option(help="Le code de l’édition.")],
    to: Annotated[Path, typer.Option(help="Le dossier où écrire ; créé au besoin.")],
    with_partials: Annotated[
        bool, typer.Option("--with-partials", help="Avec les entretiens partiels.")
    ] = False,
    validated: Annotated[
        bool,
        typer.Option("--validated", help="Seulement les entretiens validés par le contrôle de la qualité."),
    ] = False,
    with_surplus: Annotated[
        bool, typer.Option("--with-surplus", help="Avec les entretiens hors quota (SURPLUS = 1).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Le manifeste, pour un programme.")] = False,
) -> None:
    """Écrit les résultats d’une édition : CSV technique, SPSS, dictionnaire, manifeste."""
    order = partial(Order, with_partials=with_partials, validated_only=validated, with_surplus=with_surplus)
    manifest = _written(wave, to, order)
    if as_json:
        print(json.dumps(json.loads((to / MANIFEST).read_text(encoding="utf-8")), ensure_ascii=False))
    else:
        print(told(manifest, to))


def told(manifest: Manifest, to: Path) -> str:
    """What was written, for a person."""
    counts = ", ".join(f"{count} {_FRENCH[state]}" for state, count in manifest.interviews.items())
    lines = [f"{to} : {counts or 'aucun entretien'}, {manifest.variables} variables."]
    lines += [f"  {file.name}  {file.bytes} octets  sha256 {file.sha256}" for file in manifest.files]
    return "\n".join(lines)


def _written(code: str, to: Path, order: Callable[..., Order]) -> Manifest:
    with reachable() as found:
        if found.database_url is None:
            raise SettingsRefused("l’adresse de la base manque (DATABASE_URL).")
        keys = sealing.load(found.keys)
        with reading(found.database_url) as db:
            wanted = order(wave_id=wave_by_code(db, code).id)
            return actions.write_export(db, keys, wanted, to, clock.now())
