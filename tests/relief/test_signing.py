"""A certificate proves itself: every byte of the file, the attached items, the QR code; and who may be trusted."""

from __future__ import annotations

import io
import json
import re
from random import Random

import pypdf
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.relief import house
from tomoshibi.cli.certificate import certificate
from tomoshibi.journal import nodes, worlds
from tomoshibi.journal.nodes import node_id
from tomoshibi.relief import issuing, layouts, signing
from tomoshibi.relief.models import CertificateRow
from tomoshibi.relief.papers import CertificateReissued
from tomoshibi.relief.signing import Signer, Verdict, base45, from_base45, seal, sign, verify_pdf, verify_qr


def signer(training: bool = False) -> Signer:
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw().hex()
    return Signer(node_id(public, training), key.private_bytes_raw().hex())


ITEMS = {"kind": "罹災証明書", "serial": "2024-N0001-000001", "householder": "髙橋　𠮷男", "members": ["髙橋　𠮷男"]}
ONE = signer()
TRUSTED = {ONE.public_key: "灯市"}


@pytest.fixture
def paper(db: None) -> bytes:
    house.town()
    house.until("issued")
    return issuing.pdf(CertificateRow.objects.get())


def test_the_page_carries_the_forms_items_and_the_signed_data(paper: bytes) -> None:
    read = pypdf.PdfReader(io.BytesIO(paper))
    text = "".join(read.pages[0].extract_text().split())
    for words in (
        house.SERIAL, "世帯主住所", "世帯主氏名", "追加記載事項", "罹災原因", "被災住家", "所在地", "被害の程度",
        "灯太郎", "灯花子妻", "灯市平字梅本21番地", "令和6年1月1日の地震", "中規模半壊", "令和6年1月20日", "灯市長",
    ):  # fmt: skip
        assert words in text, words
    attached = json.loads(read.attachments[signing.ATTACHMENT][0])
    assert json.loads(attached["message"])["damage"] == "中規模半壊"
    found = verify_pdf(paper, issuing.trusted())
    assert (found.verdict, found.items["householder"], found.signer) == (Verdict.GENUINE, "灯　太郎", "灯市 test")
    assert paper == issuing.pdf(CertificateRow.objects.get()), "the same bytes whenever it is made"


@pytest.mark.django_db
def test_a_large_household_of_rare_names_stays_on_one_page() -> None:
    house.town()
    house.until("judged")
    names = ["髙橋　𠮷男", "辻\U000e0102　花子", "スミス（旧姓　灯）", *(f"﨑山　{n}郎" for n in range(13))]
    address = "灯市平字梅本二十一番地の三　第二ともしびハイツ別館　五〇三号室　山田方"
    members = [{"name": name, "relation": "子"} for name in names]
    fact = house.issued(members=members, householder=names[0], householder_address=address, damaged_address=address)
    house.say(fact, "relief.certificate:c1")
    made = issuing.pdf(CertificateRow.objects.get())
    (page,) = pypdf.PdfReader(io.BytesIO(made)).pages
    text = page.extract_text().replace(" ", "")
    assert all(name.replace("　", "") in text.replace("　", "") for name in names), text
    assert verify_pdf(made, issuing.trusted()).items["members"][1] == "辻\U000e0102　花子（子）", "no variant is cut"


@pytest.mark.django_db
def test_a_household_of_any_size_has_one_page() -> None:
    house.town()
    house.until("issued")
    row = CertificateRow.objects.get()
    for size in (1, 4, 5, 8, 9):
        row.members = json.dumps([{"name": f"高橋　{n}郎", "relation": "子"} for n in range(size)])
        assert len(pypdf.PdfReader(io.BytesIO(issuing.pdf(row))).pages) == 1, size


@pytest.mark.django_db
def test_a_name_longer_than_its_line_goes_on_in_the_next_not_over_its_neighbour() -> None:
    house.town()
    house.until("issued")
    row = CertificateRow.objects.get()
    long = "WIJESINGHEMUDIYANSELAGECHAMINDAPRASANNAKUMARABANDARA"
    names = [
        long,
        "MÜLLER　JOSÉ",
        "NGUYEN　THI　HOANG　ANH",
        "WICKRAMASINGHE MUDIYANSELAGE CHAMINDA PRASANNA KUMARA BANDARA",
    ]
    row.members = json.dumps([{"name": name, "relation": "子"} for name in names])
    row.householder_address = f"灯市平字梅本21番地 {long * 2}"
    (page,) = pypdf.PdfReader(io.BytesIO(issuing.pdf(row))).pages
    text = page.extract_text()
    assert not [line for line in text.splitlines() if long in line]
    bare = "".join(text.replace("\u200b", "").split())
    assert all("".join(name.split()) in bare for name in ("NGUYEN　THI　HOANG　ANH", "MÜLLER　JOSÉ")), text
    assert long * 2 in bare, "nothing of it is lost"


