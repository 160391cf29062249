"""What is written from a facility's profile: its plan 避難確保計画, the wall's poster, the manager's leaflet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.urls import reverse

from tomoshibi.documents import render
from tomoshibi.facilities import near, queries, sketches, upkeep
from tomoshibi.facilities.hazards import coming, where_to_go
from tomoshibi.facilities.models import FacilityRow
from tomoshibi.facilities.plan_words import (
    AT_LEVEL_3,
    DUTIES,
    EXERCISES,
    FURTHER_METHODS,
    LESSONS,
    LEVELS,
    METHODS,
    OUTSIDE,
    SOURCES,
    STEPS,
    TEAMS,
)
from tomoshibi.facilities.upkeep_models import DrawingRow
from tomoshibi.facilities.upkeep_words import Drawn
from tomoshibi.facilities.words import Danger, Sign
from tomoshibi.facilities.workbook import PARTS, as_mapping, said, topics
from tomoshibi.journal import datasets, worlds
from tomoshibi.journal.messages import whole_address
from tomoshibi.places.models import SiteRow
from tomoshibi.places.queries import head_office, who_are_we
from tomoshibi.vocabulary import T


def teams(staff: int | None) -> list[tuple[T, int]]:
    """How ``staff`` people make the three teams, beside whoever is in charge: (team, people); 0 where nobody said.

    With one person everything is theirs; with two, one commands and listens and the other moves people.
    """
    command, info, move = (role.label for role in TEAMS)
    if staff == 1:
        return [(T(f"{command.ja}・{info.ja}・{move.ja}", f"{command.en}, {info.en}, {move.en}"), 1)]
    if staff == 2:
        return [(T(f"{command.ja}・{info.ja}", f"{command.en}, {info.en}"), 1), (move, 1)]
    small = max(1, staff // 6) if staff else 0
    return [(command, small), (info, small), (move, staff - 2 * small if staff else 0)]


def plan(site: SiteRow, profile: FacilityRow) -> bytes:
    """The plan as PDF, to be given to the municipality.

    Raises :class:`tomoshibi.documents.DocumentError` where it cannot be made.
    """
    title = T(f"{site.name} 避難確保計画", f"{site.name}: evacuation plan")
    data = {
        "name": site.name,
        "home": profile.home_word.label,
        "operator": profile.operator,
        "manager": profile.manager,
        "address": site.address,
        "phone": site.phone,
        "night": profile.night_phone,
        "made": profile.plan_made_on.isoformat() if profile.plan_made_on else "",
        "sections": list(sections(site, profile)),
        "sketches": {
            "surroundings": sketches.surroundings(site, profile, coming(site, profile)),
            "section": sketches.section(profile),
            "floors": sketches.floors(queries.residents(site.subject)),
        },
        "drawings": [
            {"title": row.title, "kind": row.drawn_word.label, "alt": row.title, "picture": picture}
            for row, picture in _drawings(site)
        ],
    }
    return render(
        "facilities/documents/plan.typ", data, title=title, created=worlds.now(), training=worlds.is_training()
    )


def _drawings(site: SiteRow) -> Iterator[tuple[DrawingRow, bytes]]:
    """Drawings with their pictures, photographs last; one whose file is not on this machine is told by its name."""
    rows = sorted(upkeep.drawings(site.subject), key=lambda row: list(Drawn).index(row.drawn_word))
    for row in rows:
        try:
            yield row, datasets.require(row.sha256).read_bytes()
        except datasets.DatasetError:
            yield row, b""


def sections(site: SiteRow, profile: FacilityRow) -> Iterator[dict[str, Any]]:
    """What stands in the plan: each section's title, paragraphs, points, table (heads and rows), and charts."""
    us = who_are_we()
    town = us.name if us else ""
    found = coming(site, profile)
    known = said(profile)
    sheltering = " ".join(filter(None, known.get("近所の人の受け入れ", ("", ""))))
    heads: tuple[T, ...]
    people = list(queries.residents(site.subject))
    yield _section(
        T("目的", "Purpose"),
        T(
            f"{site.name}にいる人の命を、洪水、土砂災害、津波などから守るため、誰が、いつ、何をするかを定める。",
            f"Who does what, and when, so that everybody at {site.name} survives flood, landslide and tsunami.",
        ),
    )
    yield _section(
        T("対象", "Scope"),
        T(
            "入所者、通いの利用者、職員、来ている家族や業者の全員に用いる。",
            "It holds for residents, day users, staff, visiting families and suppliers alike.",
        ),
    )
    heads = (T("誰が", "Who"), T("すること", "Task"))
    yield _section(T("責任", "Duties"), heads=heads, rows=DUTIES)
    decides = " ".join(filter(None, known.get("その場で決める人", ("", ""))))
    yield _section(
        T("決める人", "Who decides"),
        T(
            f"避難を決めるのは管理者（{profile.manager or '　　　　'}）。"
            "いないときや連絡がつかないときは、その場の責任者が決める。"
            f"{decides}",
            f"The manager ({profile.manager or '        '}) decides. Away or "
            f"out of touch, whoever is in charge on the spot does. {decides}",
        ),
        T(
            "市の知らせより前に避難してよい。避難して何も起こらなくても、責めない。",
            "The facility may leave before any order. Nobody is blamed for leaving when nothing happens.",
        ),
    )
    for part in PARTS[:3]:
        rows = [[label, value] for label, value in as_mapping(profile, part).items()]
        if rows:
            yield _section(_bare(part.title), heads=(T("項目", "Item"), T("内容", "Value")), rows=rows)
    if profile.lines("equipment"):
        heads = (T("設備", "Equipment"), T("様子", "State"), T("年の点検回数", "Checks a year"))
        yield _section(T("設備の点検", "Upkeep"), heads=heads, rows=profile.lines("equipment"))
    outside = T("登録された災害想定区域の外にある。", "The site lies outside the hazard zones entered.")
    yield _section(
        T("何が来るか、どこへ行くか", "What may come, and where to go"),
        *([] if found else [outside]),
        heads=(T("災害", "Danger"), T("区域", "Hazard zones"), T("行き先（良い順）", "Where to go, best first")),
        rows=[[c.danger.label, "、".join(c.areas) or "―", _list(where_to_go(c, profile))] for c in found],
    )
    places = near.safer(site, [c.danger for c in found])
    if places:
        heads = (
            T("近くの避難場所", "Places near by"),
            T("方角と距離（直線）", "Direction, straight distance"),
            T("同じ災害が及ぶか", "Reached by it"),
        )
        yield _section(
            T("近くのより安全な所", "Safer places near by"),
            heads=heads,
            rows=[
                [
                    n.site.name,
                    T(f"{n.towards.ja}へ {n.km:.1f} km", f"{n.km:.1f} km {n.towards.en}"),
                    _several([d.label for d in n.dangers])
                    if n.dangers
                    else T("及ばない（登録された区域では）", "no, by the zones entered"),
                ]
                for n in places
            ],
        )
    thresholds = list(_thresholds(profile))
    if thresholds:
        where = profile.gauge or profile.river
        yield _section(
            T("水位の目安", "River levels"),
            T(f"見る所: {where}", f"Gauge: {where}"),
            heads=(T("水位", "Level"), T("すること", "What to do")),
            rows=thresholds,
        )
    yield {
        **_section(T("体制", "Teams")),
        "charts": [_chart(T("昼", "By day"), profile.staff_day), _chart(T("夜", "At night"), profile.staff_night)],
        "heads": [T("班", "Team"), T("すること", "Task")],
        "rows": [[role.label, task] for role, task in TEAMS.items()],
    }
    yield _section(
        T("知らせの受け方と出し方", "How news comes and goes"),
        points=(
            T(
                f"{town}から: 施設へのメールとそのページ、防災行政無線、"
                "電話。気象庁、県、テレビ、ラジオは情報班が見続ける",
                f"From {town}: mail to the facility with its page, loudspeakers, telephone. "
                "The information team follows JMA, prefecture, television and radio",
            ),
            T(
                "受けたら: 情報班 → 指揮班 → 全職員（声と内線）",
                "On receipt: information team → command → all staff, by voice and house telephone",
            ),
            T(
                f"{town}へ: 前兆、被害、けが人、避難の開始と到着。どこで、"
                "何がどうなり、けが人は、いま何をしているかの順で伝える",
                f"To {town}: precursors, damage, injured, leaving, "
                "arrival; where, what, who is hurt, what is being done",
            ),
        ),
    )
    contacts = profile.lines("contacts")
    if contacts:
        heads = (T("区分", "Where"), T("名称", "Name"), T("電話", "Telephone"), T("FAX", "Fax"), T("メール", "E-mail"))
        yield _section(T("連絡先", "Contacts"), heads=heads, rows=[[*c, *[""] * 5][:5] for c in contacts])
    yield _section(
        T("段階ごとにすること", "What is done at each step"),
        heads=(T("知らせ・できごと", "What is heard"), T("すること", "What is done")),
        rows=STEPS,
        points=[T(f"レベル3で（{i}）{x.ja}", f"At level 3 ({i}): {x.en}") for i, x in enumerate(AT_LEVEL_3, 1)],
    )
    yield _section(
        T("前兆", "Precursors"),
        T("一つでも見たら、知らせを待たずに避難する。", "On any one of these, leave without waiting."),
        points=[T(f"{s.danger.label.ja}: {s.label.ja}", f"{s.danger.label.en}: {s.label.en}") for s in Sign],
    )
    yield _section(
        T("運び方", "How people are moved"),
        heads=(T("移動の方法", "How moved"), T("人数", "People"), T("運び方", "Means")),
        rows=[
            *([m.label, str(sum(r.moves == m for r in people)) if people else "", text] for m, text in METHODS.items()),
            *([label, "", text] for label, text in FURTHER_METHODS),
        ],
        points=(
            T(
                "服装: 動きやすい服、脱げない靴、帽子かヘルメット。冬は上着と毛布、雨は雨具。夜は反射材と明かり",
                "Clothes: easy to move in, shoes that stay on, hat or helmet;"
                " coat and blanket in winter, rain gear; lights at night",
            ),
            T(f"道: {profile.route or '別紙の図'}", f"Route: {profile.route or 'see the drawing'}"),
            *([T(f"難しい所: {profile.transfer}", f"Difficulties: {profile.transfer}")] if profile.transfer else []),
            *(
                [T(f"屋内の安全な場所: {profile.upstairs}", f"Safe place indoors: {profile.upstairs}")]
                if profile.upstairs
                else []
            ),
        ),
    )
    yield _section(
        T("施設の外へ避難するとき", "Leaving the premises"),
        points=(
            *OUTSIDE,
            T(
                "入所者の一覧と引き渡しカードを持って出る（氏名、"
                "住所、家族の連絡先、要介護度、既往歴、服薬、食事形態）",
                "The list and hand-over cards go along: name, address, family, care need, history, medicine, food",
            ),
            T(
                "出る前、建物を出たとき、途中、着いたときに点呼する。行き先と人数を書き残す",
                "Count before leaving, at the door, on the way, on arrival; destination and numbers are written down",
            ),
            T(
                "職員は、避難先ごとに入所者の数に合わせて分かれる",
                "Staff divide among destinations by the number of residents",
            ),
            T("入口に行き先、人数、連絡先を貼る", "The door says where, how many, whom to call"),
        ),
    )
    yield _section(
        T("近所との助け合い", "Neighbours"),
        points=(
            T(
                f"手伝ってくれる人: {profile.helpers or '（相談中）'}",
                f"Who helps: {profile.helpers or '(being talked over)'}",
            ),
            T(
                f"近所の人が逃げてくるとき（居室と分ける）: {sheltering or '（場所と人数は未定）'}",
                f"Where neighbours shelter here, apart from the residents: {sheltering or '(not settled)'}",
            ),
        ),
    )
    for part in PARTS[3:6]:
        rows = [[t, *_who(known.get(t.ja))] for t in part.topics]
        yield _section(
            _bare(part.title), heads=(T("こと", "What"), T("誰が", "Who"), T("どのように", "How")), rows=rows
        )
    own = [[name, *_who(pair)] for name, pair in known.items() if name not in topics()]
    if own:
        yield _section(
            T("そのほか", "Further"), heads=(T("こと", "What"), T("誰が", "Who"), T("どのように", "How")), rows=own
        )
    yield from _stores(site, profile)
    yield _section(
        T("教育と訓練", "Education and drills"),
        T(
            "雨の多い時期と台風の前、1月に、職員に次のことを教え、続けて訓練する。訓練のあとで話し合い、この計画を直す。",
            "Before the rainy season and typhoons, and in January, staff are taught and then drill; afterwards all "
            "talk it over, and the plan is mended.",
        ),
        points=[
            *(T(f"教える: {x.ja}", f"Taught: {x.en}") for x in LESSONS),
            *(T(f"訓練する: {x.ja}", f"Drilled: {x.en}") for x in EXERCISES),
        ],
        heads=(T("いつ", "When"), T("内容", "What"), T("ふり返り", "Review")),
        rows=[[*d, *[""] * 3][:3] for d in profile.lines("drills")],
    )
    yield from _drilled(site)


