"""Somebody at a desk who has a keyboard and eyes: presses keys, reads the screen, has no mouse."""

from dataclasses import dataclass, field

from playwright.sync_api import Page


@dataclass(slots=True)
class AtTheDesk:
    """An interviewer's hands and eyes. `asked` is every question that was on the screen, in order."""

    page: Page
    asked: list[str] = field(default_factory=list)
    chosen_in_advance: list[str] = field(default_factory=list)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def until(self, state: str) -> None:
        """Wait until the desk is so."""
        self.page.wait_for_selector(f'[data-desk="{state}"]')

    @property
    def question(self) -> str:
        """The question on the screen, or nothing."""
        shown = self.page.query_selector("[data-question]")
        return (shown.get_attribute("data-question") or "") if shown else ""

    @property
    def words(self) -> str:
        return " ".join(self.page.inner_text("#desk").replace("\u00a0", " ").replace("\u202f", " ").split())

    def call(self) -> None:
        """From ready to the first question: the next case, its number, somebody answers."""
        self.until("idle")
        self.press("Enter")
        self.until("case")
        self.press("Enter")
        self.until("talking")
        self.press("Enter")
        self.until("interview")

    def answer(self, *said: str) -> None:
        """Answer the question on the screen: these keys (else plain ones), then Entrée; wait for what comes next."""
        key = self.page.locator("[data-question] input[name=key]").input_value()
        self.asked.append(self.question)
        if self.page.locator("[data-question] input:checked").count():
            self.chosen_in_advance.append(self.question)
        keys = said or self._plain()
        goes_on = self.page.locator("[data-at-once]").count() and keys != (
            "1",
        )  # « 1 » waits for 0 or Entrée
        self.press(*keys, *(() if goes_on else ("Enter",)))
        self.page.wait_for_function(
            "before => document.querySelector('[data-question] input[name=key]')?.value !== before", arg=key
        )

    def answer_until(self, question: str | None = None) -> None:
        """Plain answers until this question, or to the end."""
        while self.page.locator('[data-desk="interview"]').count() and self.question != question:
            self.answer()

    def _plain(self) -> tuple[str, ...]:
        """What somebody content says, read from the screen: the first choice printed, an 8, a figure, a few words."""
        form = self.page.locator("[data-question]")
        match form.get_attribute("data-type"):
            case "scale":
                return ("8",)
            case "text":
                return tuple("Rien de plus")
            case "integer":
                return tuple({"B1": "2019", "L1": "45"}.get(self.question, "1"))
            case "note":
                return ()
        return (form.locator("[name=value]").first.get_attribute("data-key") or "1",)
