"""A certificate that proves itself without a network: signed items, on paper as a QR code and in the PDF as JSON.

Three things are signed by the key of the node that printed (Ed25519), and verified with the town's keys
(``tomoshibi certificate keys``):

- the **message**: the items, as canonical JSON. It and its signature are the QR code's text
  (``TMC1:`` and Base45, RFC 9285, of signature and deflated message);
- the **attachment** ``certificate.json`` of the PDF: the same message and signature, for programs;
- the **file**: SHA-256 over every byte of the PDF, with 128 zeros where the signature itself stands. The signature
  stands in the attachment, which therefore is written once more, uncompressed, as an incremental update of the PDF
  (ISO 32000-1, 7.5.6): the page, and whatever else the file holds, cannot be changed by one byte unnoticed.

Pure: no database. Nothing here says whether a certificate was revoked since.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tomoshibi.journal.nodes import node_id
from tomoshibi.vocabulary import T

FORMAT = "tomoshibi-certificate-1"
KEYS_FORMAT = "tomoshibi-keys-1"
QR_PREFIX = "TMC1:"
ATTACHMENT = "certificate.json"
#: said before what is signed, so that a signature of one thing never stands for another
_MESSAGE, _FILE = b"tomoshibi-certificate-message-1\n", b"tomoshibi-certificate-file-1\n"
#: where the file's signature stands until it is known
_BLANK = b"0" * 128
_SIGNATURE = re.compile(rb'"file_signature":"([0-9a-f]{128})"')
_START = b'{"format":"' + FORMAT.encode() + b'"'
#: longest message of a QR code when it is opened up, against one that was made to fill memory
_MOST = 16_384
_BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

#: the signed items by name, with the words of the uniform form 罹災証明書 統一様式
ITEMS: dict[str, T] = {
    "kind": T("証明書", "Certificate"),
    "serial": T("整理番号", "Serial number"),
    "householder_address": T("世帯主住所", "Householder's address"),
    "householder": T("世帯主氏名", "Householder"),
    "members": T("追加記載事項", "Household members"),
    "cause": T("罹災原因", "Cause"),
    "damaged_address": T("被災住家の所在地", "Damaged address"),
    "damage": T("住家の被害の程度", "Degree of damage"),
    "interest": T("申請者の立場", "In what right"),
    "things": T("被災した物", "What was damaged"),
    "damage_told": T("被害の状況", "What happened to it"),
    "issued_on": T("証明日", "Issued on"),
    "issuer": T("証明者", "Issued by"),
    "training": T("訓練", "Training"),
    "node": T("署名した端末", "Signed by node"),
}


class Verdict(StrEnum):
    """What a verification found."""

    GENUINE = "genuine"
    UNKNOWN_SIGNER = "unknown-signer"
    CHANGED = "changed"
    NOT_A_CERTIFICATE = "not-a-certificate"

    @property
    def label(self) -> T:
        """In words."""
        return _VERDICTS[self]


_VERDICTS = {
    Verdict.GENUINE: T(
        "本物です。項目もファイルも、署名のときから変わっていません。",
        "Genuine: nothing has changed since it was signed.",
    ),
    Verdict.UNKNOWN_SIGNER: T(
        "署名と内容は合っていますが、署名した端末の鍵を知りません。"
        "発行した市区町村から鍵のファイルを受け取り、--keys で指定してください。",
        "The signature fits, but the key of the node that signed is not known. Get the town's file of keys, "
        "and name it with --keys.",
    ),
    Verdict.CHANGED: T(
        "本物ではありません。署名のあとで変更されたか、壊れています。",
        "Not genuine: it was changed after it was signed, or is damaged.",
    ),
    Verdict.NOT_A_CERTIFICATE: T(
        "署名のある証明書ではありません。",
        "This is not a signed certificate.",
    ),
}


@dataclass(frozen=True, slots=True)
class Verified:
    """The verdict and, where they are signed by whom they say, the items."""

    verdict: Verdict
    items: Mapping[str, Any] = field(default_factory=dict)
    #: name of the node among the trusted keys, empty where it is none of them
    signer: str = ""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: a node's id and its private key (hex)."""

    node: str
    private_key: str

    @property
    def key(self) -> Ed25519PrivateKey:
        """The key itself."""
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.private_key))

    @property
    def public_key(self) -> str:
        """The public key as hex."""
        return self.key.public_key().public_bytes_raw().hex()


