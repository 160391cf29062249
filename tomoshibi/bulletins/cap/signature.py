"""XML signatures of alerts: verified and made. Enveloped, over the whole alert, with a certificate inside.

- Only SHA-256 and longer are taken, only a signature that stands directly in the alert and covers all of it (so that
  none can be wrapped around something else), and only base64 in its one canonical spelling: ``…fA==`` and ``…fB==``
  decode to the same bytes, yet one of them was tampered with.
- Publishers often re-indent an alert after signing, or add a stylesheet. White space between elements and processing
  instructions say nothing in CAP, so a signature that holds without them holds (``exact`` is False then).

Source: W3C XML Signature Syntax and Processing 1.1; Canonical XML 1.0 and 1.1 (they agree on whole alerts).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from tomoshibi.bulletins.cap.rules import SIGNATURE
from tomoshibi.bulletins.errors import BulletinError
from tomoshibi.vocabulary import T

_DS_NS = "http://www.w3.org/2000/09/xmldsig#"
_DS = f"{{{_DS_NS}}}"
_ENVELOPED = _DS_NS + "enveloped-signature"
_C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_INCLUSIVE = (_C14N, "http://www.w3.org/2006/12/xml-c14n11")
_EXCLUSIVE = ("http://www.w3.org/2001/10/xml-exc-c14n#",)
_DIGESTS: dict[str, type[hashes.HashAlgorithm]] = {
    "http://www.w3.org/2001/04/xmlenc#sha256": hashes.SHA256,
    "http://www.w3.org/2001/04/xmldsig-more#sha384": hashes.SHA384,
    "http://www.w3.org/2001/04/xmlenc#sha512": hashes.SHA512,
}
_METHODS: dict[str, tuple[str, type[hashes.HashAlgorithm]]] = {
    f"http://www.w3.org/2001/04/xmldsig-more#{kind}-sha{bits}": (kind, digest)
    for kind in ("rsa", "ecdsa")
    for bits, digest in ((256, hashes.SHA256), (384, hashes.SHA384), (512, hashes.SHA512))
}

type PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Signed:
    """What became of checking a signature. ``faults`` is empty where it holds; ``subject`` is the certificate's name.

    A signature that holds says who signed only as far as the certificate is trusted: compare ``fingerprint`` (SHA-256
    of the certificate, hexadecimal) with one received by another way.
    """

    present: bool
    faults: tuple[T, ...] = ()
    exact: bool = False
    subject: str = ""
    issuer: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None
    fingerprint: str = ""


class _FaultError(Exception):
    def __init__(self, text: T) -> None:
        self.text = text


def verify(root: etree._Element, at: datetime) -> Signed:
    """Check the signature of an ``alert`` element as of the moment ``at`` (aware); its certificate must hold then."""
    signatures = list(root.iterchildren(SIGNATURE))
    if not signatures:
        return Signed(present=False)
    if len(signatures) > 1 or len(list(root.iter(SIGNATURE))) > 1:
        return Signed(True, (T("署名が2つ以上あります。", "there is more than one signature."),))
    try:
        certificate = _certificate(signatures[0])
    except _FaultError as fault:
        return Signed(True, (fault.text,))
    faults: list[T] = []
    exact = True
    for check in (_check_digest, _check_value):
        try:
            exact = check(root, certificate) and exact
        except _FaultError as fault:
            faults.append(fault.text)
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not start <= at <= end:
        faults.append(
            T(
                "証明書は{start}から{end}まで有効で、{at}には無効です。",
                "the certificate holds from {start} to {end}, and not at {at}.",
            ).format(start=start.isoformat(), end=end.isoformat(), at=at.isoformat())
        )
    return Signed(
        True,
        tuple(faults),
        exact and not faults,
        certificate.subject.rfc4514_string(),
        certificate.issuer.rfc4514_string(),
        start,
        end,
        certificate.fingerprint(hashes.SHA256()).hex(),
    )


def sign(root: etree._Element, key: PrivateKey, certificate: x509.Certificate) -> etree._Element:
    """The same alert with a signature as its last child, made by ``key`` and carrying ``certificate``.

    ``root`` must be unsigned, and must not be changed or re-indented afterwards. Raises :class:`BulletinError` for an
    alert that is signed already, or a key that is neither RSA nor of a NIST curve.
    """
    if next(root.iterchildren(SIGNATURE), None) is not None:
        raise BulletinError(
            T(
                "すでに署名されています。署名を除いてから署名し直してください。",
                "It is signed already. Take the signature out.",
            )
        )
    kind = "ecdsa" if isinstance(key, ec.EllipticCurvePrivateKey) else "rsa"
    digest = base64.b64encode(_hash(hashes.SHA256, _canonical(root))).decode()
    method = f"http://www.w3.org/2001/04/xmldsig-more#{kind}-sha256"
    out = etree.fromstring(etree.tostring(root))
    signature: etree._Element = etree.SubElement(out, SIGNATURE, nsmap={"ds": _DS_NS})
    info = _add(signature, "SignedInfo")
    _add(info, "CanonicalizationMethod", Algorithm=_C14N)
    _add(info, "SignatureMethod", Algorithm=method)
    reference = _add(info, "Reference", URI="")
    transforms = _add(reference, "Transforms")
    for algorithm in (_ENVELOPED, _C14N):
        _add(transforms, "Transform", Algorithm=algorithm)
    _add(reference, "DigestMethod", Algorithm="http://www.w3.org/2001/04/xmlenc#sha256")
    _add(reference, "DigestValue", digest)
    message = _canonical_part(info, exclusive=False)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        size = (key.curve.key_size + 7) // 8
        value = r.to_bytes(size) + s.to_bytes(size)
    elif isinstance(key, rsa.RSAPrivateKey):
        value = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    else:
        raise BulletinError(
            T("鍵の種類が違います。RSAか楕円曲線の鍵を使ってください。", "Use an RSA or elliptic-curve key.")
        )
    _add(signature, "SignatureValue", base64.b64encode(value).decode())
    data = _add(_add(signature, "KeyInfo"), "X509Data")
    _add(data, "X509Certificate", base64.b64encode(certificate.public_bytes(Encoding.DER)).decode())
    return out


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    element: etree._Element = etree.SubElement(parent, _DS + name, attributes)
    element.text = text
    return element


def _check_digest(root: etree._Element, certificate: x509.Certificate) -> bool:
    """Whether the content is what was signed; True where not even white space was changed since."""
    reference = _one(root, f"{_DS}Signature/{_DS}SignedInfo/{_DS}Reference")
    if reference.get("URI"):
        raise _FaultError(T("署名が警報全体を対象にしていません。", "the signature does not cover the whole alert."))
    algorithms = [transform.get("Algorithm") for transform in reference.iter(_DS + "Transform")]
    exclusive = any(algorithm in _EXCLUSIVE for algorithm in algorithms)
    if not set(algorithms) <= {_ENVELOPED, *_INCLUSIVE, *_EXCLUSIVE} or _ENVELOPED not in algorithms:
        raise _FaultError(
            T("署名の変換方法に対応していません。", "the signature uses a transform that is not supported.")
        )
    method = _one(reference, _DS + "DigestMethod").get("Algorithm", "")
    if method not in _DIGESTS:
        raise _FaultError(_weak(method))
    expected = _decode(_one(reference, _DS + "DigestValue").text, T("ダイジェスト値", "digest"))
    for exact, blanks, instructions in ((True, True, True), (False, True, False), (False, False, False)):
        unsigned = _unsigned(root, blanks=blanks)
        if _hash(_DIGESTS[method], _canonical(unsigned, exclusive, instructions=instructions)) == expected:
            return exact
    raise _FaultError(
        T(
            "内容が署名されたときと違います(ダイジェストが合いません)。",
            "the content is not what was signed (its digest differs).",
        )
    )


def _check_value(root: etree._Element, certificate: x509.Certificate) -> bool:
    """Whether the certificate's key made the signature; True where not even white space was changed since."""
    method = _one(root, f"{_DS}Signature/{_DS}SignedInfo/{_DS}SignatureMethod").get("Algorithm", "")
    if method not in _METHODS:
        raise _FaultError(_weak(method))
    kind, digest = _METHODS[method]
    value = _decode(_one(root, f"{_DS}Signature/{_DS}SignatureValue").text, T("署名値", "signature value"))
    key = certificate.public_key()
    for blanks in (True, False):
        info = _one(_copy(root, blanks=blanks), f"{_DS}Signature/{_DS}SignedInfo")
        algorithm = _one(info, _DS + "CanonicalizationMethod").get("Algorithm")
        if algorithm not in (*_INCLUSIVE, *_EXCLUSIVE):
            raise _FaultError(
                T("署名の正規化方法に対応していません。", "the signature's canonical form is not supported.")
            )
        message = _canonical_part(info, exclusive=algorithm in _EXCLUSIVE)
        try:
            if kind == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
                half = len(value) // 2
                pair = encode_dss_signature(int.from_bytes(value[:half]), int.from_bytes(value[half:]))
                key.verify(pair, message, ec.ECDSA(digest()))
            elif kind == "rsa" and isinstance(key, rsa.RSAPublicKey):
                key.verify(value, message, padding.PKCS1v15(), digest())
            else:
                raise _FaultError(
                    T(
                        "証明書の鍵と署名の方式が合いません。",
                        "the certificate's key is of another kind than the signature.",
                    )
                )
        except InvalidSignature:
            continue
        return blanks
    raise _FaultError(
        T("署名が証明書の鍵によるものではありません。", "the signature was not made with the certificate's key.")
    )


