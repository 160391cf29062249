"""``tomoshibi tls``: a certificate authority of the town's own, and a certificate for the names of this server.

Browsers give passkeys, service workers and the like to ``localhost`` and to https only: a phone on the town's LAN needs
a certificate, and an office without the Internet can get one from itself alone.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tomoshibi.cli.django import fail, say, told
from tomoshibi.vocabulary import T

if TYPE_CHECKING:
    from cryptography import x509

#: browsers refuse server certificates of more than 825 days (Apple), and this one is easily made again
SERVER_DAYS, AUTHORITY_DAYS = 397, 3650
NAME = re.compile(r"(?=.{1,253}$)(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


def folder() -> Path:
    """Where certificates are kept: ``tls`` in ``TOMOSHIBI_HOME``."""
    return Path(os.environ.get("TOMOSHIBI_HOME", "var")).resolve() / "tls"


def server_files() -> tuple[Path, Path]:
    """The server's certificate chain and its private key."""
    return folder() / "server.pem", folder() / "server.key"


@click.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--town", default="", help="The town's name in the authority (only when it is made).")
def tls(names: tuple[str, ...], town: str) -> None:
    """Make a certificate for NAMES (host names and IP addresses of this server), signed by the town's own authority.

    The authority is made the first time and kept in TOMOSHIBI_HOME/tls. Each phone and PC must trust it once.
    """
    with told():
        wanted = [_checked(name) for name in dict.fromkeys(["localhost", *names])]
        place = folder()
        place.mkdir(parents=True, exist_ok=True)
        authority = place / "town-ca.pem"
        if not authority.exists():
            _make_authority(authority, place / "town-ca.key", town)
        _make_server(authority, place / "town-ca.key", wanted)
        cert, _ = server_files()
        say(
            T(
                "証明書を作りました: {cert}\n"
                "1. tomoshibi serve --host 0.0.0.0 --tls で始めます（続きの起動も同じです）。\n"
                "2. 町の認証局 {ca} を、使う端末すべてに一度だけ入れて「信頼」にします。\n"
                "   Windows: ダブルクリック →「証明書のインストール」→「信頼されたルート証明機関」\n"
                "   iPhone: ファイルを開く → 設定「プロファイル」→ 情報 → 証明書信頼設定でオン\n"
                "   Android: 設定 → セキュリティ → 証明書のインストール →「CA証明書」\n"
                "3. 認証局の指紋（SHA-256）を、入れるときに見比べてください:\n   {print}\n"
                "{key} は町の秘密です。この端末から出さないでください。",
                "Certificate made: {cert}\n"
                "1. Start with: tomoshibi serve --host 0.0.0.0 --tls\n"
                "2. Put the town's authority {ca} on every device once, and trust it.\n"
                "   Windows: double click, Install certificate, Trusted Root Certification Authorities\n"
                "   iPhone: open the file, Settings: Profile; then About, Certificate Trust Settings\n"
                "   Android: Settings, Security, Install a certificate, CA certificate\n"
                "3. Compare the authority's fingerprint (SHA-256) while doing so:\n   {print}\n"
                "{key} is the town's secret: it must not leave this machine.",
            ),
            cert=cert,
            ca=authority,
            print=_fingerprint(authority),
            key=place / "town-ca.key",
        )


def _checked(name: str) -> str:
    """A host name in its ASCII form, or an IP address."""
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        plain = name.encode("idna").decode().lower() if not name.isascii() else name.lower()
    except UnicodeError:
        plain = ""
    if not NAME.fullmatch(plain):
        fail(
            T(
                f"「{name}」は端末の名前でもIPアドレスでもありません（例: bosai.local 192.168.1.10）。",
                f"{name!r} is neither a host name nor an IP address (such as bosai.local or 192.168.1.10).",
            )
        )
    return plain


def _fingerprint(path: Path) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    digits = x509.load_pem_x509_certificate(path.read_bytes()).fingerprint(hashes.SHA256()).hex().upper()
    return ":".join(digits[i : i + 2] for i in range(0, len(digits), 2))


def _write_secret(path: Path, content: bytes) -> None:
    """Write a file that nobody but its owner may read, at any moment."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    part.replace(path)


def _make_authority(cert: Path, key_file: Path, town: str) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{town or 'Tomoshibi'} town CA")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
                key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    _write_secret(key_file, key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    cert.write_bytes(made.public_bytes(pem))


def _make_server(authority: Path, authority_key: Path, names: list[str]) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    ca = x509.load_pem_x509_certificate(authority.read_bytes())
    loaded = serialization.load_pem_private_key(authority_key.read_bytes(), None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)  # noqa: S101  # we made it
    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[-1][:64])]))
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(min(now + dt.timedelta(days=SERVER_DAYS), ca.not_valid_after_utc))
        .add_extension(x509.SubjectAlternativeName([_alternative(n) for n in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(loaded.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(loaded, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    cert, key_file = server_files()
    _write_secret(key_file, key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    cert.write_bytes(made.public_bytes(pem) + ca.public_bytes(pem))


def _alternative(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
