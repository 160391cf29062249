"""The shell and the generic pages, asked as a browser asks: worlds, moments, languages, roles, logged readings."""

from __future__ import annotations

import gzip
import io
import re
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from django.contrib.auth.models import User
from django.templatetags.static import static
from django.test import Client

from tests.toys.facts import Box, BoxDescribed, BoxMoved
from tomoshibi.journal import facts, links, navigation, nodes, queries, worlds
from tomoshibi.journal.access import Actor, grant, system
from tomoshibi.journal.accounts import managing
from tomoshibi.journal.accounts.models import Account, Reading
from tomoshibi.journal.facts import Fact, field
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.states import Register, Subject
from tomoshibi.vocabulary import T

pytestmark = pytest.mark.django_db(databases=["default", "training"])
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
BOX = Box.ref("a-box")


class Resident(Subject):
    """Somebody whose record is private."""

    type = "toys.resident"
    label = T("住民", "Resident")
    zone = "resident"
    reading = "toyresidents.read"
    name = Register[str](T("氏名", "Name"), "")

    def title(self) -> str:
        return self.name.value

    def search(self) -> str:
        return self.name.value


class ResidentNamed(Fact):
    kind = "toys.resident_named"
    subject = Resident
    label = T("住民の登録", "Resident named")
    name: str = field(T("氏名", "Name"))


class Drawer(Subject):
    """Something that belongs to one site."""

    type = "toys.drawer"
    label = T("引き出し", "Drawer")
    name = Register[str](T("名前", "Name"), "")
    place = Register[str](T("場所", "Place"), "")

    def title(self) -> str:
        return self.name.value

    def search(self) -> str:
        return self.name.value

    def site(self) -> str:
        return self.place.value


class DrawerNamed(Fact):
    kind = "toys.drawer_named"
    subject = Drawer
    label = T("引き出しの登録", "Drawer named")
    name: str = field(T("名前", "Name"))
    place: str = field(T("場所", "Place"), "")


grant("clerk", "toyresidents.read", "journal.read")
PERSON = Resident.ref("somebody")


@pytest.fixture(autouse=True)
def towns():
    for world in ("default", "training"):
        with worlds.inhabit(world):
            nodes.found("desk")


@pytest.fixture
def client_of():
    def make(login: str, *roles: str, **options) -> Client:
        if not managing.exists(login):
            managing.add(login, login, roles, password="x")
        client = Client(**options)
        client.force_login(User.objects.get(username=login), backend=BACKEND)
        return client

    return make


def put(fact: Fact, subject: str = BOX, **more):
    return record(Draft(fact, subject, **more), system("test"))[0]


def test_nobody_sees_anything_without_signing_in():
    put(BoxDescribed(name="箱"))
    for path in ("/", "/journal/", "/conflicts/", "/search/?q=箱", f"/subject/{BOX}/", "/record/toys.box_moved/new/"):
        answer = Client().get(path)
        assert answer.status_code == 302 and answer.url.startswith("/accounts/login/?next="), path
    assert Client().get(f"/training/subject/{BOX}/").url.startswith("/training/accounts/login/?next=/training/subject/")


def test_nobody_signs_up():
    answer = Client().post(
        "/accounts/signup/", {"username": "me", "password1": "lamp-in-dark", "password2": "lamp-in-dark"}
    )
    assert User.objects.count() == 0
    assert answer.status_code == 200


def test_the_two_worlds_are_apart_in_every_link(client_of):
    client = client_of("admin", "administrator")
    put(BoxDescribed(name="本番の箱"))
    with worlds.inhabit("training"):
        put(BoxDescribed(name="訓練の箱"))
    real, training = client.get("/journal/").content.decode(), client.get("/training/journal/").content.decode()
    assert "本番の箱" in real and "訓練の箱" not in real and 'class="band"' not in real
    assert "訓練の箱" in training and "本番の箱" not in training and 'class="band"' in training
    addresses = re.findall(r'(?:href|action|hx-get|sse-connect)="(/[^"]*)"', training)
    inside = [h for h in addresses if not h.startswith(("/static/", "/manifest."))]
    assert [h for h in inside if not h.startswith("/training/")] == ["/"]  # the way back to the real world
    assert 'sse-connect="/training/events?after=1"' in training
    assert client.get("/training").url == "/training/"
    form = {"subject": Box.ref("drill"), "name": "訓練"}
    client.post("/training/record/toys.box_described/new/", form)
    assert EntryRow.objects.count() == 1
    with worlds.inhabit("training"):
        assert EntryRow.objects.count() == 2


