"""A scenario is checked before it is played, and every mistake is named with its line."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tomoshibi.drills.scenario import find, load, shipped
from tomoshibi.incidents.lined import FileError
from tomoshibi.people.words import Answer

QUAKE = """[telegram.quake]
hypocentre = "灯市沖"
hypocentre_code = "289"
lat = 37.2
lon = 141.7
depth_km = 50
magnitude = 7.2
[[telegram.quake.municipalities]]
name = "いわき市"
code = "07204"
area = "福島県浜通り"
area_code = "251"
intensity = "6弱"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", shipped(), ids=lambda p: p.stem)
def test_shipped_scenarios_have_no_mistake(path: Path) -> None:
    scenario = load(path)
    assert scenario.steps
    assert scenario.title.ja != scenario.title.en


def test_first_hour_is_shipped() -> None:
    assert find("first-hour").name == "first-hour.toml"


def test_steps_are_in_the_order_of_their_times(tmp_path: Path) -> None:
    text = (
        'title = "t"\n'
        + QUAKE
        + '[[step]]\nat = "0:05"\nanswers = { coming = 2 }\n[[step]]\nat = "+0:01:30"\ntelegram = "quake"\n'
    )
    scenario = load(written(tmp_path, text))
    assert [s.at for s in scenario.steps] == [timedelta(seconds=90), timedelta(minutes=5)]
    assert scenario.steps[1].answers == {Answer.COMING: 2}
    assert scenario.steps[0].quake is not None


