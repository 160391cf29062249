"""What every test may ask for, and how one run covers both databases.

``pytest --both-databases`` runs everything on SQLite and then the suites named by ``postgres_suites`` in
``pyproject.toml`` once more, in a second pytest whose ``DATABASE_URL`` is a PostgreSQL server of this run's own.
The reports of the second are this run's reports too, so that its closing line counts both.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from scripts.postgres import NoServerError, Server

#: folder of the run's PostgreSQL server, told to xdist's workers and to the second run by the environment
SERVER = "TOMOSHIBI_TEST_POSTGRES"
#: file descriptor on which the second run tells its reports to the first
REPORTS = "TOMOSHIBI_TEST_REPORTS"

# a law holds on a slow or busy machine too: how long an example takes decides nothing
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--both-databases", action="store_true", help="repeat postgres_suites on PostgreSQL")
    parser.addoption("--fuzz", action="store_true", help="give tests that ask for `trials` their full number")
    parser.addoption("--city", action="store_true", help="also run the full-size scenarios, marked `city`")
    parser.addini("postgres_suites", "paths that --both-databases repeats on PostgreSQL", type="args")


def pytest_configure(config: pytest.Config) -> None:
    if SERVER not in os.environ:
        try:
            server = Server()
        except NoServerError as none:
            if config.getoption("both_databases"):
                raise pytest.UsageError(f"--both-databases: {none}") from none
            return
        os.environ[SERVER] = str(server.folder)
        config.add_cleanup(server.stop)
        config.add_cleanup(lambda: os.environ.__delitem__(SERVER))
    if REPORTS in os.environ and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Teller(config, int(os.environ[REPORTS])))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    unwanted = [] if config.getoption("city") else ["city"]
    if REPORTS in os.environ:
        unwanted.append("once")
    left_out = [item for item in items if any(map(item.get_closest_marker, unwanted))]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


class Teller:
    """Tells every report of this run to the run that started it, one JSON line each."""

    def __init__(self, config: pytest.Config, descriptor: int) -> None:
        self.config = config
        self.out = os.fdopen(descriptor, "w", buffering=1)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self.session = session

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        data = self.config.hook.pytest_report_to_serializable(config=self.config, report=report)
        data.pop("node", None)  # xdist's worker object
        print(json.dumps({"of": self.session.testscollected, "report": data}), file=self.out)


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Iterator[None]:
    second = None
    if session.config.getoption("both_databases") and not hasattr(session.config, "workerinput"):
        second = OnPostgres(session.config)
    try:
        result = yield
        if second is not None:
            second.tell(session)
    finally:
        if second is not None:
            second.end()
    return result


class OnPostgres:
    """``postgres_suites`` in a pytest on PostgreSQL, beside the first run, whose session counts its reports at the end.

    It waits for its disk where the first one computes, so that both together take little longer than one.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.suites = config.getini("postgres_suites")
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115  # closed by end()
        read, write = os.pipe()
        environment = os.environ | {
            "DATABASE_URL": Server(Path(os.environ[SERVER])).url("tomoshibi"),
            REPORTS: str(write),
        }
        workers = "1" if config.getoption("numprocesses", None) else "0"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-n", workers, "-p", "no:cacheprovider", *self.suites],
            cwd=config.rootpath,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            pass_fds=[write],
        )
        os.close(write)
        self.told: SimpleQueue[str | None] = SimpleQueue()  # read at once: a full pipe would stop the run
        threading.Thread(target=self._read, args=[read], daemon=True).start()

    def _read(self, descriptor: int) -> None:
        with os.fdopen(descriptor) as lines:
            for line in lines:
                self.told.put(line)
        self.told.put(None)

    def tell(self, session: pytest.Session) -> None:
        """Count every report as this session's, when the first run is through."""
        config, collected = session.config, session.testscollected
        if reporter := config.pluginmanager.get_plugin("terminalreporter"):
            reporter.write_line("")
            reporter.write_sep("-", "once more on PostgreSQL: " + " ".join(self.suites))
        while (line := self.told.get()) is not None:
            message = json.loads(line)
            session.testscollected = collected + message["of"]
            told_again(config, message["report"])
        if self.process.wait() not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            session.testscollected += 1
            self.log.seek(0)
            broken = pytest.TestReport(
                nodeid="PostgreSQL",
                location=("", None, "the run on PostgreSQL"),
                keywords={},
                outcome="failed",
                longrepr=self.log.read(),
                when="call",
            )
            config.hook.pytest_runtest_logreport(report=broken)

    def end(self) -> None:
        """Leave nothing running, and nothing open."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
        self.log.close()


def told_again(config: pytest.Config, data: dict[str, Any]) -> None:
    """Give this run a report of the second one, marked as such."""
    report = config.hook.pytest_report_from_serializable(config=config, data=data)
    if isinstance(report.longrepr, list):  # JSON knows no tuples, and a skip's file, line and reason are one
        report.longrepr = tuple(report.longrepr)
    report.nodeid += " [PostgreSQL]"
    file, line, name = report.location
    report.location = (file, line, f"{name} [PostgreSQL]")
    config.hook.pytest_runtest_logreport(report=report)


@pytest.fixture(scope="session")
def trials(pytestconfig: pytest.Config) -> Callable[[int, int], int]:
    """How many random cases to try: ``trials(3_000, 100_000)`` is 3,000 in the suite and 100,000 in ``make fuzz``.

    Mark such a test ``fuzz`` as well, or ``make fuzz`` does not find it.
    """
    full = bool(pytestconfig.getoption("fuzz"))
    return lambda in_suite, in_full: in_full if full else in_suite


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The full-size city is kept in files, as a town keeps it: a database in memory would count as the program's."""
    if not pytestconfig.getoption("city"):
        return
    from django.db import connections

    folder = tmp_path_factory.mktemp("city")
    for connection in connections.all():
        if connection.vendor == "sqlite":
            connection.settings_dict["TEST"]["NAME"] = str(folder / f"{connection.alias}.sqlite3")


@pytest.fixture(scope="session")
def postgres_server() -> Server:
    """This run's own PostgreSQL server, started by the first test that asks."""
    if SERVER not in os.environ:
        pytest.skip("no PostgreSQL server program on this machine (Debian: apt-get install postgresql)")
    return Server(Path(os.environ[SERVER]))


@pytest.fixture(scope="session")
def postgres_url(postgres_server: Server, worker_id: str) -> Iterator[str]:
    """``postgres://…`` of an empty database of this worker's own, for the whole session."""
    name = f"tomoshibi_{worker_id}_{os.getpid()}"  # the run on PostgreSQL has workers of the same name
    yield postgres_server.create(name)
    postgres_server.drop(name)


@pytest.fixture
def fresh_postgres_url(postgres_server: Server) -> Iterator[str]:
    """``postgres://…`` of an empty database for one test."""
    name = f"tomoshibi_{uuid.uuid4().hex}"
    yield postgres_server.create(name)
    postgres_server.drop(name)
