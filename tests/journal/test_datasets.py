from hashlib import sha256
from io import BytesIO
from typing import ClassVar

import pytest

from tests.journal.worlds import founded
from tests.toys.facts import Box
from tomoshibi.journal import datasets
from tomoshibi.journal.access import system
from tomoshibi.journal.facts import Fact, field
from tomoshibi.journal.models import DatasetRow, EntryRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.vocabulary import T

pytestmark = pytest.mark.django_db(databases=["default"])


class Filled(Fact):
    kind = "toys.box_filled_from"
    subject = Box
    label = T("一覧から", "Filled from a list")
    datasets: ClassVar = ("list",)

    list: str = field(T("一覧", "List"))


@pytest.fixture(autouse=True)
def home(settings, tmp_path, monkeypatch):
    settings.TOMOSHIBI_HOME = tmp_path
    monkeypatch.setattr(datasets, "_loaders", {})
    founded("default")


def test_content_is_kept_once_under_its_digest_and_loaded():
    loaded = []
    datasets.loader("text/x-list")(lambda digest, path: loaded.append((digest, path.read_bytes())))
    content = "毛布,3\n".encode()
    digest = datasets.put(content, "text/x-list")
    assert digest == sha256(content).hexdigest()
    assert datasets.put(BytesIO(content), "text/x-list") == digest
    assert DatasetRow.objects.count() == 1
    assert loaded == [(digest, content)] * 2
    assert datasets.reload_all() == 1


def test_a_fact_that_names_a_missing_or_damaged_dataset_is_refused():
    draft = Draft(Filled(list="0" * 64), Box.ref("1"))
    with pytest.raises(datasets.DatasetError, match="000000"):
        record(draft, system("test"))
    digest = datasets.put(b"x", "text/x-list")
    datasets.path_of(digest).write_bytes(b"y")
    with pytest.raises(datasets.DatasetError):
        record(Draft(Filled(list=digest), Box.ref("1")), system("test"))
    assert not EntryRow.objects.exists()


def test_a_broken_upload_leaves_nothing(tmp_path):
    class Broken(BytesIO):
        def read(self, size=-1):
            raise OSError("connection lost")

    with pytest.raises(OSError, match="connection lost"):
        datasets.put(Broken(), "text/x-list")
    assert [p for p in (tmp_path / "datasets").rglob("*") if p.is_file()] == []
