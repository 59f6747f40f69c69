"""`cati questionnaire preview`: the interviewer's screens of a questionnaire being written, on this machine alone."""

import os
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from cati.cli import serve
from cati.cli.files import review

_CREATE_APP = "web.author.app:create_app"  # a name, not an import: cati does not know its faces
_HOST = (
    "127.0.0.1"  # a questionnaire in the writing is nobody else's, and there is no account to sign in with
)
_GRACE = 1  # seconds


def preview(
    file: Annotated[Path, typer.Argument(help="Le fichier YAML du questionnaire.")],
    port: Annotated[int, typer.Option(help="Port d’écoute, sur cette machine seulement.")] = 8010,
) -> None:
    """Montre les écrans de l’enquêteur et le parcours avec ses raisons ; suit le fichier à chaque enregistrement. Sans
    base de données : rien n’est gardé. Ctrl-C arrête."""
    review(file)  # a file that is not there is refused at once
    serve.refuse_if_taken(_HOST, port)
    os.environ["CATI_PREVIEW"] = str(file.resolve())
    with serve.inviting(_HOST, port):
        uvicorn.run(
            _CREATE_APP,
            factory=True,
            host=_HOST,
            port=port,
            timeout_graceful_shutdown=_GRACE,
            server_header=False,
            access_log=False,
            log_level="warning",
        )
