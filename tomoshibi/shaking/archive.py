"""Numbers of every record under a folder, for archives of millions: restartable, parallel, not stopped by a bad file.

Work is cut into tasks of some records each, run by any executor: processes of this machine, or Dask's. Finished tasks
are kept as small Parquet files beside the result until all are done, so that a run which was stopped goes on where it
was; what a finished result already holds is not computed again either.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tomoshibi.shaking.errors import RecordError
from tomoshibi.vocabulary import T

#: records a task
TASK = 16
#: tasks on their way for each worker, so that none waits for the next
_AHEAD = 3
#: rows of a part file, and seconds after which a smaller one is written: what a power cut may cost
_PART, _SECONDS = 2000, 20.0
#: sidecars serve every waveform of their folder and are no jobs of their own
_SIDECARS = {".xml", ".ch"}
_SEISMOLOGICAL = {".mseed", ".miniseed", ".msd", ".ms", ".sac"}
_PASSED_OVER = {
    ".txt",
    ".md",
    ".pdf",
    ".png",
    ".jpg",
    ".gif",
    ".ps",
    ".parquet",
    ".json",
    ".mat",
}

Row = dict[str, Any]
Deaths = tuple[type[BaseException], ...]


@dataclass(frozen=True, slots=True)
class Job:
    """Files that are read together. ``source`` names the job and is the same on every run."""

    source: str
    files: tuple[str, ...]


def find_jobs(folder: Path) -> Iterator[Job]:
    """Jobs under ``folder``, folder by folder in the order of names.

    Component files (K-NET, KiK-net) are put together by name; miniSEED and SAC files of one folder are one job, since
    only their headers say what belongs together; any other file, also a packed download, is a job of its own. Hidden
    files are passed over.
    """
    from tomoshibi.shaking.readers import group_name

    for top, folders, names in os.walk(folder):
        folders.sort()
        groups: dict[str, list[str]] = {}
        sidecars: list[str] = []
        for name in sorted(names):
            path = Path(top, name)
            suffix = path.suffix.lower()
            if name.startswith(".") or suffix in _PASSED_OVER:
                continue
            if suffix in _SIDECARS:
                sidecars.append(str(path))
            elif suffix in _SEISMOLOGICAL:
                groups.setdefault(f"{top}{os.sep}*", []).append(str(path))
            else:
                groups.setdefault(group_name(path) or str(path), []).append(str(path))
        for key, files in groups.items():
            source = os.path.relpath(key, folder)
            yield Job(source, (*files, *sidecars))


def compute(job: Job, unit: str | None = None) -> list[Row]:
    """Rows of a job: one for each record, and one for each failure. Never raises for what a file holds."""
    from tomoshibi.shaking.memory import keep_heap
    from tomoshibi.shaking.readers import read_files

    keep_heap()
    rows = []
    try:
        for item in read_files(job.files, unit):
            rows.append(_failure(job, item) if isinstance(item, RecordError) else _row(job, item))
    except Exception as error:  # a fault of ours must not end a run over millions either: it is a row, with its name
        rows.append(_failure(job, RecordError(T(f"内部エラー {error!r}", f"internal error {error!r}"), job.files[:1])))
    return rows or [_failure(job, RecordError(T("記録がありません", "no record in it"), job.files[:1]))]


def compute_all(jobs: Sequence[Job], unit: str | None = None) -> list[Row]:
    """Rows of several jobs: what one task does."""
    return [row for job in jobs for row in compute(job, unit)]


def _row(job: Job, record: Any) -> Row:
    from tomoshibi.shaking.analysis import analyse
    from tomoshibi.shaking.quality import quality

    try:
        found = analyse(record)
    except RecordError as error:
        return _failure(job, error)
    place = record.place
    return {
        "source": job.source,
        "station": record.station,
        "name": record.name,
        "sensor": record.sensor,
        "format": record.provenance.format,
        "start": record.start,
        "duration_s": record.duration,
        "rate_hz": record.rate,
        "latitude": place.latitude if place else None,
        "longitude": place.longitude if place else None,
        "elevation_m": place.elevation if place else None,
        "intensity": found.intensity.measured,
        "raw": found.intensity.raw,
        "class": found.intensity.intensity_class.value,
        "a0_gal": found.intensity.a0,
        "pga_gal": found.acceleration.total,
        "pga_horizontal_gal": found.acceleration.horizontal,
        "pgv_cm_s": found.velocity.total,
        "pgv_horizontal_cm_s": found.velocity.horizontal,
        "si_cm_s": found.spectral_intensity.value,
        "long_period_class": found.long_period.long_period_class,
        "long_period_cm_s": found.long_period.velocity,
        "long_period_s": found.long_period.period,
        "flags": "; ".join(flag.text.en for flag in quality(record)),
        "error": None,
    }


def _failure(job: Job, error: RecordError) -> Row:
    return {"source": job.source, "error": error.text.en}


def schema() -> Any:
    """Columns of the result, a ``pyarrow.Schema``; units stand in the names."""
    import pyarrow as pa

    texts = ["source", "station", "name", "sensor", "format"]
    numbers = ["duration_s", "rate_hz", "latitude", "longitude", "elevation_m", "intensity", "raw"]
    more = ["a0_gal", "pga_gal", "pga_horizontal_gal", "pgv_cm_s", "pgv_horizontal_cm_s", "si_cm_s"]
    return pa.schema(
        [
            *((name, pa.string()) for name in texts),
            ("start", pa.timestamp("us", tz="UTC")),
            *((name, pa.float64()) for name in numbers),
            ("class", pa.string()),
            *((name, pa.float64()) for name in more),
            ("long_period_class", pa.int8()),
            ("long_period_cm_s", pa.float64()),
            ("long_period_s", pa.float64()),
            ("flags", pa.string()),
            ("error", pa.string()),
        ]
    )


class Store:
    """The result file and the parts of an unfinished run beside it (``results.parquet.parts``)."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.parts = out.with_name(out.name + ".parts")
        self._pending: list[Row] = []
        self._flushed = time.monotonic()

    def done(self) -> set[str]:
        """Sources that need no more work."""
        import pyarrow.parquet as pq

        return {
            source
            for file in self._files()
            for source in pq.read_table(file, columns=["source"]).column("source").to_pylist()
        }

    def add(self, rows: list[Row]) -> None:
        """Keep the rows of a finished task; they are written every few thousand or every few seconds."""
        self._pending += rows
        if len(self._pending) >= _PART or time.monotonic() - self._flushed > _SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what is kept. A part appears whole or not at all."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._flushed = time.monotonic()
        if not self._pending:
            return
        self.parts.mkdir(parents=True, exist_ok=True)
        number = max((int(file.stem.split("-")[1]) for file in self.parts.glob("part-*.parquet")), default=0) + 1
        part = self.parts / f"part-{number:06d}.parquet"
        scratch = part.with_suffix(".writing")
        pq.write_table(pa.Table.from_pylist(self._pending, schema=schema()), scratch)
        scratch.replace(part)
        self._pending = []

    def finish(self) -> int:
        """Put the parts together into the result, part by part, and remove them; gives the number of rows."""
        import pyarrow.parquet as pq

        self.flush()
        files = self._files()
        scratch = self.out.with_name(self.out.name + ".writing")
        rows = 0
        with pq.ParquetWriter(scratch, schema()) as writer:
            for file in files:
                table = pq.read_table(file)
                rows += table.num_rows
                writer.write_table(table)
        scratch.replace(self.out)
        for file in self.parts.glob("*"):
            file.unlink()
        if self.parts.is_dir():
            self.parts.rmdir()
        return rows

    def _files(self) -> list[Path]:
        kept = [self.out] if self.out.exists() else []
        return kept + sorted(self.parts.glob("part-*.parquet"))


