"""docs/validation.md says what the engine gives today."""

from tests.shaking.files import needs_waveforms


@needs_waveforms
def test_no_published_value_is_missed_and_the_page_is_there():
    from scripts import validation

    made = validation.page()
    assert made.count("| agrees |") == 5
    assert "**differs**" not in made
    written = validation.PAGE.read_text(encoding="utf-8")
    headings = [line for line in made.splitlines() if line.startswith("#")]
    assert headings == [line for line in written.splitlines() if line.startswith("#")]
    assert written.count("| agrees |") == 5
