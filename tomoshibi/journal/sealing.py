"""Files that leave the machine: signed, proof against any changed byte, and locked with a passphrase or a key file.

One envelope for bundles and backups (``docs/reference/bundle-format.md`` describes it byte by byte): a header in the
clear, then the body in chunks. After the header and after each chunk stands the SHA-256 of everything so far, so that
damage is found without any key and named by its place; the node that wrote the file signs the last of these. A locked
body is ChaCha20-Poly1305 in the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015): the nonce counts the
chunks and marks the last, so that chunks cannot be moved or cut off even by somebody who signs the file anew.
"""

from __future__ import annotations

import io
import json
import os
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from tomoshibi.journal import nodes
from tomoshibi.journal.files import FileRefused, NotWritten, whole_file, why_not
from tomoshibi.vocabulary import T

MAGIC = b"TOMOSHIBI FILE 1"
#: bytes of a chunk of the body; the last may be shorter
CHUNK = 1 << 16
#: bytes by which a locked chunk is longer
TAG = 16
SUM = 32
SIGNATURE = 64
#: a longer header is no header of ours
HEADER_MOST = 1 << 20
#: scrypt's cost: 128 MiB and half a second on a small machine
SCRYPT = {"n": 1 << 17, "r": 8, "p": 1}
#: first line of a recovery key file
KEY_FILE = "tomoshibi-recovery-key-1"
SIGNED = b"tomoshibi-file-1\n"


class Damaged(FileRefused):
    """Bytes are not what was written. ``first`` and ``last`` say between which."""

    def __init__(self, path: Path, first: int, last: int) -> None:
        self.first, self.last = first, last
        super().__init__(
            path,
            T(
                f"壊れています。{first}〜{last} バイト目が書き出したときと違うか、途中で切れています。"
                "元の端末でもう一度書き出すか、もう一度写してください",
                f"the file is damaged: bytes {first} to {last} are not what was written, or it was cut short. "
                "Copy it again, or make it again where it came from",
            ),
        )


class Locked(FileRefused):
    """The body is locked, and no passphrase or key file was given."""


class WrongSecret(FileRefused):
    """The file is whole, but this passphrase or key file does not open it."""


@dataclass(frozen=True)
class Passphrase:
    """Words that people carry in their heads. Compared after NFKC, so that full-width typing opens it too."""

    words: str

    def __post_init__(self) -> None:
        if not self.words:
            raise ValueError("an empty passphrase locks nothing")


@dataclass(frozen=True)
class RecoveryKey:
    """256 random bits kept in a file, for locking unattended."""

    bits: bytes

    @property
    def id(self) -> str:
        """A name for the key that gives nothing of it away."""
        return sha256(b"tomoshibi-recovery-key\n" + self.bits).hexdigest()[:16]


Secret = Passphrase | RecoveryKey


def make_key(path: Path) -> RecoveryKey:
    """Write a new recovery key file, readable by its owner only. Raises :class:`NotWritten` where one is there."""
    key = RecoveryKey(secrets.token_bytes(32))
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{KEY_FILE}\n{key.bits.hex()}\n")
    except OSError as error:
        raise NotWritten(path, why_not(error)) from error
    return key


def read_key(path: Path) -> RecoveryKey:
    """The key in a file of :func:`make_key`. Raises :class:`FileRefused`."""
    try:
        kind, bits = path.read_text(encoding="ascii").split()
        if kind == KEY_FILE and len(bits) == 64:
            return RecoveryKey(bytes.fromhex(bits))
    except OSError as error:
        raise FileRefused(path, why_not(error)) from error
    except ValueError:
        pass
    raise FileRefused(path, T("復旧鍵のファイルではありません", "this is not a recovery key file"))


def _lock(secret: Secret) -> tuple[dict[str, Any], bytes]:
    """How a new file is locked, as its header says it, and the key of its body."""
    salt = secrets.token_hex(16)
    if isinstance(secret, RecoveryKey):
        lock: dict[str, Any] = {"by": "key", "key": secret.id, "salt": salt}
    else:
        lock = {"by": "passphrase", "salt": salt, **SCRYPT}
    return lock, _key(lock, secret)


def _key(lock: dict[str, Any], secret: Secret) -> bytes:
    salt = bytes.fromhex(lock["salt"])
    if isinstance(secret, RecoveryKey):
        return HKDF(SHA256(), 32, salt, b"tomoshibi-file-1").derive(secret.bits)
    if lock["n"] > 1 << 20 or lock["r"] > 32 or lock["p"] > 16:
        raise ValueError("scrypt parameters beyond reason")
    words = unicodedata.normalize("NFKC", secret.words).encode()
    return Scrypt(salt, 32, lock["n"], lock["r"], lock["p"]).derive(words)


def _nonce(chunk: int, last: bool) -> bytes:
    return chunk.to_bytes(11) + (b"\1" if last else b"\0")