def test_a_file_of_the_training_world_says_so_by_its_name_and_on_its_sheet(client_of):
    client = client_of("honbu", "headquarters")
    for form in ("xlsx", "csv", "pdf"):
        real, drill = (client.get(f"{world}/places/sites/?as={form}") for world in ("", "/training"))
        assert real["Content-Disposition"] == f'attachment; filename="sites.{form}"'
        assert drill["Content-Disposition"] == f'attachment; filename="training-sites.{form}"'
    names = [
        openpyxl.load_workbook(io.BytesIO(client.get(f"{world}/places/sites/?as=xlsx").content)).sheetnames
        for world in ("", "/training")
    ]
    assert [name.startswith("【訓練】") for (name,) in names] == [False, True]


def test_every_page_can_be_seen_as_it_was(client_of):
    client = client_of("admin", "administrator")
    first = put(BoxDescribed(name="箱", colour="赤"))
    put(BoxDescribed(colour="青"))
    page = client.get(f"/asof/{first.pos}/subject/{BOX}/").content.decode()
    assert "赤" in page and "青" not in page and "時点" in page
    assert f'href="/subject/{BOX}/"' in page  # back to now
    links = [h for h in re.findall(r'href="(/[^"]*)"', page) if "/record/" in h or "/journal/" in h]
    assert links and all(h.startswith(f"/asof/{first.pos}/") for h in links)
    soon = (datetime.now(UTC) + timedelta(days=1)).astimezone().strftime("%Y-%m-%dT%H:%M")
    assert "青" in client.get(f"/asof/{soon}/subject/{BOX}/").content.decode()
    assert client.get(f"/asof/2011-03-11T14:46/subject/{BOX}/").status_code == 404  # nothing was known then
    assert client.get("/asof/2011-03-11T14:46/journal/").status_code == 200
    for nonsense in ("99999", "yesterday", "2026-13-01T00:00"):
        assert client.get(f"/asof/{nonsense}/journal/").status_code == 404
    sent = client.post(f"/asof/{first.pos}/record/toys.box_moved/{BOX}/", {"subject": BOX, "place": "過去"})
    assert sent.status_code == 405
    assert EntryRow.objects.count() == 2
    chosen = client.get("/look-back/", {"at": "2026-11-22T14:00", "path": "/journal/", "query": "q=a"})
    assert chosen.url == "/asof/2026-11-22T14:00/journal/?q=a"


def test_the_language_is_the_browsers_choice_then_the_accounts_then_japanese(client_of):
    client = client_of("clerk", "clerk")
    Account.objects.update(language="en")
    assert "<h1>Conflicts</h1>" in client.get("/conflicts/").content.decode()
    answer = client.post("/preferences/", {"language": "ja", "next": "/conflicts/?x=1"})
    assert answer.url == "/conflicts/?x=1"
    assert "<h1>食い違い</h1>" in client.get("/conflicts/").content.decode()
    assert Account.objects.get().language == "ja"
    assert client.post("/preferences/", {"theme": "dark", "next": "https://elsewhere.example/"}).url == "/"
    assert 'data-theme="dark"' in client.get("/conflicts/").content.decode()
    assert 'lang="ja"' in Client().get("/accounts/login/").content.decode()


