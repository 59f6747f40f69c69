"""What a visit may cover, what its guests promise, and how long their links are good. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Scope(StrEnum):
    """Whose tenants a visit may hear."""

    BAILLEURS = "bailleurs"  # each observer those of his own bailleur
    REGION = "region"  # totals; interviews too if every bailleur concerned agreed


#: A guest's page speaks every 20 s, at least once a minute behind another window.
SILENT_AFTER = timedelta(seconds=90)

FEEDBACK_LENGTH = 300

#: What a guest reads and signs before anything is shown to him.
COMMITMENT = (
    "J’assiste à des entretiens pour découvrir comment l’enquête est menée.",
    "Je ne note, n’enregistre, ne photographie et ne répète rien qui puisse désigner une personne, un logement ou un "
    "télé-enquêteur.",
    "Je n’essaie pas de savoir qui parle, ni d’en parler avec quelqu’un qui le pourrait.",
    "Si je reconnais la personne, sa voix ou sa situation, je le signale par le bouton "
    "«\u00a0Je reconnais cette personne\u00a0» et je cesse aussitôt d’écouter.",
    "Je n’interviens pas dans l’entretien. Si le locataire refuse d’être écouté, c’est son droit.",
)


def commitment_sha256() -> str:
    """The fingerprint of the commitment as it is read today, kept with each signature."""
    return hashlib.sha256("\n".join(COMMITMENT).encode()).hexdigest()


def token_sha256(token: str) -> str:
    """What is stored of a personal link."""
    return hashlib.sha256(token.encode()).hexdigest()


def announced(scope: Scope, concerned: Mapping[int, bool]) -> frozenset[int]:
    """The bailleurs (each with whether he agreed) whose tenants are told that somebody may listen."""
    return frozenset(concerned) if scope is Scope.BAILLEURS or all(concerned.values()) else frozenset()


def hears(scope: Scope, concerned: Mapping[int, bool], own: int | None) -> frozenset[int]:
    """Whose tenants a guest may hear: his own bailleur's; the region's guest (`own` None) all, if all agreed."""
    told = announced(scope, concerned)
    if own is not None:
        return told & {own}
    return told if scope is Scope.REGION else frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What decides whether a personal link still opens."""

    revoked_at: datetime | None
    closed_at: datetime | None  #: of the visit
    ends_at: datetime


def opens(invitation: Invitation, now: datetime) -> bool:
    """Whether the link still leads in: for the visit, and never afterwards."""
    return invitation.revoked_at is None and invitation.closed_at is None and now < invitation.ends_at