class _Writer(io.RawIOBase):
    """The body of an envelope, to be written from its beginning to its end."""

    def __init__(self, out: BinaryIO, header: dict[str, Any], key: bytes | None) -> None:
        self._out = out
        self._running = sha256()
        self._pending = bytearray()
        self._chunk = 0
        text = json.dumps(header, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        self._put(MAGIC + len(text).to_bytes(4) + text)
        self._about = self._running.digest()
        self._cipher = ChaCha20Poly1305(key) if key else None

    def _put(self, data: bytes) -> None:
        self._running.update(data)
        self._out.write(data)
        self._out.write(self._running.digest())

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        view = memoryview(data).cast("B")
        self._pending += view
        while len(self._pending) > CHUNK:  # a full chunk may yet be the last
            self._put_chunk(bytes(self._pending[:CHUNK]), last=False)
            del self._pending[:CHUNK]
        return len(view)

    def _put_chunk(self, plain: bytes, last: bool) -> None:
        if self._cipher:
            plain = self._cipher.encrypt(_nonce(self._chunk, last), plain, self._about)
        self._put(plain)
        self._chunk += 1

    def finish(self, private_key: str) -> None:
        """Write what is left, and the signature."""
        self._put_chunk(bytes(self._pending), last=True)
        self._pending.clear()
        key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(private_key))
        self._out.write(key.sign(SIGNED + self._running.digest()))


@contextmanager
def write(
    path: Path, kind: str, about: dict[str, Any], signer: nodes.Identity, secret: Secret | None
) -> Iterator[BinaryIO]:
    """The body of a new file of that ``kind`` (``bundle-1``, ``backup-1``), which appears when the block ends.

    ``about`` is said in the header, for everybody to read. The stream cannot seek. Raises :class:`NotWritten`.
    """
    lock, key = _lock(secret) if secret else (None, None)
    header = {**about, "format": kind, "node": signer.node, "public_key": signer.public_key, "lock": lock}
    with whole_file(path) as out:
        writer = _Writer(out, header, key)
        buffered = io.BufferedWriter(writer, CHUNK)
        yield buffered
        buffered.flush()
        writer.finish(signer.private_key)


class _Reader(io.RawIOBase):
    """The body of an envelope that was found whole: chunks are opened as they are asked for."""

    def __init__(self, file: BinaryIO, whole: Whole, key: bytes | None) -> None:
        self._file, self._whole, self._at = file, whole, 0
        self._cipher = ChaCha20Poly1305(key) if key else None
        self._cached: tuple[int, bytes] = (-1, b"")
        overhead = TAG if self._cipher else 0
        self._stride = CHUNK + overhead + SUM
        count = len(whole.sums)
        self.size = whole.end - whole.start - count * (overhead + SUM)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._at = max(0, offset + (0, self._at, self.size)[whence])
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        number, within = divmod(self._at, CHUNK)
        if self._at >= self.size:
            return 0
        piece = self.chunk(number)[within : within + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def chunk(self, number: int) -> bytes:
        """The plain bytes of one chunk.

        Raises :class:`WrongSecret` where the key does not even open the first, :class:`Damaged` where it is not what it
        was when the file was looked through, and :class:`FileRefused` where the disk does not give it.
        """
        if self._cached[0] != number:
            whole = self._whole
            start = whole.start + number * self._stride
            end = min(start + self._stride, whole.end) - SUM
            try:
                self._file.seek(start)
                data = self._file.read(end - start)
            except OSError as error:
                raise FileRefused(whole.path, why_not(error)) from error
            if sha256(data).digest() != whole.sums[number]:
                raise Damaged(whole.path, start, end)  # since it was looked through
            if self._cipher:
                last = number == len(whole.sums) - 1
                try:
                    data = self._cipher.decrypt(_nonce(number, last), data, whole.about)
                except InvalidTag:
                    if number == 0:
                        raise WrongSecret(whole.path, _wrong(whole.header["lock"])) from None
                    raise Damaged(whole.path, start, end) from None  # moved, or cut off, and signed anew
            self._cached = (number, data)
        return self._cached[1]


@dataclass(frozen=True)
class Whole:
    """A file that was looked through and is what its writer signed."""

    path: Path
    header: dict[str, Any]
    #: digest of the header
    about: bytes
    #: where the body begins and ends in the file
    start: int
    end: int
    #: SHA-256 of each chunk as it lies in the file
    sums: list[bytes]
    size: int

    @property
    def locked(self) -> str:
        """By what the body is locked: ``passphrase``, ``key``, or empty."""
        return str((self.header["lock"] or {}).get("by", ""))


def examine(path: Path, kind: str) -> Whole:
    """Read a file from end to end and prove that every byte is what its writer signed; needs no key.

    Raises :class:`Damaged` naming the place, :class:`FileRefused` for a file of another kind.
    """
    try:
        with path.open("rb") as file:
            return _examine(path, file, kind)
    except OSError as error:
        raise FileRefused(path, why_not(error)) from error


def peek(path: Path) -> dict[str, Any]:
    """The header of a file, not proven; empty where it has none that can be read. For finding a file, not for trust."""
    with suppress(OSError, ValueError), path.open("rb") as file:
        if file.read(len(MAGIC)) == MAGIC and (length := int.from_bytes(file.read(4))) <= HEADER_MOST:
            header = json.loads(file.read(length))
            return header if isinstance(header, dict) else {}
    return {}


def _examine(path: Path, file: BinaryIO, kind: str) -> Whole:
    size = os.fstat(file.fileno()).st_size
    beginning = file.read(len(MAGIC))
    if beginning != MAGIC:
        if sum(a != b for a, b in zip(beginning, MAGIC, strict=False)) < 4:  # ours, but for a few bytes
            raise Damaged(path, 0, len(MAGIC))
        raise FileRefused(path, T("灯のファイルではありません", "this is not a file of Tomoshibi"))
    told = file.read(4)
    length = int.from_bytes(told)
    start = len(MAGIC) + 4 + length + SUM
    if length > HEADER_MOST or start + SUM + SIGNATURE > size:
        raise Damaged(path, len(MAGIC), size)
    running = sha256(MAGIC + told)
    text = file.read(length)
    running.update(text)
    about = running.digest()
    if file.read(SUM) != about:
        raise Damaged(path, len(MAGIC), start)
    end = size - SIGNATURE
    header = _header(path, text)
    stride = CHUNK + (TAG if header["lock"] else 0) + SUM
    sums = []
    for at in range(start, end, stride):
        data = file.read(min(stride, end - at) - SUM)
        running.update(data)
        if file.read(SUM) != running.digest():
            raise Damaged(path, at, min(at + stride, end))
        sums.append(sha256(data).digest())
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(header["public_key"]))
        key.verify(file.read(SIGNATURE), SIGNED + running.digest())
    except (ValueError, InvalidSignature):
        raise Damaged(path, end, size) from None
    if nodes.node_id(header["public_key"], header["node"].startswith("t")) != header["node"]:
        raise FileRefused(path, T("書き出した端末を偽っています", "it says that another node wrote it"))
    if header["format"] != kind:
        raise FileRefused(
            path,
            T(
                f"「{header['format']}」のファイルです。ここでは「{kind}」が要ります",
                f"this is a file of the kind “{header['format']}”; a “{kind}” is needed here",
            ),
        )
    return Whole(path, header, about, start, end, sums, size)