def test_any_byte_that_is_changed_shows(paper: bytes) -> None:
    trusted, random = issuing.trusted(), Random(6)
    structure = [m.start() for m in re.finditer(rb"%PDF|obj|stream|xref|trailer|%%EOF|/Length|\"signature\"", paper)]
    sampled = range(0, len(paper), max(1, len(paper) // 250))
    signature = re.search(rb'"file_signature":"', paper)
    assert signature
    inside = range(signature.end(), signature.end() + 128, 8)
    for at in {*sampled, *random.sample(structure, min(60, len(structure))), *inside, 0, len(paper) - 1}:
        changed = bytes([paper[at] ^ random.choice((1, 0x20, 0x80))])
        found = verify_pdf(paper[:at] + changed + paper[at + 1 :], trusted)
        assert found.verdict in (Verdict.CHANGED, Verdict.NOT_A_CERTIFICATE) and not found.items, at
    for other in (paper[:-1], paper + b"\n", paper + paper, b"x" + paper, b"", paper[: len(paper) // 2]):
        assert verify_pdf(other, trusted).verdict is not Verdict.GENUINE


def test_an_update_appended_by_somebody_else_shows(paper: bytes) -> None:
    writer = pypdf.PdfWriter(io.BytesIO(paper), incremental=True)
    writer.add_blank_page()
    out = io.BytesIO()
    writer.write(out)
    assert verify_pdf(out.getvalue(), issuing.trusted()).verdict is Verdict.CHANGED


def test_the_signed_items_of_one_certificate_do_not_serve_another_file(paper: bytes) -> None:
    mine, theirs = issuing.trusted(), signer()
    attached = paper[paper.rindex(b'{"format"') : paper.rindex(b'"}') + 2]
    own = sign(ITEMS, theirs)
    forged = seal(paper[: paper.index(b"\n", paper.index(b"%%EOF")) + 1], own, theirs)
    assert verify_pdf(forged, mine).verdict is Verdict.UNKNOWN_SIGNER, "whole, but by a key that is none of the town's"
    swapped = forged[: forged.rindex(b'{"format"')] + attached + forged[forged.rindex(b'"}') + 2 :]
    assert verify_pdf(swapped, mine).verdict is Verdict.CHANGED


def test_a_qr_code_alone_proves_the_items() -> None:
    signed = sign(ITEMS, ONE)
    found = verify_qr(signed.qr_text + "\n", TRUSTED)
    assert found.verdict is Verdict.GENUINE
    assert found.items == {**ITEMS, "node": ONE.node, "training": False}
    assert verify_qr(signed.qr_text, {}).verdict is Verdict.UNKNOWN_SIGNER
    for at in range(len(signed.qr_text)):
        other = signed.qr_text[:at] + ("7" if signed.qr_text[at] != "7" else "8") + signed.qr_text[at + 1 :]
        assert verify_qr(other, TRUSTED).verdict in (Verdict.CHANGED, Verdict.NOT_A_CERTIFICATE), at
    svg = layouts.qr_svg(signed.qr_text)
    assert svg == layouts.qr_svg(signed.qr_text) and svg.startswith("<svg")


def test_a_qr_code_that_would_fill_memory_is_refused() -> None:
    import zlib

    bomb = signing.QR_PREFIX + base45(bytes(96) + zlib.compress(bytes(10_000_000)))
    assert verify_qr(bomb, TRUSTED).verdict is Verdict.CHANGED


def test_a_training_certificate_never_passes_for_a_real_one() -> None:
    drill = signer(training=True)
    found = verify_qr(sign(ITEMS, drill).qr_text, {drill.public_key: "灯市"})
    assert found.items["training"] is True
    lying = Signer("n" + drill.node[1:], drill.private_key)  # the same key under a real node's letter: its own id
    assert verify_qr(sign(ITEMS, lying).qr_text, {drill.public_key: "灯市"}).items.get("training") is False
    other = Signer("nabcdefghijklmnop", drill.private_key)
    assert verify_qr(sign(ITEMS, other).qr_text, {drill.public_key: "灯市"}).verdict is Verdict.CHANGED
    with pytest.raises(ValueError, match="no items"):
        sign({"nickname": "x"}, drill)


@settings(max_examples=80)
@given(st.binary(max_size=90))
def test_base45_there_and_back(data: bytes) -> None:
    assert from_base45(base45(data)) == data


def test_base45_as_in_its_rfc() -> None:
    assert base45(b"Hello!!") == "%69 VD92EX0"
    assert from_base45("QED8WEX0") == b"ietf!"
    for wrong in ("A", "GGW", "::", "a00"):
        with pytest.raises(ValueError, match=r"Base45|substring"):
            from_base45(wrong)


@pytest.mark.django_db
class TestSerials:
    def test_each_node_counts_for_itself(self) -> None:
        house.town()
        first = issuing.next_serial(house.DAY)
        me = nodes.identity().node
        assert first == f"2024-{me[:6].upper()}-000001"
        house.until("judged")
        house.say(house.issued(serial=first), "relief.certificate:c1")
        assert issuing.next_serial(house.DAY) == first[:-1] + "2"
        assert issuing.next_serial(house.DAY.replace(year=2025)).endswith("-000001")

    def test_beyond_a_million_it_goes_on(self) -> None:
        house.town()
        house.until("judged")
        house.say(house.issued(serial=f"{issuing.serial_prefix(house.DAY)}-999999"), "relief.certificate:c1")
        assert issuing.next_serial(house.DAY).endswith("-1000000")


class TestCommand:
    @pytest.fixture
    def files(self, paper: bytes, tmp_path):  # type: ignore[no-untyped-def]
        (tmp_path / "c.pdf").write_bytes(paper)
        (tmp_path / "keys.json").write_text(issuing.keys_file(), encoding="utf-8")
        return tmp_path

    def run(self, *arguments: object):  # type: ignore[no-untyped-def]
        return CliRunner(env={"LC_ALL": "ja_JP.UTF-8"}).invoke(certificate, [str(a) for a in arguments])

    def test_verify(self, files, paper: bytes) -> None:  # type: ignore[no-untyped-def]
        done = self.run("verify", files / "c.pdf", "--keys", files / "keys.json")
        assert done.exit_code == 0, done.output
        assert (
            "本物です" in done.output and "住家の被害の程度: 中規模半壊" in done.output and "灯市 test" in done.output
        )
        told = json.loads(self.run("verify", files / "c.pdf", "--keys", files / "keys.json", "--json").output)
        assert (told["verdict"], told["items"]["serial"]) == ("genuine", house.SERIAL)
        (files / "c.pdf").write_bytes(paper.replace(b"2024", b"2025", 1))
        done = self.run("verify", files / "c.pdf", "--keys", files / "keys.json")
        assert done.exit_code == 1 and "本物ではありません" in done.output and "灯　太郎" not in done.output

    @pytest.mark.django_db(databases=["default", "training"])
    def test_without_the_towns_keys_nothing_is_genuine(self, files) -> None:  # type: ignore[no-untyped-def]
        (files / "other.json").write_text(json.dumps({"format": "tomoshibi-keys-1", "town": "他市", "nodes": []}))
        done = self.run("verify", files / "c.pdf", "--keys", files / "other.json")
        assert done.exit_code == 3 and "鍵を知りません" in done.output
        done = self.run("verify", files / "c.pdf")  # this installation's own nodes
        assert done.exit_code == 0

    def test_verify_a_qr_code(self, files) -> None:  # type: ignore[no-untyped-def]
        me = nodes.identity()
        text = sign(ITEMS, Signer(me.node, me.private_key)).qr_text
        assert self.run("verify", "--qr", text, "--keys", files / "keys.json").exit_code == 0
        assert self.run("verify", "--qr", text[:-3], "--keys", files / "keys.json").exit_code == 1

    def test_what_is_no_certificate(self, files) -> None:  # type: ignore[no-untyped-def]
        for wrong in (
            ("verify", files / "keys.json", "--keys", files / "keys.json"),
            ("verify", files / "none.pdf"),
            ("verify",),
        ):
            assert self.run(*wrong).exit_code == 1, wrong
        assert self.run("verify", files / "c.pdf", "--keys", files / "c.pdf").exit_code == 1

    def test_keys_and_write(self, files) -> None:  # type: ignore[no-untyped-def]
        assert json.loads(self.run("keys").output)["nodes"][0]["name"] == "test"
        house.say(CertificateReissued(copies=1), "relief.certificate:c1")
        done = self.run("write", "all", "--out", files / "out")
        assert done.exit_code == 0, done.output
        assert (files / "out" / f"certificate-{house.SERIAL}.pdf").read_bytes() == (files / "c.pdf").read_bytes()
        assert self.run("write", "2024-N9-000001", "--out", files / "out").exit_code == 1
        assert not worlds.is_training()