def _drilled(site: SiteRow) -> Iterator[dict[str, Any]]:
    """The drills that were held, and what is still to be mended."""
    rows = [r for r in upkeep.drills(site.subject) if r.held_on][:6]
    if not rows:
        return
    heads = (
        T("実施日", "Held on"),
        T("想定", "Scenario"),
        T("全員が出るまで", "All out"),
        T("分かったこと", "What it showed"),
    )
    mends = [
        T(
            f"改善すること: {m['text']}（{m['owner']}、期限 {m['due'] or '未定'}）",
            f"To be improved: {m['text']} ({m['owner']}, due {m['due'] or 'not settled'})",
        )
        for _, m in upkeep.open_mends(site.subject)
    ]
    yield _section(
        T("行った訓練", "Drills held"),
        points=mends,
        heads=heads,
        rows=[
            [
                str(r.held_on),
                r.title,
                T(f"{r.out_min}分", f"{r.out_min} min") if r.out_min is not None else "",
                r.went_wrong,
            ]
            for r in rows
        ],
    )


def _stores(site: SiteRow, profile: FacilityRow) -> Iterator[dict[str, Any]]:
    rows = [[r.item, r.quantity, str(r.best_before or ""), r.place] for r in upkeep.stock(site.subject)]
    if not rows:
        return
    heads = (T("品名", "Item"), T("数量", "Quantity"), T("期限", "Best before"), T("置き場所", "Place"))
    found = [last for last in upkeep.lasts(site.subject, profile) if last.days]
    told = (
        [
            T(
                f"{found[0].people}人で、" + "、".join(f"{x.stored.label.ja} {x.days:g}日" for x in found) + "。",
                f"For {found[0].people} people: "
                + ", ".join(f"{x.stored.label.en.lower()} {x.days:g} days" for x in found)
                + ".",
            )
        ]
        if found
        else []
    )
    yield _section(T("備蓄と持ち出し品", "Stores"), *told, heads=heads, rows=rows)