@dataclass(frozen=True, slots=True)
class Signed:
    """Items with their signature. ``message`` is the canonical JSON that was signed."""

    message: bytes
    signature: bytes
    public_key: str

    @property
    def qr_text(self) -> str:
        """What the QR code says: characters of the alphanumeric mode only."""
        return QR_PREFIX + base45(bytes.fromhex(self.public_key) + self.signature + zlib.compress(self.message, 9))

    def attachment(self, file_signature: bytes = _BLANK) -> bytes:
        """The JSON that the PDF carries."""
        body = {"message": self.message.decode(), "signature": self.signature.hex(), "public_key": self.public_key}
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return _START + b"," + text[1:-1].encode() + b',"file_signature":"' + file_signature + b'"}'


def sign(items: Mapping[str, Any], signer: Signer) -> Signed:
    """Sign items (names of :data:`ITEMS`; text, or lists of text). The node's id is added.

    Raises :class:`ValueError` for a name that is no item.
    """
    if unknown := set(items) - set(ITEMS):
        raise ValueError(f"no items of a certificate: {unknown}")
    held = {**items, "node": signer.node}
    message = json.dumps(held, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    return Signed(message, signer.key.sign(_MESSAGE + message), signer.public_key)


def seal(pdf: bytes, signed: Signed, signer: Signer) -> bytes:
    """The PDF with its attachment written anew, and the whole file signed in it.

    Raises :class:`ValueError` where ``pdf`` does not carry :meth:`Signed.attachment` as its only attachment.
    """
    found = re.findall(rb"(?m)^(\d+) 0 obj\s*<<([^>]*/Type/EmbeddedFile(?:[^<>]|<<[^<>]*>>)*)>>", pdf)
    trailer = re.search(rb"trailer\s*<<(.*)>>\s*startxref\s*(\d+)\s*%%EOF\s*$", pdf, re.DOTALL)
    if len(found) != 1 or trailer is None:
        raise ValueError("the PDF carries no attachment that could be signed")
    number, held = found[0]
    data = signed.attachment()
    kept = re.sub(rb"/Length \d+|/Filter/FlateDecode", b"", held)
    kept = re.sub(rb"/Size \d+", b"/Size %d" % len(data), kept)
    start = len(pdf) + 1
    entry = b"%s 0 obj\n<<%s/Length %d>>\nstream\n%s\nendstream\nendobj\n" % (number, kept, len(data), data)
    table = b"xref\n%s 1\n%010d 00000 n \n" % (number, start)
    closing = b"trailer\n<<%s/Prev %s>>\nstartxref\n%d\n%%%%EOF\n" % (trailer[1], trailer[2], start + len(entry))
    whole = pdf + b"\n" + entry + table + closing
    place = _place(whole)
    if place is None:
        raise ValueError("the PDF names the place of a signature more than once")
    signature = signer.key.sign(_FILE + sha256(whole).digest())
    return whole[: place[0]] + signature.hex().encode() + whole[place[1] :]


def _place(pdf: bytes) -> tuple[int, int] | None:
    """Where the one signature of the file stands; None where there is none, or more than one."""
    found = list(_SIGNATURE.finditer(pdf))
    return found[0].span(1) if len(found) == 1 and pdf.count(_START) == 1 else None


def verify_pdf(pdf: bytes, trusted: Mapping[str, str]) -> Verified:
    """Whether a PDF is, byte by byte, what a trusted node signed. ``trusted``: public keys (hex) and their names."""
    place = _place(pdf)
    if place is None:
        near = QR_PREFIX.encode() in pdf or b"file_signature" in pdf or FORMAT.encode() in pdf
        return Verified(Verdict.CHANGED if near else Verdict.NOT_A_CERTIFICATE)
    try:
        text = pdf[pdf.index(_START) : place[1]].decode() + '"}'
        attached = json.loads(text)
        signed = Signed(attached["message"].encode(), bytes.fromhex(attached["signature"]), str(attached["public_key"]))
        if signed.attachment(pdf[place[0] : place[1]]) != text.encode():
            return Verified(Verdict.CHANGED)  # the same, written otherwise
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed.public_key))
        blanked = pdf[: place[0]] + _BLANK + pdf[place[1] :]
        key.verify(bytes.fromhex(pdf[place[0] : place[1]].decode()), _FILE + sha256(blanked).digest())
    except (ValueError, KeyError, TypeError, AttributeError, InvalidSignature):
        return Verified(Verdict.CHANGED)
    return _verify(signed, trusted)


