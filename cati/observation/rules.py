"""What a visit may cover. Pure."""

from enum import StrEnum


class Scope(StrEnum):
    """Whose tenants a visit may hear."""

    BAILLEURS = "bailleurs"  # each observer those of his own bailleur
    REGION = "region"  # totals; interviews too if every bailleur concerned agreed
