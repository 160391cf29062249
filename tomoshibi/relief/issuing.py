"""From a judged application to a certificate: its serial number, its fact, its signed PDF."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models.functions import Length

from tomoshibi.documents import Attachment, MissingGlyphs, must_draw
from tomoshibi.incidents import queries as incidents
from tomoshibi.incidents.words import Hazard
from tomoshibi.journal import nodes, worlds
from tomoshibi.journal.access import Actor, who_may
from tomoshibi.journal.facts import Forbidden, Refused
from tomoshibi.journal.models import EntryRow, NodeRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.people.queries import staff
from tomoshibi.places.queries import who_are_we
from tomoshibi.relief import keys, layouts, queries, seals, signing
from tomoshibi.relief.models import ApplicationRow, CertificateRow, SurveyRow
from tomoshibi.relief.papers import CertificateIssued, CertificateReissued, kind_for
from tomoshibi.relief.words import Interest, Kind, Standing, Thing
from tomoshibi.vocabulary import T, to_wareki
from tomoshibi.vocabulary.clock import JAPAN
from tomoshibi.vocabulary.damage import DamageClass, name_of

#: letters of a node's id in its serial numbers: its world's letter, and 25 bits of its key's fingerprint
NODE_LETTERS = 6
#: titles of who issues
MAYORS = ("市長", "町長", "村長", "区長")


def serial_prefix(day: date) -> str:
    """How this node's serial numbers of a year begin: ``2024-NK7QPA``.

    Each node counts for itself behind letters of its own id, so that counters that cannot reach one another never give
    one number twice, and nobody has to hand numbers out. (Should two nodes ever share the letters, the law
    ``relief.serial_once`` shows it.)
    """
    return f"{day.year}-{nodes.identity().node[:NODE_LETTERS].upper()}"


def next_serial(day: date) -> str:
    """The next serial number that this node gives on ``day``."""
    prefix = f"{serial_prefix(day)}-"
    given = CertificateRow.objects.filter(serial__startswith=prefix)
    newest = given.order_by(Length("serial").desc(), "-serial").values_list("serial", flat=True).first()
    return f"{prefix}{int((newest or prefix + '0').removeprefix(prefix)) + 1:06}"


def issuer() -> str:
    """Who certifies: the mayor's title and, where the staff list knows it, name."""
    us = who_are_we()
    town = us.name if us else ""
    head = staff().filter(title__in=MAYORS).order_by("number").first()
    title = f"{town}長" if town else "市区町村長"
    return f"{title}　{head.name}" if head else title


def cause_of(incident: str) -> str:
    """The cause as the form writes it, from the incident: 令和6年1月1日の地震. Empty where there is none."""
    row = incidents.incident(incident)
    if row is None:
        return ""
    began = row.began or row.opened
    if began is None:
        return row.title
    what = {Hazard.EARTHQUAKE.value: "地震", Hazard.WIND_AND_FLOOD.value: "風水害", Hazard.VOLCANO.value: "噴火"}
    return f"{to_wareki(began.astimezone(JAPAN).date())}の{what.get(row.hazard, row.title)}"


def disaster_day(incident: str) -> date | None:
    """The day on which an incident's disaster began, in Japan; its classes are those of this day."""
    row = incidents.incident(incident)
    began = (row.began or row.opened) if row else None
    return began.astimezone(JAPAN).date() if began else None


class Serials:
    """This node's next serial numbers today, for several certificates of one act."""

    def __init__(self) -> None:
        first = next_serial(worlds.now().astimezone(JAPAN).date())
        self._prefix, _, number = first.rpartition("-")
        self._next = int(number)

    def peek(self) -> str:
        """The next number, not yet given."""
        return f"{self._prefix}-{self._next:06}"

    def take(self) -> None:
        """It was given."""
        self._next += 1


def fact_for(
    row: ApplicationRow,
    judged: SurveyRow | None,
    *,
    copies: int = 0,
    serial: str = "",
    issuer_name: str = "",
    layout: str | None = None,
    batch: str = "",
    protected: bool | None = None,
) -> CertificateIssued:
    """What the certificate of an application would say today. ``judged``: the judgement in force, of a dwelling.

    What is the same for many (``issuer_name``, ``layout``, ``protected``) may be given, and is looked up otherwise.
    """
    today = worlds.now().astimezone(JAPAN).date()
    kind = Kind(row.kind)
    about: dict[str, Any]
    if kind is Kind.DISASTER and judged is not None:
        about = {
            "survey": judged.subject,
            "damage_class": DamageClass(judged.judged),
            "disaster_on": judged.disaster_on,
        }
    else:
        about = {
            "things": json.loads(row.things),
            "damage_told": row.damage_told,
            "disaster_on": disaster_day(row.incident) or today,
        }
    return kind_for(CertificateIssued, queries.is_protected(row) if protected is None else protected)(
        serial=serial or next_serial(today),
        kind_of_paper=kind,
        application=row.subject,
        household=row.household,
        dwelling=row.dwelling,
        householder=row.householder,
        householder_address=row.householder_address,
        members=json.loads(row.members),
        cause=row.cause,
        damaged_address=row.damaged_address,
        interest=row.interest or None,
        issued_on=today,
        issuer=issuer_name or issuer(),
        copies=copies or row.copies,
        layout=layouts.in_force(kind) if layout is None else layout,
        batch=batch,
        **about,
    )