def remaining(folder: Path, out: Path) -> Iterator[Job]:
    """Jobs under ``folder`` that neither ``out`` nor an unfinished run beside it holds."""
    already = Store(out).done()
    return (job for job in find_jobs(folder) if job.source not in already)


def run(
    folder: Path,
    out: Path,
    workers: int = 1,
    scheduler: str | None = None,
    unit: str | None = None,
    progress: Callable[[int, int], None] = lambda done, failed: None,
) -> tuple[int, int]:
    """Compute every record under ``folder`` into the Parquet file ``out``.

    :param workers: processes of this machine; ignored with a scheduler
    :param scheduler: address of a Dask scheduler, whose workers must see the files under the same paths
    :param unit: unit of files that say none
    :param progress: told the number of jobs done and of failures so far, after every task
    :returns: jobs computed in this run, and failures among their rows
    :raises RecordError: when no worker can be started, or the scheduler is out of reach
    """
    store = Store(out)
    jobs = remaining(folder, out)
    done = failed = 0
    try:
        for batch, rows in _run_tasks(jobs, workers, scheduler, unit):
            store.add(rows)
            done += len(batch)
            failed += sum(row.get("error") is not None for row in rows)
            progress(done, failed)
    except BaseException:
        store.flush()
        raise
    store.finish()
    return done, failed