def test_readings_of_residents_are_kept_and_others_are_not(client_of):
    clerk = client_of("clerk", "clerk")
    put(ResidentNamed(name="山田 花子"), PERSON)
    put(BoxDescribed(name="箱"))
    clerk.get("/search/?q=山田")
    clerk.get(f"/subject/{PERSON}/")
    clerk.get("/journal/")
    clerk.get("/journal/journal.csv")
    clerk.get(f"/subject/{BOX}/")
    kept = list(Reading.objects.order_by("id").values_list("actor", "subject", "where"))
    assert {(a, s) for a, s, _ in kept} == {("user:clerk clerk", PERSON)}
    assert [w for _, _, w in kept] == [f"/subject/{PERSON}/", "/journal/", "/journal/journal.csv"]


def test_who_may_not_read_a_subject_finds_it_nowhere(client_of):
    put(ResidentNamed(name="山田 花子"), PERSON)
    put(BoxDescribed(name="箱"))
    other = client_of("headquarters", "headquarters")
    grant("headquarters", "journal.read")
    pages = [other.get(p) for p in ("/journal/", "/search/?q=山田", "/journal/journal.csv", "/conflicts/")]
    assert all(p.status_code == 200 and "花子" not in p.content.decode() for p in pages)
    assert "箱" in pages[0].content.decode()
    assert other.get(f"/subject/{PERSON}/").status_code == 403
    assert other.get(f"/record/toys.resident_named/{PERSON}/").status_code == 403
    assert Reading.objects.count() == 0


def test_the_top_of_every_page_tells_two_things_first_and_leads_nobody_where_they_may_not_go(client_of, monkeypatch):
    status = navigation.Status
    told = [
        lambda: status(T("地震", "Quake"), "/quake/", permission="toys.read"),
        lambda: None,
        lambda: status(T("期限", "Due"), "/due/", permission="people.read"),
        lambda: status(T("承認待ち", "To approve"), "/approve/", permission="toys.read", waits_for="toys.approved"),
    ]
    monkeypatch.setattr(navigation, "_statuses", told)
    grant("surveyor", "toys.read")
    grant("facility", "toys.approved")

    def top(client: Client) -> tuple[list[str], list[str]]:
        """What is shown at once, and the list of all."""
        text = client.get("/search/").content.decode()
        posture = text[text.index('<div class="posture">') : text.index('<p class="clock"')]
        return re.findall(r'class="status alert"(.*?)</', posture), re.findall(r"<li>(.*?)</li>", posture)

    assert top(client_of("surveyor", "surveyor")) == (
        [' href="/quake/">地震', ' href="/due/">期限'],
        ['<a href="/quake/">地震</a>', '<a href="/due/">期限</a>', '<a href="/approve/">承認待ち</a>'],
    )
    assert top(client_of("facility", "facility")) == ([">承認待ち", ">地震"], ["承認待ち", "地震", "期限"])


def test_a_subject_that_another_names_is_called_by_its_title(client_of):
    put(BoxDescribed(name="北の箱"))
    put(DrawerNamed(name="引き出し", place=BOX), Drawer.ref("named"))
    page = client_of("staff", "staff").get(f"/subject/{Drawer.ref('named')}/").content.decode().partition("<main")[2]
    assert page.count("北の箱") == 2 and BOX not in page  # as it is now, and where it was said
    assert page.count("自動") == 1, "the program itself is no name"


def test_who_may_not_record_is_told_so(client_of):
    put(BoxDescribed(name="箱"))
    client = client_of("surveyor", "surveyor")
    page = client.get(f"/record/toys.box_moved/{BOX}/")
    assert page.status_code == 403 and "箱の移動" in page.content.decode()
    sent = client.post(f"/record/toys.box_moved/{BOX}/", {"subject": BOX, "place": "倉庫"})
    assert sent.status_code == 403 and EntryRow.objects.count() == 1
    assert client.get("/record/toys.no_such_thing/new/").status_code == 404