def judgement_for(row: ApplicationRow) -> SurveyRow | None:
    """The judgement that an application's certificate says; None for what is no dwelling.

    Raises :class:`Refused` where a dwelling is not judged, or waits for a further round that was asked for.
    """
    if row.kind != Kind.DISASTER:
        return None
    rounds = list(queries.rounds(row.incident, row.dwelling))
    judged = [r for r in rounds if r.judged]
    if not judged:
        raise Refused(T("被害の程度がまだ判定されていません。", "The damage is not judged yet."))
    if len(judged) < len(rounds):
        raise Refused(T("調査または判定を待っています。", "It waits for a survey or a judgement."))
    return judged[-1]


def issue(application: str, actor: Actor, *, copies: int = 0, id: str = "") -> str:
    """Issue the certificate of an application; its reference. ``id`` makes a retry one issue; ``copies`` as applied for
    unless given.

    Raises :class:`Refused` where it is not judged or issued already, where a character cannot be printed (nothing is
    recorded then), and :class:`Forbidden`.
    """
    done = EntryRow.objects.filter(id=id, kind__endswith="certificate_issued").first() if id else None
    if done is not None:  # the answer got lost on its way
        return done.subject
    row = queries.application(application)
    if row is None or row.withdrawn:
        raise Refused(T("申請がありません。先に申請を受けてください。", "Nobody applied for it."))
    if not queries.may_see(actor, row):
        raise undisclosed()
    judged = judgement_for(row)
    id = id or str(uuid.uuid4())
    for _ in range(5):
        fact = fact_for(row, judged, copies=copies)
        printable(fact)
        subject = subject_of(fact)
        why = f"{fact.kind_of_paper.label.ja}の交付"
        sealed = seals.used(str(uuid.uuid5(uuid.UUID(id), "seal")), [fact.serial], fact.copies, why)
        try:
            record([Draft(fact, subject, id=id, incident=row.incident), sealed], actor)
        except Refused as no:
            if no.field != "serial":
                raise
            continue  # another window of this counter took the number meanwhile
        return subject
    raise Refused(T("整理番号が取れません。もう一度押してください。", "No serial number was free. Try again."))


def subject_of(fact: CertificateIssued) -> str:
    """Reference of the certificate that ``fact`` issues."""
    return fact.subject.ref(keys.certificate(fact.serial).partition(":")[2])


def reissue(row: CertificateRow, actor: Actor, *, copies: int, reason: str, id: str) -> None:
    """Hand out further copies of a certificate; ``id`` makes a retry one reissue.

    Raises :class:`Refused` (:class:`Forbidden`).
    """
    fact = kind_for(CertificateReissued, row.protected)(copies=copies, reason=reason)
    why = f"{Kind(row.kind).label.ja}の再交付"
    sealed = seals.used(str(uuid.uuid5(uuid.UUID(id), "seal")), [row.serial], copies, why)
    record([Draft(fact, row.subject, id=id, incident=row.incident), sealed], actor)


def undisclosed() -> Forbidden:
    """Why nothing of a protected household is shown or printed."""
    return Forbidden(
        T(
            "支援措置の対象の世帯です。住所を見てよい職員に引き継いでください（役割: {roles}）。",
            "This household is protected. Hand over to somebody who may see its address (role: {roles}).",
        ).format(roles=who_may("residents.protected"))
    )


def printable(fact: CertificateIssued) -> None:
    """Refuse what no font can draw, before anything is recorded: never a blank box on a certificate."""
    held = {**fact.model_dump(mode="json"), "kind": fact.kind_of_paper.value}
    damage = name_of(fact.damage_class, fact.disaster_on).ja if fact.damage_class else ""
    data = sheet(items_of(held, damage), held["members"], fact.issued_on)
    try:
        must_draw(data, lang="ja")
    except MissingGlyphs as missing:
        raise unprintable(missing) from missing


def unprintable(missing: MissingGlyphs) -> Refused:
    """Which character of which item cannot be printed, and what to do."""
    told, told_en = [], []
    for one in missing.missing:
        name = re.sub(r"^sheets\[\d+\]\.", "", one.path)
        item = signing.ITEMS.get(re.split(r"[.\[]", name)[0], T(name, name))
        char = one.character if one.character.isprintable() else ""
        told.append(f"{item.ja}「{char}」({one.codes})")
        told_en.append(f"“{char}” ({one.codes}) in {item.en.lower()}")
    return Refused(
        T(
            f"印刷できない文字があるので交付しません: {'、'.join(told)}。"
            "申請を訂正するか、その文字を持つフォントを TOMOSHIBI_FONTS のフォルダに置いてください。",
            f"Not issued, because characters cannot be printed: {', '.join(told_en)}. "
            "Correct the application, or put a font that has them into the folder named by TOMOSHIBI_FONTS.",
        )
    )


