"""A box: the smallest room with a register, a track and a bag."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count

from tests.toys.models import BoxRow, ItemRow
from tomoshibi.journal.access import grant
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.laws import Finding, law
from tomoshibi.journal.states import Bag, Register, Row, Subject, Track
from tomoshibi.vocabulary import T

grant("staff", "toys.*")


class Box(Subject):
    type = "toys.box"
    label = T("箱", "Box")
    tables = (BoxRow, ItemRow)

    name = Register[str](T("名前", "Name"), "")
    colour = Register[str](T("色", "Colour"), "")
    place = Track[str](T("場所", "Place"), "")
    contents = Bag[tuple[str, int]](T("中身", "Contents"))

    def title(self) -> str:
        return self.name.value

    def search(self) -> str:
        return self.name.value

    def rows(self) -> Iterable[Row]:
        yield BoxRow.row(
            self.subject,
            name=self.name.value,
            colour=self.colour.value,
            place=self.place.value,
            since=self.place.since or "",
            total=sum(n for _, n in self.contents),
        )
        for entry, (name, number) in self.contents.items():
            yield ItemRow.row(self.subject, entry.id, name=name, number=number)


class BoxDescribed(Fact):
    kind = "toys.box_described"
    subject = Box
    label = T("箱の登録・変更", "Box described")
    sentence = T("箱「{name}」", "Box “{name}”")

    name: str | None = field(T("名前", "Name"), None)
    colour: str | None = field(T("色", "Colour"), None)


class BoxMoved(Fact):
    kind = "toys.box_moved"
    subject = Box
    label = T("箱の移動", "Box moved")

    place: str = field(T("場所", "Place"), min_length=1)


class ItemPut(Fact):
    kind = "toys.item_put"
    subject = Box
    label = T("箱に入れた", "Item put in")

    name: str = field(T("品名", "Item"))
    number: int = field(T("数", "Number"), 1, gt=0)

    def check(self, present) -> None:
        if sum(n for _, n in present.state.contents) + self.number > 1000:
            raise Refused(T("箱には1000個まで入ります。", "A box takes 1,000 items."), "number")

    def apply(self, state, entry) -> None:
        state.contents.add(entry, (self.name, self.number))


class ItemTaken(Fact):
    kind = "toys.item_taken"
    subject = Box
    label = T("箱から出した", "Item taken out")

    entry: str = field(T("入れた記録", "Entry that put it in"))

    def apply(self, state, entry) -> None:
        state.contents.cancel(self.entry)


@law("toys.name_once", T("箱の名前は一つずつ", "No two boxes share a name"))
def name_once() -> Iterable[Finding]:
    names = BoxRow.objects.exclude(name="").values("name").annotate(n=Count("subject")).filter(n__gt=1).order_by("name")
    for name in names.values_list("name", flat=True):
        boxes = tuple(BoxRow.objects.filter(name=name).order_by("subject").values_list("subject", flat=True))
        yield Finding(boxes, T(f"「{name}」が{len(boxes)}箱あります。", f"{len(boxes)} boxes are called “{name}”."))