def test_a_form_sent_twice_is_recorded_once_and_changed_content_is_not_lost(client_of):
    client = client_of("staff", "staff")
    sent = {"id": "2f1b6c52-5f5b-4d0e-8c6b-0d9d7f5b1a11", "subject": BOX, "after": "", "place": "倉庫"}
    for _ in range(2):
        assert client.post("/record/toys.box_moved/new/", sent).status_code == 303
    assert EntryRow.objects.count() == 1
    again = client.post("/record/toys.box_moved/new/", sent | {"place": "体育館"})
    assert again.status_code == 409 and "体育館" in again.content.decode()
    fresh = re.search(r'name="id" value="([^"]+)"', again.content.decode())[1]
    assert fresh != sent["id"]
    client.post("/record/toys.box_moved/new/", sent | {"place": "体育館", "id": fresh})
    assert [facts.decode(e.kind, 1, e.payload)[0].place for e in EntryRow.objects.order_by("pos")] == ["倉庫", "体育館"]


def test_after_recording_one_comes_back_but_only_to_this_server(client_of):
    client = client_of("staff", "staff")
    there = client.post("/record/toys.box_moved/new/", {"subject": BOX, "place": "1", "next": "/conflicts/"})
    assert there.url == "/conflicts/"
    away = client.post("/record/toys.box_moved/new/", {"subject": BOX, "place": "2", "next": "//elsewhere.example/"})
    assert away.url == f"/subject/{BOX}/"


def test_an_entry_whose_kind_is_unknown_is_shown(client_of, monkeypatch):
    put(BoxDescribed(name="箱"))
    put(BoxMoved(place="未来"))
    monkeypatch.delitem(facts._kinds, "toys.box_moved")
    with worlds.inhabit("default"):
        from tomoshibi.journal.projecting import rebuild

        rebuild()
    client = client_of("admin", "administrator")
    page = client.get(f"/subject/{BOX}/").content.decode()
    assert "unknown kind toys.box_moved" in page and "箱" in page
    assert "この版では読めない記録" in client.get("/conflicts/").content.decode()


def test_the_policy_and_the_headers_are_on_every_answer(client_of):
    client = client_of("admin", "administrator")
    for path in ("/journal/", "/accounts/login/", "/nothing/", "/training/conflicts/"):
        answer = client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "unsafe" not in policy, path
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        body = answer.content.decode()
        assert not re.search(r"<script(?![^>]*(?: src=|application/json))[^>]*>", body), path
        assert not re.search(r"<[^>]+ (style|on\w+)=", body), path
        assert not re.findall(r'(?:src|href|action)="https?://', body), path


def test_a_form_without_its_token_is_refused_with_a_sentence(client_of):
    client = client_of("staff", "staff", enforce_csrf_checks=True)
    answer = client.post("/record/toys.box_moved/new/", {"subject": BOX, "place": "倉庫"})
    assert answer.status_code == 403 and "古くなっています" in answer.content.decode()
    assert EntryRow.objects.count() == 0


def test_links_hold_in_their_world_for_their_time_and_for_nothing_else():
    token = links.token("staff:1", "佐藤", [("people.answered", "people.call:1")], timedelta(hours=1))
    actor = links.read(token)
    assert (actor.id, actor.name) == ("staff:1", "佐藤")
    assert actor.may("people.answered", subject="people.call:1")
    assert not actor.may("people.answered", subject="people.call:2") and not actor.may("journal.read")
    assert links.read(token[:-1]) is None and links.read("") is None
    with worlds.inhabit("training"):
        assert links.read(token) is None
    with worlds.at(datetime.now(UTC) + timedelta(hours=2)):
        assert links.read(token) is None


def test_a_link_may_carry_a_role_at_a_site_but_never_in_the_whole_town():
    here, there = "places.site:1", "places.site:2"
    actor = links.read(links.token("facility:1", "ひだまり園", grants=[("staff", here)]))
    assert actor.may("toys.read", site=here) and actor.sites("toys.read") == {here}
    assert not actor.may("toys.read", site=there) and not actor.may("toys.read")
    with pytest.raises(ValueError, match="whole town"):
        links.token("facility:1", "ひだまり園", grants=[("staff", "")])


def test_navigation_shows_each_role_its_own_jobs_first(client_of):
    with pytest.raises(KeyError):
        navigation.Item("cooking", T("料理", "Cooking"), "journal:journal")
    admin = client_of("admin", "administrator").get("/conflicts/").content.decode()
    jobs = re.findall(r'<span class="job">([^<]+)</span>', admin)
    assert jobs.index("本部") < jobs.index("記録")
    nobody = client_of("nobody").get("/").content.decode()
    assert "役割がありません" in nobody