def _run_tasks(
    jobs: Iterator[Job], workers: int, scheduler: str | None, unit: str | None
) -> Iterator[tuple[list[Job], list[Row]]]:
    """Finished tasks as they come. A worker that dies takes down its own job only."""
    with _executors(workers, scheduler) as (make, width, deaths):
        executor = _living(make, deaths)
        flying: dict[Future[list[Row]], list[Job]] = {}
        try:
            while True:
                while len(flying) < width * _AHEAD and (batch := list(islice(jobs, TASK))):
                    flying[executor.submit(compute_all, batch, unit)] = batch
                if not flying:
                    return
                lost = []
                for future in wait(flying, return_when=FIRST_COMPLETED).done:
                    batch = flying.pop(future)
                    try:
                        yield batch, future.result()
                    except deaths:
                        lost.append(batch)
                if lost:
                    # every task on its way is lost with the pool; one of their files kills whoever reads it
                    lost += flying.values()
                    flying = {}
                    executor.shutdown(wait=False)
                    yield from _one_by_one(lost, make, deaths, unit)
                    executor = make()
        finally:
            for future in flying:
                future.cancel()
            executor.shutdown(wait=True)


def _living(make: Callable[[], Executor], deaths: Deaths) -> Executor:
    """A new executor that has done something: where no worker can start, no file is to blame.

    :raises RecordError: when it cannot
    """
    executor = make()
    try:
        executor.submit(compute_all, [], None).result()
    except deaths as error:
        reason = T("計算の処理を起動できません", "no worker process can be started")
        raise RecordError(reason) from error
    return executor


def _one_by_one(
    batches: list[list[Job]], make: Callable[[], Executor], deaths: Deaths, unit: str | None
) -> Iterator[tuple[list[Job], list[Row]]]:
    """Tasks again, one at a time; of one that kills its worker, job by job, until the deadly one is known by name."""
    executor = _living(make, deaths)
    try:
        for batch in batches:
            try:
                yield batch, executor.submit(compute_all, batch, unit).result()
                continue
            except deaths:
                executor = make()
            for job in batch:
                try:
                    yield [job], executor.submit(compute_all, [job], unit).result()
                except deaths:
                    executor = make()
                    reason = T("読んでいる間に処理が異常終了しました", "the process that read it died")
                    yield [job], [_failure(job, RecordError(reason, job.files[:1]))]
    finally:
        executor.shutdown(wait=False)


@contextmanager
def _executors(workers: int, scheduler: str | None) -> Iterator[tuple[Callable[[], Executor], int, Deaths]]:
    """How to make an executor, how many tasks it runs at once, and how it says that a worker died."""
    if scheduler is None:
        # spawned, not forked: the parent may have threads, and a fork would copy their locks
        context = get_context("spawn")
        yield lambda: ProcessPoolExecutor(workers, mp_context=context), workers, (BrokenProcessPool, CancelledError)
        return
    import distributed

    dask: Any = distributed  # untyped
    try:
        client = dask.Client(scheduler, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:
        reason = T(f"Dask の {scheduler} に届きません: {error}", f"cannot reach Dask at {scheduler}: {error}")
        raise RecordError(reason) from error
    with client:
        width = max(1, sum(client.nthreads().values()))
        yield lambda: client.get_executor(pure=False), width, (dask.KilledWorker, CancelledError)
