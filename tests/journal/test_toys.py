from tests.journal.case import FactCase
from tests.toys.facts import Box, BoxDescribed, BoxMoved, ItemPut, ItemTaken
from tomoshibi.journal.recording import Draft

PUT = "00000000-0000-4000-8000-000000000007"


class TestBoxDescribed(FactCase):
    subject = Box.ref("1")
    fact = BoxDescribed(name="毛布󠄀", colour="赤")

    def holds(self, state):
        assert (state.name.value, state.colour.value) == ("毛布󠄀", "赤")


class TestBoxDescribedInPart(FactCase):
    subject = Box.ref("1")
    before = [Draft(BoxDescribed(name="毛布", colour="赤"), subject)]
    fact = BoxDescribed(colour="青")

    def holds(self, state):
        assert (state.name.value, state.colour.value) == ("毛布", "青")


class TestBoxMoved(FactCase):
    subject = Box.ref("1")
    fact = BoxMoved(place="倉庫")

    def holds(self, state):
        assert state.place.value == "倉庫"


class TestItemPut(FactCase):
    subject = Box.ref("1")
    fact = ItemPut(name="毛布", number=999)
    refused = [ItemPut(name="毛布", number=2)]

    def holds(self, state):
        assert list(state.contents) == [("毛布", 999)]


class TestItemTaken(FactCase):
    subject = Box.ref("1")
    before = [Draft(ItemPut(name="毛布", number=3), subject, id=PUT)]
    fact = ItemTaken(entry=PUT)

    def holds(self, state):
        assert list(state.contents) == []