def poster(site: SiteRow, profile: FacilityRow) -> bytes:
    """One page for the wall: when we leave, where to, who decides, what precursors are, whom to call."""
    office = head_office()
    data = {
        "name": site.name,
        "levels": LEVELS,
        "destination": profile.destination,
        "route": profile.route,
        "upstairs": profile.upstairs,
        "dangers": [[c.danger.label, where_to_go(c, profile)[0]] for c in coming(site, profile)],
        "signs": [[d.label, [s.label for s in Sign if s.danger is d]] for d in (Danger.LANDSLIDE, Danger.FLOOD)],
        "levels_of_river": list(_thresholds(profile)),
        "gauge": profile.gauge or profile.river,
        "manager": profile.manager,
        "phones": [
            [T("消防・救急", "Fire, ambulance"), "119"],
            *([[T("市の災害対策本部", "The town's headquarters"), office.phone]] if office and office.phone else []),
            *([[T("管理者・夜間", "Manager, at night"), profile.night_phone]] if profile.night_phone else []),
        ],
    }
    title = T(f"{site.name} 避難の約束", f"{site.name}: how we leave")
    return render(
        "facilities/documents/poster.typ", data, title=title, created=worlds.now(), training=worlds.is_training()
    )


def leaflet(site: SiteRow, profile: FacilityRow | None) -> bytes:
    """The three steps for the manager, filled in for this facility, on one page."""
    us, office = who_are_we(), head_office()
    found = coming(site, profile)
    town = us.name if us else ""
    data = {
        "name": site.name,
        "town": town,
        "phone": office.phone if office else "",
        "dangers": [[c.danger.label, "、".join(c.areas), where_to_go(c, profile)] for c in found],
        "destination": profile.destination if profile else "",
        "route": profile.route if profile else "",
        "upstairs": profile.upstairs if profile else "",
        "email": (profile.email if profile else "") or site.email,
        "near": [n.text for n in near.safer(site, [c.danger for c in found]) if not n.dangers],
        "sources": [
            [
                T(f"{town}の避難情報のページ", f"{town}: evacuation information"),
                whole_address(reverse("publishing:public")),
            ],
            *SOURCES,
        ],
        "levels": LEVELS,
    }
    title = T("命を守る三つの手順", "Three steps that save lives")
    return render(
        "facilities/documents/leaflet.typ", data, title=title, created=worlds.now(), training=worlds.is_training()
    )


