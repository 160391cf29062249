"""What must not be so of certificates and surveys: named queries, because counters that were apart may bring it."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Exists, F, OuterRef, Subquery

from tomoshibi.journal.laws import Finding, law
from tomoshibi.relief import queries
from tomoshibi.relief.models import ApplicationRow, CertificateRow, SurveyRow
from tomoshibi.relief.victim_models import SchemeRow
from tomoshibi.relief.words import Kind, Standing
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.damage import DamageClass


@law(
    "relief.certified_once",
    T("一世帯・一住家に有効な罹災証明書は一つ", "One valid certificate a household and dwelling"),
)
def certified_once() -> Iterator[Finding]:
    """Households that hold two valid certificates about one dwelling: two counters issued apart."""
    valid = CertificateRow.objects.filter(standing=Standing.VALID, kind=Kind.DISASTER).exclude(household="")
    valid = valid.annotate(disaster=queries.disaster())
    same = ("disaster", "household", "dwelling")
    for found in valid.values(*same).annotate(n=Count("pk")).filter(n__gt=1).order_by(*same):
        rows = valid.filter(**{k: found[k] for k in same}).order_by("serial")
        serials = "、".join(r.serial for r in rows)
        yield Finding(
            tuple(r.subject for r in rows),
            T(
                f"同じ世帯の同じ住家に有効な罹災証明書が{len(rows)}つあります（{serials}）。一つを残して取り消してください。",
                f"{len(rows)} valid certificates of one household about one dwelling ({serials}). Revoke all but one.",
            ),
        )


@law("relief.serial_once", T("整理番号は一つの証明書に", "A serial number is one certificate's"))
def serial_once() -> Iterator[Finding]:
    """Certificates that share a serial number."""
    twice = CertificateRow.objects.values("serial").annotate(n=Count("pk")).filter(n__gt=1).order_by("serial")
    for found in twice:
        rows = CertificateRow.objects.filter(serial=found["serial"]).order_by("subject")
        yield Finding(
            tuple(r.subject for r in rows),
            T(
                f"整理番号 {found['serial']} の証明書が{len(rows)}つあります。一つを残して取り消してください。",
                f"{len(rows)} certificates have the serial number {found['serial']}. Revoke all but one.",
            ),
        )


@law("relief.applied_for", T("罹災証明書には申請がある", "A certificate was applied for"))
def applied_for() -> Iterator[Finding]:
    """Valid certificates without an application, or whose application was withdrawn."""
    standing = ApplicationRow.objects.filter(subject=OuterRef("application"), withdrawn=False)
    for row in CertificateRow.objects.filter(~Exists(standing), standing=Standing.VALID).order_by("serial"):
        yield Finding(
            (row.subject,),
            T(
                f"罹災証明書 {row.serial} には有効な申請がありません。申請を受け付けるか、取り消してください。",
                f"Nobody stands as applicant of the certificate {row.serial}. Take the application, or revoke it.",
            ),
        )


@law("relief.second_eyes", T("判定は調査した人と別の人が行う", "Whoever surveyed does not judge"))
def second_eyes() -> Iterator[Finding]:
    """Rounds that one person surveyed and judged."""
    for row in SurveyRow.objects.filter(same_eyes=True).order_by("subject"):
        yield Finding(
            (row.subject,),
            T(
                f"住家の調査（第{row.round}回）を、調査した{row.judge}が自ら判定しています。別の人が判定し直してください。",
                f"{row.judge} judged a survey (round {row.round}) of their own. Let another person judge it anew.",
            ),
        )


@law("relief.certified_as_judged", T("罹災証明書は最新の判定のとおり", "A certificate says what was judged last"))
def certified_as_judged() -> Iterator[Finding]:
    """Valid certificates of another class than the judgement in force: it came from a counter apart."""
    judged = queries.surveys_of_its_dwelling().exclude(judged="").order_by(*queries.LAST_FIRST)
    valid = CertificateRow.objects.filter(standing=Standing.VALID, kind=Kind.DISASTER)
    rows = valid.annotate(disaster=queries.disaster()).annotate(now=Subquery(judged.values("judged")[:1]))
    for row in rows.exclude(now=F("damage_class")).exclude(now=None).order_by("serial"):
        label = DamageClass(row.now).label
        yield Finding(
            (row.subject,),
            T(
                f"罹災証明書 {row.serial} は「{row.damage}」ですが、最新の判定は「{label.ja}」です。"
                "取り消して交付し直してください。",
                f"The certificate {row.serial} says “{DamageClass(row.damage_class).label.en}”, "
                f"but the judgement in force is “{label.en}”. Revoke it and issue it anew.",
            ),
        )


@law("relief.scheme_once", T("一つの配分は一度だけ入力する", "A round of relief money is entered once"))
def scheme_once() -> Iterator[Finding]:
    """Schemes of one name that take claims in one disaster: entered in two incidents before these were merged."""
    rows = SchemeRow.objects.filter(in_force=True, closed="", of="").annotate(disaster=queries.disaster())
    for found in rows.values("disaster", "name").annotate(n=Count("pk")).filter(n__gt=1).order_by("disaster", "name"):
        same = rows.filter(disaster=found["disaster"], name=found["name"]).order_by("approved_at", "subject")
        yield Finding(
            tuple(row.subject for row in same),
            T(
                f"「{found['name']}」が{found['n']}つの事案に入力されています。二重に支払わないよう、一つを残して締め切ってください。",
                f"“{found['name']}” was entered in {found['n']} incidents. Close all but one, lest it be paid twice.",
            ),
        )
