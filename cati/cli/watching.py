"""`cati questionnaire check`: what a reading finds, once or at each save."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from cati import clock
from cati.cli.files import Reviewed, review, reviews
from cati.questionnaire.findings import Level


def check_each_save(file: Path) -> None:
    """Check now, then at each save of the file or of a part of it, until Ctrl-C."""
    review(file)  # a file that is not there is refused at once, rather than waited for
    try:
        for found in reviews(file):
            print(f"{_hour(clock.now())}\u00a0: {_verdict(found)}\n{in_words(file, found)}", flush=True)
    except KeyboardInterrupt:
        print("Arrêté.")


def in_words(file: Path, found: Reviewed) -> str:
    """Each finding with its line, then what the questionnaire is, when it can run."""
    lines = [f"{file}, {finding}" for finding in found.findings]
    if found.questionnaire is not None:
        whole = found.questionnaire
        asked = sum(not question.hidden for question in whole.questions.values())
        lines.append(f"{whole.title} ({whole.version}) : {asked} questions, {len(lines)} avertissement(s).")
    return "\n".join(lines)


def _verdict(found: Reviewed) -> str:
    errors = sum(finding.level is Level.ERROR for finding in found.findings)
    return f"{errors} erreur{'s' if errors > 1 else ''}" if errors else "aucune erreur"


def _hour(now: datetime) -> str:
    """« 18 h 40 min 12 s »."""
    return f"{now.astimezone(ZoneInfo('Europe/Paris')):%-H h %M min %S s}".replace(" ", "\u00a0")
