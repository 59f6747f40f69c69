"""docs/keyboard.md says what the templates do."""

from pathlib import Path

from tools.keyboard import PAGE, keyboard


def test_the_page_is_the_one_the_templates_give() -> None:
    assert PAGE.read_text() == keyboard(), "run: python -m tools.keyboard"


def test_a_key_is_documented_with_the_words_on_its_button(tmp_path: Path) -> None:
    (tmp_path / "interviewer").mkdir()
    (tmp_path / "interviewer" / "desk.html").write_text(
        """{% if x %}<button data-key="F9" class="b">Raccrocher <kbd>F9</kbd></button>{% endif %}
        <label><kbd>N</kbd><input type="radio" data-key="N"> Ne sait pas</label>
        <a data-key="F2" href="/rendez-vous"><kbd>F2</kbd> Rendez-vous</a>
        {% for choice in choices %}<input data-key="{{ choice.key }}">{% endfor %}"""
    )
    page = keyboard(tmp_path)
    assert page.endswith(
        "## Poste du télé-enquêteur\n\n| Touche | Effet |\n|---|---|\n"
        "| `F2` | Rendez-vous |\n| `F9` | Raccrocher |\n| `N` | Ne sait pas |\n"
    )
