"""A form of the desk as it was sent, and the values read from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qs
from uuid import UUID

from fastapi import Depends, Request

from cati.calling.actions.answering import Given
from cati.errors import Invalid


@dataclass(frozen=True, slots=True)
class PostedForm:
    """The texts of each field, in the order sent. What cannot be read is Invalid: nothing is done."""

    fields: Mapping[str, tuple[str, ...]]

    def texts(self, name: str) -> tuple[str, ...]:
        """Everything sent under a name."""
        return self.fields.get(name, ())

    def text(self, name: str) -> str:
        """The last text sent under a name, or nothing."""
        return self.texts(name)[-1].strip() if self.texts(name) else ""

    def number(self, name: str) -> int:
        """A whole number that the page itself wrote there."""
        text = self.text(name)
        if not text.isascii() or not text.isdigit() or len(text) > 18:
            raise Invalid(field=name)
        return int(text)

    def uuid(self, name: str) -> UUID:
        """The key of a request, or the id of a dial."""
        try:
            return UUID(self.text(name))
        except ValueError:
            raise Invalid(field=name) from None

    @property
    def key(self) -> UUID:
        """The request's own key: twice the same has one effect."""
        return self.uuid("key")

    def given(self) -> Given:
        """The answer to a question."""
        elapsed, visit = self.text("elapsed_ms"), self.text("visit")
        return Given(
            question=self.text("question"),
            iteration=self.text("iteration"),
            values=self.texts("value"),
            special=self.text("special") or None,
            other=self.text("other") or None,
            confirm=frozenset(self.texts("confirm")),
            key=self.key,
            seen=self.number("seen"),
            visit=self.number("visit") if visit else None,
            language=self.text("read_in") or None,
            elapsed_ms=min(int(elapsed), _A_DAY_MS) if elapsed.isascii() and elapsed.isdigit() else None,
        )


_A_DAY_MS = 24 * 60 * 60 * 1000


async def posted(request: Request) -> PostedForm:
    """The form of this request. The desk sends no files: its forms need no parser that waits for their parts."""
    try:
        sent = parse_qs((await request.body()).decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Invalid(field="") from None
    return PostedForm({name: tuple(texts) for name, texts in sent.items()})


_MOST_FIELDS = 1000  # as many as the parser of the other pages takes


Posted = Annotated[PostedForm, Depends(posted)]
