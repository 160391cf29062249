"""What every facility's plan says, in our words: duties, teams, steps, ways of moving people, lessons, exercises.

After the ministries' guidance on evacuation plans of facilities for those who need care (避難確保計画).
"""

from __future__ import annotations

from tomoshibi.facilities.words import Moves, Role
from tomoshibi.vocabulary import T

#: what each team does
TEAMS: dict[Role, T] = {
    Role.COMMAND: T(
        "責任者を助け、各班に指示する。人数と時刻を書き留める",
        "Helps whoever is in charge, directs the teams, writes down numbers and times",
    ),
    Role.INFO: T(
        "気象、水位、避難の知らせを聞いて伝える。前兆と被害を市に知らせる",
        "Follows weather, river and orders; tells the town of precursors and damage",
    ),
    Role.MOVE: T(
        "入所者を安全な所へ移す。出る前、途中、着いてから点呼する",
        "Moves residents to safety; counts before, on the way and after",
    ),
}
#: how a person who moves so is brought out: by lift while it runs, and by stairs
METHODS: dict[Moves, T] = {
    Moves.WALKS: T("歩いて。職員が列の前と後ろにつく", "On foot, with staff in front and behind"),
    Moves.ASSISTED: T("手を引いて。階段は一段ずつ、職員が下側に立つ", "By the hand; on stairs staff stand below"),
    Moves.WHEELCHAIR: T(
        "車いすで。階段は板のスロープか、3人以上で抱える", "By wheelchair; on stairs with a board, or carried by three"
    ),
    Moves.STRETCHER: T(
        "担架か、ベッドのまま。階段は布担架か背負い",
        "By stretcher or in bed; on stairs by cloth stretcher or on the back",
    ),
}
#: what is done at each step: (what is heard, what is done)
STEPS: tuple[tuple[T, T], ...] = (
    (
        T("台風・大雪の見込み（1日以上前）", "A typhoon or heavy snow is expected (a day or more before)"),
        T(
            "夜の職員を増やす。通所と外出を休みにする。役割、連絡網、車、薬と食べ物を確かめる。早く移る人を決める",
            "More staff at night; no day care, no outings; tasks, call tree, "
            "cars, medicine and food checked; who moves early is decided",
        ),
    ),
    (
        T("注意報・警報、レベル2", "Advisory or warning, level 2"),
        T(
            "情報班が動き始める。危ない側の部屋を空ける。持ち出す物を出口に置く",
            "Information team begins; rooms on the dangerous side are emptied; bags by the exit",
        ),
    ),
    (
        T("高齢者等避難、レベル3", "Level 3: the elderly leave"),
        T(
            "全員の避難を始める。点呼、119と市への連絡、家族への知らせ、貼り紙",
            "Everybody leaves: count, tell 119 and town, tell families, sign on the door",
        ),
    ),
    (
        T("避難指示、レベル4", "Level 4: everyone leaves"),
        T(
            "まだなら、すぐ全員で避難する。道が危なければ近くの建物か上の階へ",
            "Whoever is still here leaves at once; where the way is dangerous, near building or upstairs",
        ),
    ),
    (
        T("緊急安全確保、レベル5", "Level 5: save lives"),
        T(
            "外へ出ない。少しでも高く、崖と川から離れた部屋へ。消防に人数と部屋を伝える",
            "Nobody goes out; as high as possible, away from slope and river; tell the fire brigade how many and where",
        ),
    ),
    (
        T("前兆を見た、聞いた", "A precursor is seen or heard"),
        T(
            "知らせを待たない。その場の責任者の判断で、すぐ避難する",
            "Do not wait: whoever is in charge on the spot decides, and all leave at once",
        ),
    ),
)
LEVELS: tuple[tuple[str, T, T], ...] = (
    (
        "3",
        T("高齢者等避難", "The elderly and those who need care leave"),
        T("この施設は、ここで避難を始めます", "This facility leaves now"),
    ),
    (
        "4",
        T("避難指示", "Everyone leaves the dangerous places"),
        T("残っている人も全員避難します", "Nobody stays behind"),
    ),
    (
        "5",
        T("緊急安全確保", "Disaster is here or very near"),
        T("外へ出ず、高く、崖と川から離れた部屋へ", "Stay in: high, away from slope and river"),
    ),
)
#: who answers for what
DUTIES: tuple[tuple[T, T], ...] = (
    (
        T("管理者", "Manager"),
        T(
            "この計画に責任を持ち、職員を率いて全員の命を守る。気象と避難の知らせを早く受けられるようにし、職員に行き渡らせる",
            "Answers for this plan and leads the staff so that everybody lives; sees that warnings arrive early and "
            "reach all staff",
        ),
    ),
    (
        T("職員", "Staff"),
        T(
            "管理者かその場の責任者の指示で、決められた役割を果たす。危険に気づいたら、指示を待たずに知らせる",
            "Do their tasks as the manager, or whoever is in charge, says; tell of a danger without being asked",
        ),
    ),
    (
        T("入所者・利用者・来訪者", "Residents, users, visitors"),
        T("職員の案内で避難する", "Leave as the staff lead them"),
    ),
)
#: what is done when level 3 is heard, in this order
AT_LEVEL_3: tuple[T, ...] = (
    T("その場の責任者が対策本部を置き、班を組む", "Whoever is in charge sets up a headquarters and forms the teams"),
    T("全職員に知らせ、休みの職員を呼ぶ", "All staff are told; those off duty are called in"),
    T("一人ひとりの避難の方法と行き先を確かめる", "For each person, how and where to is checked"),
    T("近くの施設と地域の様子を聞く", "Neighbouring facilities and the neighbourhood are asked how things are"),
    T("建物、設備、まわりに危険がないかを見る", "Building, equipment and surroundings are looked over"),
    T("職員と入所者の無事を確かめ、点呼する", "Everybody is counted, and asked whether they are well"),
    T(
        "避難を始める。まだ動けないときは、いつでも出られるようにして待つ",
        "Everybody leaves; if not yet, all stand ready",
    ),
)
#: ways of moving people that go with any of the others
FURTHER_METHODS: tuple[tuple[T, T], ...] = (
    (
        T("背負う・抱える", "Carried"),
        T(
            "道具がないとき。一人なら背負い、二人なら腕を組んで抱える",
            "Where there is nothing else: on the back, or by two",
        ),
    ),
    (
        T("上の階へ", "Upstairs"),
        T(
            "外へ出るほうが危ないとき。エレベーターが動く間は車いす・寝台のまま、止まったら布担架か背負いで、動けない人から",
            "Where going out is worse: by lift in chair or bed while it runs, then by cloth stretcher or on the back; "
            "those who cannot move go first",
        ),
    ),
)
#: when everybody leaves the premises, rather than going to a safe room in them
OUTSIDE: tuple[T, ...] = (
    T(
        "建物の中に安全な所がないとき、建物が壊れるおそれがあるとき",
        "When no place in the house is safe, or the house may fail",
    ),
    T(
        "行き先は決めてある避難先。市の指示があればそれに従い、受け入れを申し出た施設へも分かれて行く",
        "To the destination that is settled, or where the town says; some go to facilities that offer beds",
    ),
)
#: what staff are taught
LESSONS: tuple[T, ...] = (
    T(
        "この場所の危険、近くで起きた災害とその教訓",
        "The dangers of this place, what happened near by, and what it taught",
    ),
    T("土砂災害と氾濫の前兆", "Precursors of landslide and flood"),
    T("知らせの種類、どこからどう届き、誰にどう伝えるか", "Kinds of news, how they come, whom to tell and how"),
    T(
        "避難を決めるのは誰か。管理者に連絡がつかないとき、その場の責任者が知らせを待たずに決めること",
        "Who decides; that whoever is in charge decides without waiting when the manager cannot be reached",
    ),
    T("安全な避難先と、そこを選んだ理由", "Safe destinations, and why they were chosen"),
    T("誰が誰をどう運ぶか、班と役割、駆けつけの決まり", "Who moves whom and how; teams, tasks, who comes in"),
)
#: what is drilled
EXERCISES: tuple[T, ...] = (
    T("知らせを受け、伝え、外へ知らせる", "News is taken in, passed on, and sent out"),
    T("避難を決める。前兆だけで決める場合も", "Leaving is decided on, also on precursors alone"),
    T("誘導する。誰をどこへ、服装も確かめる", "People are led: whom, where, dressed how"),
    T("要介護度に合わせて運ぶ。階段でも", "People are moved by what care they need, on stairs as well"),
)
#: where news comes from, beside the town: what, and where to look
SOURCES: tuple[tuple[T, T], ...] = (
    (
        T("防災行政無線、広報車、緊急速報メール", "Loudspeakers, cars, emergency mail to phones"),
        T(
            "夜は窓を閉めると聞こえにくい。電話の音を消さない",
            "Hard to hear behind closed windows: leave the telephone's sound on",
        ),
    ),
    (
        T("気象庁（警報、台風、キキクル）", "JMA (warnings, typhoons, Kikikuru)"),
        T("www.jma.go.jp/bosai", "www.jma.go.jp/bosai"),
    ),
    (T("国土交通省 川の防災情報（水位）", "River levels (MLIT)"), T("www.river.go.jp", "www.river.go.jp")),
    (
        T("テレビのデータ放送、ラジオ", "Television (data button), radio"),
        T("停電のときは電池のラジオ", "In a power cut a radio with batteries"),
    ),
)
