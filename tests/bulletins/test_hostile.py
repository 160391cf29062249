"""Hostile, broken and mutated input: refused with words, or read; never a crash, never lost count of."""

from __future__ import annotations

import io
import random
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tomoshibi.bulletins import Bulletin, BulletinError, Kind, read, read_path
from tomoshibi.bulletins.safexml import MAX_BYTES
from tomoshibi.vocabulary import speak

LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    + "]>"
).replace("&l0;", "&lol;")


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE Report [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE Report SYSTEM "http://127.0.0.1:9/evil.dtd">',
        '<!DOCTYPE Report [<!ENTITY % p SYSTEM "http://127.0.0.1:9/evil.dtd"> %p;]>',
        LAUGHS,
        "<!-- a comment first -->" + LAUGHS,
    ],
)
def test_document_types_are_refused(telegram: Callable[..., bytes], prolog: str) -> None:
    data = telegram(heading="&x;&l9;").split(b"?>", 1)[1]
    with pytest.raises(BulletinError, match="DOCTYPE"):
        read(prolog.encode() + data, "evil.xml")


def test_a_document_type_far_down_is_refused(telegram: Callable[..., bytes]) -> None:
    with pytest.raises(BulletinError, match="DOCTYPE"):
        read(b"\n" * 70_000 + b"<!DOCTYPE Report>" + telegram().split(b"?>", 1)[1], "evil.xml")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_document_types_are_refused_in_other_encodings(telegram: Callable[..., bytes], encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding.upper()}"?>' + LAUGHS + telegram().decode().split("?>", 1)[1]
    with pytest.raises(BulletinError):
        read(text.encode(encoding), "evil.xml")


