"""Which columns of which sheets the plan's chapters show, and how wide: the layout of :mod:`.plan_book`."""

from __future__ import annotations

from tomoshibi.continuity.plan_words import Chapter

#: tables by chapter: the sheet, and its columns with their shares of the width
COLUMNS: dict[Chapter, tuple[tuple[str, tuple[tuple[str, float], ...]], ...]] = {
    Chapter.SCOPE: (("被害想定", (("threat", 1.2), ("cause", 1.4), ("assumed", 4), ("outage_hours", 0.8))),),
    Chapter.PRESENT: (
        (
            "情報システム一覧",
            (("code", 0.6), ("name", 3), ("business", 2.2), ("section", 1.2), ("vendor", 1.8), ("net_zone", 1.5)),
        ),
        ("データ", (("code", 0.7), ("name", 2.5), ("section", 1.5), ("place", 2))),
        ("庁舎", (("code", 0.7), ("name", 2.2), ("building_weakness", 2.5), ("place_weakness", 2))),
        (
            "機器設置場所",
            (
                ("code", 0.6),
                ("name", 2),
                ("item_kind", 1.1),
                ("place", 1.6),
                ("room", 1.3),
                ("fixing", 1),
                ("place_weakness", 1.4),
            ),
        ),
        ("電力・通信", (("code", 0.6), ("name", 2.2), ("item_kind", 1.4), ("ends", 2.8), ("note", 2.4))),
        (
            "外部事業者",
            (("code", 0.6), ("name", 2), ("business", 1.8), ("area", 1.8), ("phone", 1.3), ("contact", 1.8)),
        ),
        (
            "契約の内容",
            (("item", 2), ("vendor_item", 2), ("covers", 3), ("disaster_clause", 0.9), ("contract_until", 1.1)),
        ),
    ),
    Chapter.RISKS: (
        (
            "リスク",
            (
                ("code", 0.6),
                ("name", 1.8),
                ("threat", 1),
                ("cause", 1.3),
                ("place", 1.2),
                ("consequence", 3),
                ("level", 0.6),
                ("yearly", 0.7),
                ("outage_hours", 0.7),
            ),
        ),
        (
            "対策",
            (
                ("code", 0.6),
                ("name", 2.6),
                ("risks", 2.2),
                ("owner", 1.2),
                ("state", 1),
                ("due", 1.1),
                ("cost_yen", 1.1),
            ),
        ),
    ),
    Chapter.IMPACT: (
        (
            "復旧の見積り",
            (
                ("item", 2.4),
                ("recovery_min", 0.8),
                ("recovery_likely", 0.8),
                ("recovery_max", 0.8),
                ("crew", 1.4),
                ("crew_size", 0.6),
                ("vendor_needed", 2),
                ("parts_hours", 0.8),
                ("work_order", 0.6),
            ),
        ),
        ("復旧の見積り", (("item", 3), ("battery_minutes", 1.2), ("fuel_hours", 1.2), ("load_tested", 1.6))),
        (
            "必要最小資源",
            (
                ("service", 2.4),
                ("name", 1.4),
                ("hours_3", 0.7),
                ("day_1", 0.7),
                ("days_3", 0.7),
                ("week_1", 0.7),
                ("note", 1.6),
            ),
        ),
    ),
    Chapter.BACKUP: (
        (
            "バックアップ",
            (
                ("item", 1.4),
                ("name", 1.2),
                ("every_hours", 0.7),
                ("media", 1.3),
                ("place", 1.4),
                ("elsewhere", 1.5),
                ("generations", 0.6),
                ("keeper", 1.1),
                ("restore_tested", 1.1),
            ),
        ),
    ),
    Chapter.ROLES: (
        (
            "復旧要員",
            (("name", 2), ("people", 0.8), ("arrival_min", 1), ("arrival_likely", 1), ("arrival_max", 1), ("note", 2)),
        ),
    ),
    Chapter.RESPONSE: (
        (
            "参集ルール",
            (("name", 1.4), ("occasion", 2.4), ("members", 1), ("sections", 2), ("posture", 1), ("gather_at", 1.6)),
        ),
        ("被害チェックシート", (("name", 1.6), ("where", 1), ("how", 3.2), ("who", 1.3))),
        (
            "協定",
            (
                ("name", 2.2),
                ("agreement_kind", 1.2),
                ("partner", 1.2),
                ("content", 2.8),
                ("since", 1.1),
                ("contact", 1.1),
            ),
        ),
        (
            "端末・プリンタの貸出・借用",
            (
                ("name", 1.6),
                ("direction", 0.7),
                ("count", 0.6),
                ("partner", 1.6),
                ("place", 1.6),
                ("since", 1.1),
                ("until", 1.1),
                ("returned", 1.1),
            ),
        ),
    ),
    Chapter.OPERATION: (
        (
            "訓練計画",
            (("name", 1.6), ("outline", 3), ("who", 1.8), ("every_months", 0.8), ("last_held", 1.1), ("planned", 1.1)),
        ),
        ("紙の計画書の保管", (("holder", 2.4), ("where", 2), ("edition", 0.6), ("given", 1.1), ("returned", 1.1))),
    ),
    Chapter.TERMS: (("用語集", (("name", 1.2), ("meaning", 4))),),
}
