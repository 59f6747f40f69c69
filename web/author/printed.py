"""The printed questionnaire as a page of HTML: one file that stands alone, or a page of the preview."""

from datetime import date

from markupsafe import Markup

from cati.questionnaire import moments
from cati.questionnaire.paper import Printed
from web.assets import STATIC, asset
from web.pages import fragment

_SHEETS = ("css/tokens.css", "css/base.css", "author/paper.css")


def whole_page(paper: Printed, day: date) -> str:
    """The page with its style inside: it can be sent, kept and printed as it is."""
    sheets = "\n".join((STATIC / sheet).read_text(encoding="utf-8") for sheet in _SHEETS)
    # Our own style sheets, no text of the questionnaire.
    return _page(paper, day, Markup(f"<style>\n{sheets}</style>"))  # noqa: S704


def linked_page(paper: Printed, day: date) -> str:
    """The same page where its style sheets are served beside it."""
    links = [f'<link rel="stylesheet" href="{asset(sheet)}">' for sheet in _SHEETS]
    return _page(paper, day, Markup("\n".join(links)))  # noqa: S704


def _page(paper: Printed, day: date, style: Markup) -> str:
    said = moments.said_date(day.isoformat())
    return fragment("author/printed.html", paper=paper, day=said, style=style)