def test_entities_never_reach_another_file(telegram: Callable[..., bytes], tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    data = telegram(heading="&x;").split(b"?>", 1)[1]
    with pytest.raises(BulletinError) as caught:
        read(f'<!DOCTYPE Report [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'.encode() + data, "evil.xml")
    assert "SECRET" not in str(caught.value)


def test_many_comments_do_not_stall(telegram: Callable[..., bytes]) -> None:
    data = b"<?a?>" * 5000 + telegram().split(b"?>", 1)[1]
    start = time.process_time()
    read(data, "x.xml")
    assert time.process_time() - start < 5  # the careless pattern would take longer than the universe has


def test_a_hundred_megabytes_are_refused_unparsed(telegram: Callable[..., bytes], tmp_path: Path) -> None:
    with pytest.raises(BulletinError, match=str(MAX_BYTES)):
        read(telegram() + b" " * 100_000_000, "huge.xml")
    path = tmp_path / "huge.xml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    failures: list[BulletinError] = []
    assert list(read_path(path, failures.append)) == []
    assert "100000000" in str(failures[0])


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.replace("宗谷".encode(), b"\xff\xfe\xfa"),
        lambda d: d.replace(b"UTF-8", b"UTF-99"),
        lambda d: d.decode().encode("shift_jis"),
        lambda d: d[: len(d) // 2],
        lambda d: b"",
        lambda d: b"\0" * 1000,
        lambda d: b"PK\x03\x04 not really",
        lambda d: b"<html><body>not found</body></html>",
        lambda d: b"<a>" * 100_000,
        lambda d: d.replace("通常".encode(), "通条".encode()),
        lambda d: d.replace("発表".encode(), b""),
        lambda d: d.replace(b"ReportDateTime", b"ReportDate"),
        lambda d: d.replace(b"Head", b"Tail"),
        lambda d: d.replace(b"2026-11-22T10:00:00+09:00", b"2026-13-22T10:00:00+09:00"),
    ],
)
def test_broken_telegrams_are_refused_with_words(
    telegram: Callable[..., bytes], change: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(BulletinError) as caught:
        read(change(telegram()), "broken.xml")
    assert str(caught.value).startswith("broken.xml: ")
    with speak("en"):
        assert str(caught.value) == caught.value.text.en != caught.value.text.ja


def test_a_telegram_in_an_old_japanese_encoding_is_read(telegram: Callable[..., bytes]) -> None:
    data = telegram().decode().replace("UTF-8", "Shift_JIS").encode("shift_jis")
    assert read(data, "x.xml")[0].title == "宗谷地方大雨警報・注意報"


def test_archives(telegram: Callable[..., bytes], tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1_VPWW55.xml", telegram())
        archive.writestr("2.xml", b"broken")
        archive.writestr("3.txt", b"not XML")
        archive.writestr("4_VPWW55.xml", telegram())
    failures: list[BulletinError] = []
    steps: list[tuple[int, int]] = []
    found = list(read_path(path, failures.append, lambda *at: steps.append(at)))
    assert [b.source for b in found] == ["a.zip/1_VPWW55.xml", "a.zip/4_VPWW55.xml"]
    assert [f.source for f in failures] == ["a.zip/2.xml"]
    assert steps == [(1, 3), (2, 3), (3, 3)]


def test_an_archive_that_unpacks_to_too_much_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.xml", b"\0" * (MAX_BYTES + 1))
    with pytest.raises(BulletinError, match=r"bomb\.xml"):
        read(buffer.getvalue(), "bomb.zip")


def test_a_broken_member_does_not_hide_the_others(telegram: Callable[..., bytes], tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"{number}_VPWW55.xml", telegram(serial=str(number)))
    data = bytearray(path.read_bytes())
    start = data.find(b"1_VPWW55.xml") + 60
    data[start : start + 40] = b"\xff" * 40
    path.write_bytes(data)
    failures: list[BulletinError] = []
    assert [b.serial for b in read_path(path, failures.append)] == [0, 2]
    assert [f.source for f in failures] == ["a.zip/1_VPWW55.xml"]
    with pytest.raises(BulletinError, match="1_VPWW55"):
        list(read_path(path))


@pytest.mark.fuzz
def test_mutated_archives_never_crash(
    telegram: Callable[..., bytes], tmp_path: Path, trials: Callable[[int, int], int]
) -> None:
    chance = random.Random(2)
    path = tmp_path / "a.zip"
    originals = []
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2):
        with zipfile.ZipFile(path, "w", method) as archive:
            for number in range(3):
                archive.writestr(f"{number}_VPWW55.xml", telegram(serial=str(number)))
        originals.append(path.read_bytes())
    outcome: Counter[str] = Counter()
    for _ in range(trials(1_000, 50_000)):
        path.write_bytes(mutate(chance.choice(originals), chance))
        failures: list[BulletinError] = []
        outcome["read"] += len(list(read_path(path, failures.append)))
        outcome["refused"] += len(failures)
    assert min(outcome["read"], outcome["refused"]) > 100


def mutate(data: bytes, chance: random.Random) -> bytes:
    """One to eight random injuries: bytes changed, cut, repeated, moved; text and tags swapped."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        if not out:
            break
        at, span = chance.randrange(len(out)), chance.randint(1, 60)
        match chance.randrange(7):
            case 0:
                out[at] = chance.randrange(256)
            case 1:
                del out[at : at + span]
            case 2:
                out[at:at] = out[at : at + span]
            case 3:
                other = chance.randrange(len(out))
                out[at : at + span], out[other : other + span] = out[other : other + span], out[at : at + span]
            case 4:
                out = out[: max(at, 1)] if chance.random() < 0.1 else out
            case 5:
                words = [
                    b"NaN",
                    b"",
                    b"999999999999",
                    b"-1",
                    "解除".encode(),
                    b"<Code>",
                    b"</Item>",
                    b"9999-99-99T99:99:99",
                ]
                start = out.find(b">", at)
                end = out.find(b"<", start) if start >= 0 else -1
                if 0 <= start < end:
                    out[start + 1 : end] = chance.choice(words)
            case _:
                start = out.find(b"<", at)
                end = out.find(b">", start) if start >= 0 else -1
                if 0 <= start < end and out[end - 1 : end] != b"/":
                    out[start : end + 1] = chance.choice([b"<Name/>", b"<Area>", b"", b"<Item><Kind/></Item>"])
    return bytes(out)


@pytest.mark.fuzz
def test_mutated_telegrams_never_crash_and_are_all_accounted_for(
    samples: dict[str, bytes], trials: Callable[[int, int], int]
) -> None:
    chance = random.Random(546)
    small = sorted((name, data) for name, data in samples.items() if len(data) < 6_000)
    total = trials(20_000, 1_000_000)
    outcome: Counter[str] = Counter()
    for _ in range(total):
        name, data = chance.choice(small)
        try:
            (bulletin,) = read(mutate(data, chance), name if chance.random() < 0.5 else "inbox.xml")
        except BulletinError as error:
            assert error.text.ja, name
            assert error.text.en, name
            outcome["refused"] += 1
        else:
            assert isinstance(bulletin.kind, Kind)
            outcome["read"] += 1
            if chance.random() < 0.05:
                assert Bulletin.from_json(bulletin.to_json()) == bulletin
    assert sum(outcome.values()) == total
    assert min(outcome["refused"], outcome["read"]) > total // 20
