"""Downloads are read as they come, and a hostile one costs nothing."""

import gzip
import io
import tarfile
import zipfile

import pytest

from tests.shaking.files import write_knet
from tomoshibi import shaking
from tomoshibi.shaking.archive import find_jobs
from tomoshibi.shaking.readers import packed
from tomoshibi.vocabulary import speak


def tar(entries, mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as made:
        for name, data in entries:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.fixture
def station(tmp_path):
    files = write_knet(tmp_path)
    expected = shaking.read_record(*files).acceleration
    return [(path.name, path.read_bytes()) for path in files], expected


def test_every_way_of_packing(tmp_path, station):
    entries, expected = station
    inner = tar([(f"20200101/{name}", data) for name, data in entries], "w:gz")
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in entries:
            made.writestr(name, data)
    downloads = {
        "a.tar": tar(entries),
        "b.tar.gz": inner,
        "c.tar": tar([("20200101.knt.tar.gz", inner), ("map.ps", b"%!PS")]),
        "d.zip": zipped.getvalue(),
        "e.tar": tar([(f"{name}.gz", gzip.compress(data)) for name, data in entries]),
    }
    for name, data in downloads.items():
        path = tmp_path / name
        path.write_bytes(data)
        record = shaking.read_record(path)
        assert (record.acceleration == expected).all(), name
        assert str(path) in record.provenance.files[0]


def test_components_zipped_one_by_one(tmp_path, station):
    """As some mirrors keep them: the three are one record and one job of an archive."""
    for suffixes in (("NS1", "EW1", "UD1"), ("NS2", "EW2", "UD2")):
        for path in write_knet(tmp_path, suffixes, stem="KIK0012001010000", station="KIK001"):
            (tmp_path / f"z/{path.name}.gz").parent.mkdir(exist_ok=True)
            (tmp_path / f"z/{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    [job] = find_jobs(tmp_path / "z")
    found = list(shaking.read_files(job.files))
    assert [record.key for record in found] == ["KIK001(borehole)", "KIK001"]


@pytest.mark.parametrize("keep", [10, 200, -20])
def test_a_broken_download_is_named(tmp_path, station, keep):
    path = tmp_path / "a.tar.gz"
    path.write_bytes(tar(station[0], "w:gz")[:keep])
    with speak("en"):
        [error] = [item for item in shaking.read_files([path]) if isinstance(item, shaking.RecordError)]
        assert str(path) in str(error)


def test_a_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(packed, "MEMBER_LIMIT", 1000)
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(bytes(2000)))
    with speak("en"), pytest.raises(shaking.RecordError, match="too large"):
        shaking.read_record(path)
    deep = b"x"
    for _ in range(10):
        deep = gzip.compress(deep)
    path.write_bytes(deep)
    with speak("en"), pytest.raises(shaking.RecordError, match="too many times"):
        shaking.read_record(path)


def test_names_that_climb_out_are_only_names(tmp_path, station):
    path = tmp_path / "a.tar"
    path.write_bytes(tar([(f"../../{name}", data) for name, data in station[0]]))
    assert shaking.read_record(path).station == "TST001"
    assert sorted(p.name for p in tmp_path.parent.glob("TST*")) == []
