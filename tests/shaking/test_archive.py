"""An archive: every record once, whatever some files hold, and on again after a stop."""

import json
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from tests.shaking.files import jma_text, write_knet
from tests.shaking.test_readers import wave
from tomoshibi.cli import main
from tomoshibi.shaking import RecordError, archive
from tomoshibi.vocabulary import speak


@pytest.fixture
def folder(tmp_path):
    """Five stations in three folders, one of them without a component, beside files that are no records."""
    top = tmp_path / "archive"
    for number in range(3):
        sub = top / f"2020/{number}"
        sub.mkdir(parents=True)
        write_knet(sub, stem=f"TST00{number}2001010000", station=f"TST00{number}", seed=number)
    write_knet(top / "2020/0", ("NS1", "EW1", "UD1", "NS2", "EW2", "UD2"), stem="KIK0012001010000", station="KIK001")
    write_knet(top / "2020/1", ("NS", "EW"), stem="BAD0012001010000", station="BAD001")
    (top / "one.csv").write_bytes(jma_text(wave()).encode("cp932"))
    (top / "broken.csv").write_bytes(jma_text(wave()).encode("cp932")[:5000])
    (top / "README.txt").write_text("not a record")
    return top


def rows(out):
    return pq.read_table(out).to_pylist()


def test_jobs_are_the_files_that_belong_together(folder):
    jobs = list(archive.find_jobs(folder))
    assert len(jobs) == len({job.source for job in jobs}) == 7
    assert sorted(len(job.files) for job in jobs) == [1, 1, 2, 3, 3, 3, 6]
    assert all(not Path(job.source).is_absolute() for job in jobs)


def test_every_record_once_and_bad_files_do_not_stop_it(folder, tmp_path):
    out = tmp_path / "results.parquet"
    assert archive.run(folder, out) == (7, 2)
    found = rows(out)
    good = [row for row in found if row["error"] is None]
    assert sorted((row["station"], row["sensor"]) for row in good) == [
        ("9ZZ", "surface"), ("KIK001", "borehole"), ("KIK001", "surface"),
        ("TST000", "surface"), ("TST001", "surface"), ("TST002", "surface"),
    ]  # fmt: skip
    errors = "\n".join(row["error"] for row in found if row["error"] is not None)
    assert "BAD001" in errors
    assert "broken.csv" in errors
    assert all(row["raw"] > 0 and row["class"] and row["long_period_class"] is not None for row in good)
    assert not list(tmp_path.glob("results.parquet.*"))


def test_it_goes_on_where_it_was_stopped(folder, tmp_path, monkeypatch):
    out = tmp_path / "results.parquet"
    monkeypatch.setattr(archive, "TASK", 1)
    monkeypatch.setattr(archive, "_PART", 1)
    computed = []
    original = archive.compute

    def compute(job, unit=None):
        if len(computed) == 3:
            raise KeyboardInterrupt
        computed.append(job.source)
        return original(job, unit)

    monkeypatch.setattr(archive, "compute", compute)
    monkeypatch.setattr(archive, "_executors", lambda *_: nullcontext((Here, 1, (BrokenProcessPool,))))
    with pytest.raises(KeyboardInterrupt):
        archive.run(folder, out)
    assert not out.exists()
    kept = {row["source"] for part in (tmp_path / "results.parquet.parts").glob("part-*") for row in rows(part)}
    assert kept == set(computed)
    monkeypatch.setattr(
        archive, "compute", lambda job, unit=None: [computed.append(job.source), original(job, unit)][1]
    )
    archive.run(folder, out)
    assert len(computed) == len(set(computed)) == 7
    assert {row["source"] for row in rows(out)} == set(computed)


class Here:
    """An executor that computes at once in this process, and says that it died over some jobs."""

    deadly = ""

    def __init__(self):
        self.dead = False

    def submit(self, function, jobs, unit):
        future = Future()
        if self.dead or (self.deadly and any(self.deadly in job.source for job in jobs)):
            self.dead = True
            future.set_exception(BrokenProcessPool("died"))
        else:
            future.set_result(function(jobs, unit))
        return future

    def shutdown(self, wait=True):
        pass


def test_a_file_that_kills_its_worker_costs_only_itself(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "TASK", 2)
    monkeypatch.setattr(archive, "_executors", lambda *_: nullcontext((Here, 2, (BrokenProcessPool,))))
    monkeypatch.setattr(Here, "deadly", "TST001")
    out = tmp_path / "results.parquet"
    assert archive.run(folder, out) == (7, 3)
    [died] = [row for row in rows(out) if row["error"] and "died" in row["error"]]
    assert "TST001" in died["source"]
    assert len({row["source"] for row in rows(out)}) == 7


def test_workers_that_cannot_start_blame_no_file(folder, tmp_path, monkeypatch):
    class Stillborn(Here):
        def __init__(self):
            self.dead = True

    monkeypatch.setattr(archive, "_executors", lambda *_: nullcontext((Stillborn, 2, (BrokenProcessPool,))))
    with speak("en"), pytest.raises(RecordError, match="worker"):
        archive.run(folder, tmp_path / "results.parquet")
    assert not list(tmp_path.glob("results*"))


def test_a_fault_of_our_own_is_a_row_too(folder, tmp_path, monkeypatch):
    from tomoshibi.shaking import analysis

    def broken(record):
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(analysis, "analyse", broken)
    rows = archive.compute(next(job for job in archive.find_jobs(folder) if job.source == "one.csv"))
    assert "ZeroDivisionError" in rows[0]["error"]


def test_dask_gives_the_same(folder, tmp_path):
    distributed = pytest.importorskip("distributed")
    here, there = tmp_path / "here.parquet", tmp_path / "there.parquet"
    archive.run(folder, here)
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        assert archive.run(folder, there, scheduler=cluster.scheduler_address) == (7, 2)

    def key(row):
        return row["source"], row["sensor"] or "", row["error"] or ""

    assert sorted(rows(here), key=key) == sorted(rows(there), key=key)


def test_the_command(folder, tmp_path):
    out = tmp_path / "results.parquet"
    env = {"LC_ALL": "C"}
    result = CliRunner(env=env).invoke(main, ["intensity", str(folder), "--workers", "2", "--out", str(out)])
    assert result.exit_code == 1
    assert "7 computed, 2 of them failed" in result.stderr
    assert len(rows(out)) == 8
    again = CliRunner(env=env).invoke(main, ["intensity", str(folder), "--out", str(out)])
    assert "0 computed" in again.stderr
    assert len(rows(out)) == 8
    table = CliRunner(env=env).invoke(main, ["intensity", "--json", str(folder)])
    assert len(json.loads(table.stdout)) == 6
    nobody = [str(folder), "--out", str(tmp_path / "x.parquet"), "--scheduler", "nonsense"]
    unreachable = CliRunner(env=env).invoke(main, ["intensity", *nobody])
    assert unreachable.exit_code == 1
    assert "Error" in unreachable.stderr
    wrong = CliRunner(env=env).invoke(main, ["intensity", str(folder / "one.csv"), "--out", str(out)])
    assert wrong.exit_code == 2