def verify_qr(text: str, trusted: Mapping[str, str]) -> Verified:
    """Whether the text of a QR code is what a trusted node signed."""
    text = text.strip("\r\n")  # a blank is a character of Base45
    if not text.startswith(QR_PREFIX):
        return Verified(Verdict.NOT_A_CERTIFICATE)
    try:
        data = from_base45(text.removeprefix(QR_PREFIX))
        opener = zlib.decompressobj()
        message = opener.decompress(data[96:], _MOST)
        if not opener.eof or opener.unused_data:
            return Verified(Verdict.CHANGED)
        signed = Signed(message, data[32:96], data[:32].hex())
        if signed.qr_text != text:
            return Verified(Verdict.CHANGED)
    except (ValueError, zlib.error):
        return Verified(Verdict.CHANGED)
    return _verify(signed, trusted)


def _verify(signed: Signed, trusted: Mapping[str, str]) -> Verified:
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed.public_key))
        key.verify(signed.signature, _MESSAGE + signed.message)
        items = json.loads(signed.message)
        node = str(items["node"])
        if node_id(signed.public_key, node.startswith("t")) != node or not isinstance(items, dict):
            return Verified(Verdict.CHANGED)
    except (ValueError, KeyError, TypeError, InvalidSignature):
        return Verified(Verdict.CHANGED)
    # the world is part of the node's id: what a training node signed can never pass for a real certificate
    items["training"] = node.startswith("t")
    if signed.public_key not in trusted:
        return Verified(Verdict.UNKNOWN_SIGNER, items)
    return Verified(Verdict.GENUINE, items, trusted[signed.public_key] or node)


def read_keys(text: str) -> dict[str, str]:
    """Public keys and names of a file of keys. Raises :class:`ValueError` where it is none."""
    held = json.loads(text)
    if not isinstance(held, dict) or held.get("format") != KEYS_FORMAT:
        raise ValueError("not a file of keys")
    town = str(held.get("town", ""))
    return {str(n["public_key"]): " ".join(filter(None, (town, str(n["name"])))) for n in held["nodes"]}


def base45(data: bytes) -> str:
    """Bytes as Base45 (RFC 9285)."""
    out = []
    for at in range(0, len(data) - 1, 2):
        value, first = divmod(data[at] * 256 + data[at + 1], 45)
        third, second = divmod(value, 45)
        out.append(_BASE45[first] + _BASE45[second] + _BASE45[third])
    if len(data) % 2:
        second, first = divmod(data[-1], 45)
        out.append(_BASE45[first] + _BASE45[second])
    return "".join(out)


def from_base45(text: str) -> bytes:
    """The bytes of Base45. Raises :class:`ValueError` for what is none."""
    digits = [_BASE45.index(c) for c in text]
    out = bytearray()
    for at in range(0, len(digits), 3):
        group = digits[at : at + 3]
        if len(group) == 1:
            raise ValueError("Base45 ends in the middle of a group")
        value = sum(d * 45**place for place, d in enumerate(group))
        size = len(group) - 1
        if value >= 256**size:
            raise ValueError("no bytes have this Base45")
        out += value.to_bytes(size)
    return bytes(out)
