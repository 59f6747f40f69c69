"""The set-up of one installation, read once from the environment. `.env.example` lists every variable."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from cati.errors import SettingsRefused

ROLES = (
    "cati_owner",
    "cati_app",
    "cati_observer",
)  # database roles: migrations and erasure; the product; the observers


def load() -> "Settings":
    """The settings in force; SettingsRefused names each variable that cannot work."""
    try:
        return Settings()
    except ValidationError as refused:
        reasons = "\n".join(f"  {_variable(error['loc'])} : {error['msg']}" for error in refused.errors())
        raise SettingsRefused(f"Réglages refusés :\n{reasons}") from None


def _with_driver(url: Any) -> Any:
    """`postgres://` and `postgresql://` are what people write; SQLAlchemy wants its driver named."""
    if not isinstance(url, str) or not url:
        return None
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in {"postgres", "postgresql", "postgresql+psycopg"}:
        raise ValueError("l’adresse doit commencer par postgresql://")
    return f"postgresql+psycopg://{rest}"


DatabaseUrl = Annotated[str | None, BeforeValidator(_with_driver), Field(repr=False)]  # it holds a password


class Settings(BaseSettings):
    """Everything that differs from one installation to the next, and nothing that belongs to a study."""

    model_config = SettingsConfigDict(env_prefix="CATI_", frozen=True, extra="ignore", populate_by_name=True)

    database_url: DatabaseUrl = Field(
        None, validation_alias=AliasChoices("DATABASE_URL", "CATI_DATABASE_URL"), repr=False
    )
    owner_url: DatabaseUrl = None  #: role cati_owner: migrations, retention, erasure
    observer_url: DatabaseUrl = None  #: role cati_observer: what the landlords' screens read
    admin_url: DatabaseUrl = None  #: a superuser, used by `cati db setup` alone
    var: Path = Path("var")  #: folder of the embedded server, of the keys and of the exports
    keys: Path = Path()  #: sealing keys of the contact columns; VAR/keys unless told
    demo: bool = False  #: demo waves, simulated line, clock offset
    clock_offset_file: Path | None = None  #: honoured in demo and tests only
    #: how quickly the simulated line rings, and whether everybody answers; in demo and tests only
    simulated_line: Literal["usual", "fast", "answered"] = "usual"
    host: str = "127.0.0.1"
    port: int = Field(8000, validation_alias=AliasChoices("CATI_PORT", "PORT", "port"), ge=1, le=65535)
    workers: int = Field(1, ge=1, le=64)
    secure_cookies: bool = False  #: true behind TLS: cookies then never travel in clear
    trusted_proxy: str | None = None  #: address whose X-Forwarded-For and -Proto are believed
    argon2_cost: Literal["normal", "test"] = Field(
        "normal", validation_alias=AliasChoices("CATI_ARGON2", "argon2_cost")
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.database_url and not (self.owner_url and self.observer_url):
            raise ValueError("DATABASE_URL demande aussi CATI_OWNER_URL et CATI_OBSERVER_URL")
        object.__setattr__(self, "var", self.var.absolute())
        keys = self.var / "keys" if self.keys == Path() else self.keys.absolute()
        object.__setattr__(self, "keys", keys)
        return self

    @property
    def is_embedded(self) -> bool:
        """Whether the database is the server that cati starts itself in `var`."""
        return self.database_url is None


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else "réglages"
    return name if name.isupper() or not location else f"CATI_{name.upper()}"