def _header(path: Path, text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text)
        if header["format"] and header["node"] and header["public_key"] and "lock" in header:
            return dict(header)
    except (ValueError, KeyError, TypeError):
        pass
    raise FileRefused(
        path,
        T(
            "この版の灯では読めません。新しい版で開いてください",
            "this version of the program cannot read it. Open it with a newer one",
        ),
    )


@contextmanager
def opened(whole: Whole, secret: Secret | None) -> Iterator[BinaryIO]:
    """The body of a file that was found whole, to read and to seek in; plain bytes never touch the disk.

    Raises :class:`Locked` where it is locked and ``secret`` is None, :class:`WrongSecret` where that does not open it,
    and :class:`FileRefused` (:class:`Damaged`) where it cannot be read (any more).
    """
    path, lock, key = whole.path, whole.header["lock"], None
    if lock:
        by_key = lock["by"] == "key"
        if secret is None or isinstance(secret, RecoveryKey) != by_key:
            raise Locked(path, _needed(lock, by_key))
        try:
            key = _key(lock, secret)
        except (ValueError, KeyError, TypeError, MemoryError) as error:
            raise FileRefused(path, T(f"鍵を作れません: {error}", f"the key cannot be made: {error}")) from error
    try:
        file = path.open("rb")
    except OSError as error:
        raise FileRefused(path, why_not(error)) from error
    with file:
        reader = _Reader(file, whole, key)
        reader.chunk(0)
        yield io.BufferedReader(reader, CHUNK)


def _needed(lock: dict[str, Any], by_key: bool) -> T:
    if by_key:
        return T(
            f"復旧鍵 {lock['key']} で暗号化されています。--key-file で鍵のファイルを指定してください",
            f"it is locked with the recovery key {lock['key']}: name its file with --key-file",
        )
    return T(
        "合言葉で暗号化されています。--passphrase-file か環境変数 TOMOSHIBI_PASSPHRASE で合言葉を渡してください",
        "it is locked with a passphrase: give it with --passphrase-file or TOMOSHIBI_PASSPHRASE",
    )


def _wrong(lock: dict[str, Any]) -> T:
    if lock["by"] == "key":
        return T(
            f"鍵が違います。復旧鍵 {lock['key']} が要ります。ファイルは壊れていません",
            f"wrong key: the recovery key {lock['key']} is needed. The file itself is not damaged",
        )
    return T(
        "合言葉が違います。ファイルは壊れていません",
        "wrong passphrase. The file itself is not damaged",
    )
