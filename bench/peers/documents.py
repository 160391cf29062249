"""The pages of ``bench/documents.py`` by WeasyPrint: median seconds of one document, as JSON.

Same text, same fonts, foot with page numbers; fonts and style are loaded once, as a server would.
"""

import itertools
import json
import sys
import time
from statistics import median

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

FOOT = "印刷 令和8年11月22日 11:32 (2026-11-22T11:32:00+09:00)\\A 記録簿の先頭ハッシュ " + "5e88f1a2" * 8
STYLE = f"""
@page {{ size: A4; margin: 25mm 17mm 24mm;
  @bottom-left {{ content: "{FOOT}"; white-space: pre; font-size: 6pt }}
  @bottom-right {{ content: counter(page) " / " counter(pages) }} }}
body {{ font-family: "IPAexGothic"; font-size: 9pt }}
body.certificate {{ font-family: "IPAexMincho"; font-size: 11pt }}
h1 {{ font-size: 15pt; font-weight: normal }}
table {{ border-collapse: collapse; width: 100% }}
td, th {{ border: 0.5pt solid; padding: 4pt; text-align: left }}
.name {{ font-family: "IPAmjMincho", "IPAexMincho" }}
.right {{ text-align: right }}
"""
CONFIG = FontConfiguration()
SHEET = CSS(string=STYLE, font_config=CONFIG)
SERIAL = itertools.count(1)


def certificate() -> str:
    n = next(SERIAL)
    fields = [
        ("整理番号", f"{n:06}", ""),
        ("世帯主住所", f"中央区本町一丁目{n}番地", ""),
        ("世帯主氏名", f"葛\U000e0100城 太郎{n}", "name"),
        ("世帯員", f"葛\U000e0100城 花子、葛\U000e0100城 次郎{n}", "name"),
        ("罹災原因", "令和8年11月22日の西部地震による", ""),
        ("被災住家の所在地", f"南区緑町二丁目{n}番地", ""),
        ("住家の被害の程度", "大規模半壊", ""),
        ("備考", "第二次調査による", ""),
    ]
    cells = "".join(f"<tr><td>{k}</td><td class='{c}'>{v}</td></tr>" for k, v, c in fields)
    text = "上記のとおり、災害により住家が被害を受けたことを証明する。" * 4
    return f"""<html lang=ja><title>罹災証明書</title><body class=certificate><h1>罹災証明書</h1><p class=right>第 {n}
    号</p> <table>{cells}</table><p>{text}</p><p>この証明書は申請第{n}号により交付する。</p>
    <p>令和8年11月22日</p><p class=right>市長 山田 一郎</p></body></html>"""


def timeline() -> str:
    n = next(SERIAL)
    cells = "".join(
        f"<tr><td>{i % 24:02}:32</td><td>南小学校体育館{i}</td>"
        f"<td>避難者{n}人を受け入れ、毛布と飲料水を配った。続いて受付を二か所に増やした({i})。</td>"
        f"<td class=name>渡邉\U000e010f 太郎</td><td>{'後日記入' if i % 7 == 0 else ''}</td></tr>"
        for i in range(40)
    )
    head = "<tr><th>時刻</th><th>場所</th><th>内容</th><th>記録者</th><th>印</th></tr>"
    return f"""<html lang=ja><title>クロノロジー</title><body><h1>クロノロジー</h1>
    <table><thead>{head}</thead><tbody>{cells}</tbody></table></body></html>"""


def main() -> None:
    page = {"certificate": certificate, "timeline": timeline}[sys.argv[1]]
    times = []
    for turn in range(9):
        start = time.perf_counter()
        made = HTML(string=page()).write_pdf(stylesheets=[SHEET], font_config=CONFIG)
        if turn >= 2:
            times.append(time.perf_counter() - start)
    if not made.startswith(b"%PDF"):
        raise SystemExit("no PDF was made")
    print(json.dumps({"seconds": median(times)}))


main()