def test_what_nobody_can_mean_is_refused_before_it_reaches_the_database(client_of):
    client = client_of("admin", "administrator")
    put(BoxDescribed(name="箱"))
    for path in ("/search/?q=%00", "/subject/toys.box:%00/", "/journal/?who=a%00b"):
        assert client.get(path).status_code == 400, path
    entry = EntryRow.objects.get()
    sent = {"entry": entry.id, "part": "rows", "after": entry.id, "id": "1"}
    assert client.post("/conflicts/settle/", sent).status_code == 404  # a box has rows, but not as a part
    assert client.get("/journal/?from=yesterday&page=999&kind=no.such").status_code == 200
    assert EntryRow.objects.count() == 1


def _words(page) -> str:
    return re.sub(r"toys\.drawer:\w+|<[^>]+>|\s+", " ", page.content.decode())


def test_whoever_holds_a_role_at_one_site_sees_and_records_of_that_sites_subjects_alone(client_of):
    here, there, towns = Drawer.ref("here"), Drawer.ref("there"), Drawer.ref("towns")
    for subject, place in ((here, "places.site:h"), (there, "places.site:t"), (towns, "")):
        put(DrawerNamed(name="ひきだし", place=place), subject)
    whole, narrow = client_of("whole", "staff"), client_of("narrow")
    managing.give("narrow", "staff", "places.site:h")
    for subject, seen, recorded in ((here, 200, 200), (there, 404, 403), (towns, 404, 403)):
        assert whole.get(f"/subject/{subject}/").status_code == 200
        assert narrow.get(f"/subject/{subject}/").status_code == seen, subject
        assert narrow.get(f"/record/toys.drawer_named/{subject}/").status_code == recorded, subject
    # a reference can be computed: no answer tells what is kept from them from what is not there
    absent = narrow.get(f"/subject/{Drawer.ref('nowhere')}/")
    assert absent.status_code == 404
    assert _words(absent) == _words(narrow.get(f"/subject/{there}/"))
    assert whole.get("/search/?q=ひきだし").content.decode().count("/subject/toys.drawer:") == 3
    assert narrow.get("/search/?q=ひきだし").url == f"/subject/{here}/"
    actor = Actor("user:narrow", "狭", (("staff", "places.site:h"),))
    assert {e.subject for e in queries.entries_for(actor)} == {here}
    record(Draft(DrawerNamed(name="机"), here), actor)
    for subject in (there, towns):
        with pytest.raises(facts.Forbidden):
            record(Draft(DrawerNamed(name="机"), subject), actor)


@pytest.mark.parametrize("subject", ["nonsense", "toys.box:", "toys.resident:x", "nowhere.thing:x"])
def test_a_form_about_something_else_is_not_there(client_of, subject):
    client = client_of("me", "staff")
    answer = client.get(f"/record/toys.box_moved/{subject}/")
    assert answer.status_code == 404
    assert "箱の移動" in answer.content.decode()
    assert client.post("/record/toys.box_moved/new/", {"subject": subject, "place": "棚"}).status_code == 404
    assert client.get("/record/toys.box_moved/new/").status_code == 200


def test_scripts_and_styles_go_compressed_to_who_takes_it():
    client = Client()
    address = static("web/shell.css")
    plain = b"".join(client.get(address).streaming_content)
    small = client.get(address, headers={"accept-encoding": "gzip, br"})
    assert (small["Content-Encoding"], small["Vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(small.content) == plain
    assert len(small.content) < len(plain) / 2
    assert "max-age" in small["Cache-Control"]
    picture = client.get(static("js_lib_leaflet/images/layers.png"), headers={"accept-encoding": "gzip"})
    assert "Content-Encoding" not in picture
    assert "Content-Encoding" not in client.get("/accounts/login/", headers={"accept-encoding": "gzip"})