def items_of(held: Mapping[str, Any], damage: str) -> dict[str, Any]:
    """The items of the form, as they are printed and signed. ``held``: names of :class:`CertificateRow`."""
    members = [m["name"] + (f"（{m['relation']}）" if m.get("relation") else "") for m in held["members"]]
    kind = Kind(held["kind"])
    items = {
        "kind": kind.label.ja,
        "serial": held["serial"],
        "householder_address": held["householder_address"],
        "householder": held["householder"],
        "members": members,
        "cause": held["cause"],
        "damaged_address": held["damaged_address"],
        "damage": damage,
        "issued_on": str(held["issued_on"]),
        "issuer": held["issuer"],
    }
    if kind is Kind.VICTIM:
        del items["damage"]
        items["things"] = "、".join(Thing(t).label.ja for t in held["things"])
        items["damage_told"] = held["damage_told"]
        items["interest"] = Interest(held["interest"]).label.ja if held["interest"] else ""
    return items


def sheet(items: Mapping[str, Any], members: Sequence[Any], day: date, qr: str = "") -> dict[str, Any]:
    """The fields that a layout sets (:data:`layouts.FIELDS`) of one certificate."""
    title, _, mayor = str(items["issuer"]).partition("　")
    return {
        **dict.fromkeys(("damage", "things", "damage_told", "interest"), ""),
        **items,
        "members": members,
        "issued_on": to_wareki(day),
        "issuer_title": title,
        "issuer_name": mayor,
        "qr": qr or _EMPTY_QR,
        "node": nodes.identity().node,
    }


_EMPTY_QR = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'


def signer() -> signing.Signer:
    """This node as it signs."""
    me = nodes.identity()
    return signing.Signer(me.node, me.private_key)


def signed_items(row: CertificateRow, by: signing.Signer) -> tuple[dict[str, Any], list[Any], signing.Signed]:
    """What a certificate says, its members, and the signature of both. Raises :class:`ValueError` for one never
    issued.
    """
    if row.issued_on is None or row.issued_at is None:
        raise ValueError(f"{row.subject} was never issued")
    held = {f.name: getattr(row, f.name) for f in row._meta.fields}
    held |= {"members": json.loads(row.members), "things": json.loads(row.things)}
    items = items_of(held, row.damage)
    return items, held["members"], signing.sign(items, by)


def must_hold(row: CertificateRow) -> None:
    """Raise :class:`Refused` for a certificate that no longer holds: it is not printed."""
    if row.standing != Standing.VALID:
        label = Standing(row.standing).label
        name = Kind(row.kind).label
        raise Refused(
            T(
                f"{name.ja} {row.serial} は効力がありません（{label.ja}）。印刷できません。",
                f"The certificate {row.serial} no longer holds ({label.en.lower()}): it is not printed.",
            )
        )


def pdf(row: CertificateRow) -> bytes:
    """The signed PDF of a certificate: the same bytes whenever this node makes it, in the layout that it was issued in.

    The caller has seen to it that its reader may see it (:func:`queries.may_see`) and logs the reading. Raises
    :class:`Refused` for a certificate that no longer holds, and for a character that cannot be printed.
    """
    must_hold(row)
    by = signer()
    items, members, signed = signed_items(row, by)
    attached = Attachment(
        signing.ATTACHMENT,
        signed.attachment(),
        "application/json",
        T("記載事項と電子署名", "Items and signature"),
    )
    if row.issued_on is None:
        raise ValueError(f"{row.subject} was never issued")
    data = sheet(items, members, row.issued_on, layouts.qr_svg(signed.qr_text))
    try:
        page = layouts.set_sheets(
            layouts.source_of(Kind(row.kind), row.layout),
            [data],
            title=f"{items['kind']} {items['serial']}",
            seal=seals.image(),
            created=row.issued_at,
            attachments=[attached],
        )
    except MissingGlyphs as missing:
        raise unprintable(missing) from missing
    return signing.seal(page, signed, by)


def keys_file() -> str:
    """The file of keys by which anybody can verify what this town's nodes signed, in the world that we are in."""
    us = who_are_we()
    held = {
        "format": signing.KEYS_FORMAT,
        "town": us.name if us else "",
        "code": us.code if us else "",
        "nodes": list(NodeRow.objects.order_by("name", "id").values("id", "name", "public_key")),
    }
    return json.dumps(held, ensure_ascii=False, indent=1) + "\n"


def trusted() -> dict[str, str]:
    """Public keys of the nodes that this world knows, and their names."""
    return signing.read_keys(keys_file())
