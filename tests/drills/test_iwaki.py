"""March 2011 played whole at the demonstration city: one run of the command, and everything that comes of it."""

from __future__ import annotations

import csv
import email
import json
import re
from email import policy
from itertools import pairwise
from pathlib import Path

import pypdf
import pytest

from tests.continuity.test_annex import plain, seed_tables
from tests.live import Live
from tomoshibi.relief import signing


class Played:
    """A home in which the scenario was played, and the folder that it was written to."""

    def __init__(self, folder: Path) -> None:
        self.live = Live(folder / "home", demo=True)
        self.out = folder / "out"
        self.live.run("drill", "run", "iwaki-2011", "--speed", "max", "--out", str(self.out))

    def rows(self, name: str) -> list[list[str]]:
        """Rows of a CSV."""
        with (self.out / name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))

    @property
    def certificates(self) -> list[Path]:
        """The certificates, by serial number."""
        return sorted(self.out.glob("certificate-*.pdf"))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return Played(tmp_path_factory.mktemp("iwaki"))


def test_annexes_are_the_reports(played: Played) -> None:
    first, second, notes = seed_tables()
    mine = played.rows("annex-1.csv")
    assert [[plain(c) for c in row[1:]] for row in mine[: len(first)]] == [[plain(c) for c in row[1:]] for row in first]
    for row, their in zip(mine, first, strict=False):  # a merged cell was scanned in pieces, row by row
        assert set(re.sub(r"[\s,]", "", their[0])) <= set(row[0])
    assert [plain(row[0]) for row in mine[len(first) :] if row[0]] == [plain(note) for note in notes]
    assert [[plain(c) for c in row] for row in played.rows("annex-2.csv")] == [[plain(c) for c in r] for r in second]


#: when, and what the timeline says of it; the report's dates
HAPPENED = [
    ("2011-03-11 14:49", "事案を開設"),
    ("2011-03-11 14:58", "本庁舎から避難"),
    ("2011-03-11 15:02", "避難情報を発令（承認） 避難指示 市内沿岸部全域"),
    ("2011-03-11 15:15", "市災害対策本部を消防本部の庁舎に設置"),
    ("2011-03-11 15:25", "避難所を開設"),
    ("2011-03-11 15:56", "潮見ひだまり園: 施設の回答: 避難先に着いた"),
    ("2011-03-11 17:00", "約2時間ぶりに本庁舎へ戻る"),
    ("2011-03-11 21:00", "通信機器の確認のため本庁舎へ入る"),
    ("2011-03-12 02:46", "インターネット: 利用可能"),
    ("2011-03-12 08:00", "3人がネットワークの復旧、課長を含む12人が災害対策本部の業務"),
    ("2011-03-12 08:30", "安否確認・物資関連窓口"),
    ("2011-03-12 16:00", "庁内ネットワーク: 利用可能"),
    ("2011-03-14 08:30", "通常窓口業務"),
    ("2011-03-18 12:05", "電話(携帯)の平常復帰"),
    ("2011-03-28 08:30", "市文化センター"),
    ("2011-03-29 09:00", "罹災証明書の申請を受付"),
    ("2011-04-01 16:00", "住家の被害の程度を判定"),
    ("2011-04-04 09:00", "罹災証明書を交付"),
    ("2011-04-11 17:16", "最大の余震で本庁舎を含む一帯が停電"),
    ("2011-04-11 17:17", "非常用発電装置"),
    ("2011-04-11 17:30", "別の事案に統合"),
    ("2011-04-11 18:16", "1時間ほどで復電"),
    ("2011-04-11 19:00", "途絶した拠点 田上第一小学校、田上第二小学校"),
    ("2011-04-18 08:30", "アリオス別館"),
    ("2011-04-20 10:00", "ICT支援応援隊"),
    ("2011-04-21 12:00", "途絶した拠点なし"),
    ("2011-09-15 10:00", "本庁舎の外"),
    ("2011-11-30 09:00", "稼働: 2011年11月末"),
    ("2011-12-15 12:00", "断線部分の半分は2011年12月、残りは未復旧"),
]


def test_everything_happens_at_its_time(played: Played) -> None:
    lines = played.rows("timeline.csv")[1:]
    told = [(at[:16], what) for at, _, what, *_ in lines]
    assert [h for h in HAPPENED if not any(at == h[0] and h[1] in what for at, what in told)] == []
    assert all(earlier <= later for (earlier, _), (later, _) in pairwise(told))
    who = {next(w for at, _, what, w, *_ in lines if text in what) for text in ("を発令（承認）", "発令を提案")}
    assert who == {"危機管理監", "統括班"}, "nobody approves what they proposed"
    summary = json.loads((played.out / "summary.json").read_text(encoding="utf-8"))
    assert (summary["entries"], summary["broken"], summary["shortfalls"]) == (len(lines), 0, [])
    assert summary["called"] > summary["answered"] > summary["arrived"] > 100


def test_the_words_are_those_of_2011(played: Played) -> None:
    """There were no alert levels then: neither the timeline nor a mail to a facility or a resident speaks of one."""
    assert [what for _, _, what, *_ in played.rows("timeline.csv") if "警戒レベル" in what] == []
    written = b"".join(path.read_bytes() for path in (played.out / "messages").iterdir())
    messages = [part for part in re.split(rb"^-{79}\n", written, flags=re.MULTILINE) if part.strip()]
    told = [email.message_from_bytes(message, policy=policy.default) for message in messages]
    assert [m["Subject"] for m in told if "警戒レベル" in str(m["Subject"]) + m.get_content()] == []
    assert any("避難指示" in str(m["Subject"]) and "ひだまり園" in str(m["Subject"]) for m in told)


def test_certificates_prove_themselves(played: Played) -> None:
    keys = signing.read_keys(played.live.run("certificate", "keys", "--training"))
    found = [signing.verify_pdf(path.read_bytes(), keys) for path in played.certificates]
    assert [f.verdict for f in found] == [signing.Verdict.GENUINE] * 8
    assert {(f.items["issued_on"], f.items["training"]) for f in found} == {("2011-04-04", True)}
    assert [f.items["damage"] for f in found] == ["全壊"] * 2 + ["半壊"] * 2 + ["一部損壊"] * 2 + ["半壊", "一部損壊"]
    said = played.live.run("certificate", "verify", str(played.certificates[0]))
    assert "【訓練】" in said
    changed = played.certificates[0].read_bytes().replace(b"2011", b"2012", 1)
    assert signing.verify_pdf(changed, keys).verdict is signing.Verdict.CHANGED


def test_every_paper_and_message_says_training(played: Played) -> None:
    papers = [*played.certificates, *(played.out / f"{name}.pdf" for name in ("annex-1", "annex-2", "timeline"))]
    pages = [page for path in papers for page in pypdf.PdfReader(path).pages]
    assert len(pages) > len(papers)
    assert all("訓練" in page.extract_text() for page in pages)
    written = b"".join(path.read_bytes() for path in (played.out / "messages").iterdir())
    messages = [part for part in re.split(rb"^-{79}\n", written, flags=re.MULTILINE) if part.strip()]
    assert len(messages) > 500
    subjects = {email.message_from_bytes(message, policy=policy.default)["Subject"] for message in messages}
    assert all("訓練" in subject for subject in subjects)


def test_the_journal_of_its_world_is_whole(played: Played) -> None:
    said = played.live.run("journal", "verify")
    assert re.findall("^(.*?): .*異常なし", said, re.MULTILINE) == ["本番", "訓練"]
    assert "前と同じです" in played.live.run("journal", "rebuild", "--check", "--world", "training")