@pytest.mark.parametrize(
    ("step", "line", "said"),
    [
        ('at = "5"\nsay = "x"', 2, "0:12"),
        ('at = "0:61"\nsay = "x"', 2, "0:12"),
        ('say = "x"', 1, "0:12"),
        ('at = "0:01"', 1, "telegram"),
        ('at = "0:01"\ntelegram = "none"', 3, "none"),
        ('at = "0:01"\nfile = "none.xml"', 3, "none.xml"),
        ('at = "0:01"\nanswers = { maybe = 3 }', 3, "maybe"),
        ('at = "0:01"\nanswers = { coming = -1 }', 3, "coming"),
        ('at = "0:01"\narrive = 0', 3, "到着"),
        ('at = "0:01"\nfact = "incidents.flown"', 3, "incidents.note_recorded"),
        ('at = "0:01"\nfact = "incidents.note_recorded"\nfields = { who = "x" }', 4, "what"),
        ('at = "0:01"\nfact = "incidents.note_recorded"\n[step.fields]\nwhat = "x"\ncolour = "red"', 6, "colour"),
        ('at = "0:01"\nfact = "incidents.posture_changed"\nfields = { posture = "war" }', 4, "posture"),
        (
            'at = "0:01"\nfact = "incidents.note_corrected"\nof = "x"\nfields = { corrects = "@x", what = "y" }',
            4,
            "「x」",
        ),
        ('at = "0:01"\nsay = "x"\ncolour = "red"', 4, "colour"),
        ('at = "0:01"\nsay = "x"\narrive = 1\nanswers = { coming = 1 }', 1, "一つだけ"),
        ('at = "0:01"\nsay = { ja = "x" }', 3, "en"),
        ("at = 2026-11-22T14:31:00\nsay = 'x'", 2, "origin"),  # this scenario does not say when it begins
        ('at = "0:01"\nsay = "x"\nby = "受付"\nrole = "king"', 5, "headquarters"),
        ('at = "0:01"\nsay = "x"\nrole = "clerk"', 4, "by"),
        ('at = "0:01"\nsay = "x"\nby = "受付"\nrole = "shelter"\nsite = "&x"', 6, "&名前"),
        ('at = "0:01"\nsay = "x"\nby = "受付"\nsite = "&incident"', 5, "role"),
        ('at = "0:01"\ntelegram = "quake"\nas = "x"', 4, "shook"),
        ('at = "0:01"\ncheck_in = 3', 3, "check_in = {"),
        ('at = "0:01"\ncheck_in = { households = ["1 of 平"] }', 3, "shelter"),
        ('at = "0:01"\ncheck_in = { shelter = "&x", households = ["1 of 平"] }', 3, "「&x」"),
        ('at = "0:01"\n[step.check_out]\nshelter = "a:b"\nwhere_to = "moon"\nhouseholds = ["1 of 平"]', 5, "where_to"),
        ('at = "0:01"\napply = { households = ["平の三番目"] }', 3, "3 of"),
        ('at = "0:01"\napply = { households = ["5-2 of 平"] }', 3, "5-2 of 平"),
        ('at = "0:01"\nissue = { households = [] }', 3, "1件以上"),
        ('at = "0:01"\ncount = { facility = "a:b", phase = "up" }', 3, "phase"),
        ('at = "0:01"\n[step.survey]\nhouseholds = ["1 of 平"]\n[step.survey.sheet]\nmethod = "dice"', 5, "method"),
        ('at = "0:01"\njudge = { households = ["1 of 平"], colour = "red" }', 3, "colour"),
    ],
)
def test_every_mistake_of_a_step_is_named_with_its_line(tmp_path: Path, step: str, line: int, said: str) -> None:
    text = f'title = "t"\n{QUAKE}[[step]]\n{step}\n'
    with pytest.raises(FileError) as error:
        load(written(tmp_path, text))
    first = len(QUAKE.splitlines()) + 1
    assert next(n - first for n, _ in error.value.problems) == line
    assert said in error.value.text.ja
    assert str(error.value).startswith(f"mine.toml:{first + line}: ")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('intensity = "6弱"', 'intensity = "9"', "震度"),
        ('code = "07204"', 'code = "99204"', "都道府県"),
        ("magnitude = 7.2", "", "magnitude"),
        ("lat = 37.2", 'lat = "north"', "lat"),
        ("depth_km = 50", "depth_km = 50\nwater = 1", "water"),
    ],
)
def test_mistakes_of_an_earthquake_are_named_with_their_lines(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    text = 'title = "t"\n' + QUAKE.replace(before, after) + '[[step]]\nat = "0:01"\ntelegram = "quake"\n'
    with pytest.raises(FileError) as error:
        load(written(tmp_path, text))
    (line, what), *_ = error.value.problems
    assert said in what.ja
    lines = text.splitlines()
    assert (
        after.split(" ")[0].partition("\n")[0] in lines[line - 1]
        or lines[line - 1].startswith("[telegram")
        or "water" in lines[line - 1]
    )


def test_days_may_be_written_where_the_beginning_is_known(tmp_path: Path) -> None:
    text = (
        'title = "t"\norigin = 2011-03-11T14:46:00+09:00\n'
        + QUAKE.replace("magnitude = 7.2", "magnitude = 7.2\nshook = 2011-03-12T14:46:00")
        + '[[step]]\nat = 2011-03-12T14:49:00\ntelegram = "quake"\nas = "next"\n'
        '[[step]]\nat = 2011-03-11T23:50:00-06:00\nfact = "incidents.merged"\nof = "next"\n'
        'fields = { into = "&incident" }\n'
    )
    first, second = load(written(tmp_path, text)).steps
    assert (first.at, second.at) == (timedelta(days=1, minutes=3), timedelta(hours=24, minutes=4))
    assert first.quake is not None
    assert first.quake.shook == timedelta(days=1)
    with pytest.raises(FileError) as error:
        load(written(tmp_path, text.replace("at = 2011-03-12", "at = 2011-03-10")))
    assert error.value.problems[0][0] == text.splitlines().index("at = 2011-03-12T14:49:00") + 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "title = 1\n",
        'title = "t"\nstep = 3\n',
        'title = "t"\ntelegram = 1\n',
        'title = "t"\norigin = "now"\n[[step]]\nat="0:01"\nsay="x"\n',
        'title = "t"\n[names]\na = "b"\n[[step]]\nat="0:01"\nsay="x"\n',
        'title = "t"\n[names]\na = "residents.household:1-3 of 平"\n[[step]]\nat="0:01"\nsay="x"\n',
    ],
)
def test_files_that_are_no_scenario_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(FileError):
        load(written(tmp_path, text))


def test_a_scenario_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(FileError, match="first-hour"):
        find("no-such")