def _section(
    title: T, *paragraphs: T, points: Iterable[T] = (), heads: Iterable[T] = (), rows: Iterable[Any] = ()
) -> dict[str, Any]:
    rows = [list(row) for row in rows]
    told: dict[str, Any] = {"title": title, "paragraphs": list(paragraphs), "points": list(points), "charts": []}
    return {**told, "heads": list(heads) if rows else [], "rows": rows}


def _chart(label: T, staff: int | None) -> dict[str, Any]:
    number = T(f"{staff}人", f"{staff} people") if staff else T("　人", "    people")
    note = T("", "")
    if staff == 1:
        note = T(
            "一人で三つの役をする。119と近所にすぐ助けを頼む",
            "One person does all three, and calls 119 and neighbours at once",
        )
    elif staff == 2:
        note = T(
            "一人が指揮と情報、もう一人が誘導。近所にすぐ助けを頼む",
            "One commands and listens, the other moves people; neighbours are called at once",
        )
    boxes = [[team, T(f"{n}人", f"{n}") if n else T("　人", "    ")] for team, n in teams(staff)]
    return {"label": label, "number": number, "boxes": boxes, "note": note}


def _thresholds(profile: FacilityRow) -> Iterator[list[Any]]:
    if profile.river_m is not None:
        yield [f"{profile.river_m:g} m", T("ふだんの水位", "Ordinary level")]
    if profile.bridge_m is not None:
        yield [
            f"{profile.bridge_m:g} m",
            T("橋が通行止めになる。これより前に渡り終える", "The bridge closes: be across before"),
        ]
    if profile.danger_m is not None:
        yield [f"{profile.danger_m:g} m", T("氾濫危険水位。これより前に避難を終える", "Danger level: be away before")]


def _who(pair: tuple[str, str] | None) -> tuple[str | T, str]:
    return pair or (T("（未定）", "(not settled)"), "")


def _several(labels: list[T]) -> T:
    return T("、".join(x.ja for x in labels), ", ".join(x.en for x in labels))


def _list(lines: list[T]) -> T:
    return T(
        "\n".join(f"{i}. {x.ja}" for i, x in enumerate(lines, 1)),
        "\n".join(f"{i}. {x.en}" for i, x in enumerate(lines, 1)),
    )


def _bare(title: T) -> T:
    return T(title.ja.partition(" ")[2], title.en.partition(" ")[2])