def _certificate(signature: etree._Element) -> x509.Certificate:
    found = next(signature.iter(_DS + "X509Certificate"), None)
    if found is None:
        raise _FaultError(T("署名に証明書がありません。", "the signature holds no certificate."))
    try:
        return x509.load_der_x509_certificate(_decode(found.text, T("証明書", "certificate")))
    except (ValueError, TypeError) as error:
        raise _FaultError(
            T("証明書が壊れています({detail})。", "the certificate is damaged ({detail}).").format(
                detail=str(error)[:80]
            )
        ) from None


def _decode(text: str | None, what: T) -> bytes:
    """Bytes of base64 in its canonical spelling, white space aside."""
    plain = "".join((text or "").split())
    try:
        data = base64.b64decode(plain, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data or base64.b64encode(data).decode() != plain:
        raise _FaultError(
            T(
                "{what}が正しいbase64ではありません(書き換えられています)。",
                "the {what} is not proper base64: it was tampered with.",
            ).format(what=what)
        )
    return data


def _one(element: etree._Element, path: str) -> etree._Element:
    found = element.findall(path)
    if len(found) != 1:
        name = path.rsplit("}", 1)[-1]
        raise _FaultError(
            T("署名の {name} がないか、2つ以上あります。", "the signature must have one {name}.").format(name=name)
        )
    return found[0]


def _copy(root: etree._Element, *, blanks: bool) -> etree._Element:
    """A document of its own with the same alert; without ``blanks``, white space between elements is left out."""
    parser = etree.XMLParser(remove_blank_text=not blanks, resolve_entities=False, no_network=True)
    return etree.fromstring(etree.tostring(root.getroottree()), parser)


def _unsigned(root: etree._Element, *, blanks: bool) -> etree._Element:
    out = _copy(root, blanks=blanks)
    for signature in list(out.iterchildren(SIGNATURE)):
        before = signature.getprevious()
        if signature.tail and before is not None:  # the text after the signature is the alert's
            before.tail = (before.tail or "") + signature.tail
        elif signature.tail:
            out.text = (out.text or "") + signature.tail
        signature.tail = None
        out.remove(signature)
    return out


def _canonical(root: etree._Element, exclusive: bool = False, *, instructions: bool = False) -> bytes:
    """Canonical form of a whole alert; without ``instructions``, of its element alone."""
    tree = root.getroottree() if instructions else etree.ElementTree(etree.fromstring(etree.tostring(root)))
    return etree.tostring(tree, method="c14n", exclusive=exclusive, with_comments=False)


def _canonical_part(element: etree._Element, *, exclusive: bool) -> bytes:
    """Canonical form of a part; inclusive, it names the namespaces that hold around it."""
    return etree.tostring(element, method="c14n", exclusive=exclusive, with_comments=False)


def _hash(algorithm: type[hashes.HashAlgorithm], data: bytes) -> bytes:
    digest = hashes.Hash(algorithm())
    digest.update(data)
    return digest.finalize()


def _weak(method: str) -> T:
    return T(
        "署名の方式 {method} は弱いか、対応していません。", "the signature method {method} is weak or not supported."
    ).format(method=method.rsplit("#", 1)[-1][:60])
