"""``tomoshibi serve``: the server with its tick worker; ``tomoshibi work``: the tick worker alone."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from functools import partial
from pathlib import Path

import click

from tomoshibi.cli.django import fail, need_setup, say, told
from tomoshibi.cli.django import setup as setup_django
from tomoshibi.cli.tls import server_files
from tomoshibi.vocabulary import T

ANY = ("0.0.0.0", "::")  # noqa: S104  # what people write to be reached from elsewhere
LOCAL = ("localhost", "127.0.0.1", "[::1]")


@click.command()
@click.option("--host", default="localhost", show_default=True, help="Address to listen on; 0.0.0.0 for every one.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--tls", is_flag=True, help="Serve https with the certificate that `tomoshibi tls` made.")
@click.option("--cert", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Certificate chain (PEM).")
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Its private key (PEM).")
@click.option("--work/--no-work", default=True, help="Run the tick worker inside, or leave it to `tomoshibi work`.")
def serve(host: str, port: int, tls: bool, cert: Path | None, key: Path | None, work: bool) -> None:
    """Serve pages, API and live updates, and keep deadlines, in one process, until Ctrl-C or SIGTERM."""
    with told():
        if bool(cert) != bool(key):
            fail(T("--cert と --key は一緒に指定してください。", "--cert and --key belong together."))
        if tls and not cert:
            cert, key = server_files()
            if not (cert.exists() and key.exists()):
                fail(
                    T(
                        "証明書がまだありません。先に tomoshibi tls 名前… を実行してください。",
                        "There is no certificate yet: run tomoshibi tls NAME… first.",
                    )
                )
        names = reachable(host, cert)
        os.environ["TOMOSHIBI_HOSTS"] = ",".join(
            dict.fromkeys(filter(None, [*os.environ.get("TOMOSHIBI_HOSTS", "").split(","), *names]))
        )
        if cert:
            os.environ["TOMOSHIBI_TLS"] = "1"
        if port:  # links in messages lead here, unless the town says otherwise
            os.environ.setdefault("TOMOSHIBI_URL", for_phones(names, port, bool(cert)))
        setup_django()
        need_setup()
        from tomoshibi.web import server

        try:
            sock = server.listen(host, port)
        except OSError as error:
            fail(
                T(
                    f"{host} の {port} 番を使えません（{error.strerror}）。"
                    "ほかのプログラムが使っていないか確かめるか、--port で別の番号を指定してください。",
                    f"{host} port {port} cannot be used ({error.strerror}). "
                    "See whether another program uses it, or give another --port.",
                )
            )
        greet = partial(_greet, sock.getsockname()[1], names, bool(cert))
        server.serve(sock, greet, cert=cert, key=key, work=work)


def reachable(host: str, cert: Path | None) -> list[str]:
    """Names and addresses under which people will reach a server that listens on ``host``."""
    names = [] if host in ANY else [host]
    if cert:
        from cryptography import x509

        found = x509.load_pem_x509_certificate(cert.read_bytes())
        alternatives = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names += [str(n.value) for n in alternatives]
    if host in ANY:
        names += [socket.gethostname(), f"{socket.gethostname()}.local", *own_addresses()]
    return [f"[{n}]" if ":" in n else n for n in dict.fromkeys(names)]


def for_phones(names: list[str], port: int, tls: bool) -> str:
    """The address to give to others: by the first name that means this machine elsewhere too, if there is one."""
    name = next((n for n in names if n not in LOCAL), names[0])
    return f"{'https' if tls else 'http'}://{name}:{port}"


def own_addresses() -> list[str]:
    """The IPv4 addresses of this machine that others may know it by. Asks the routing table; sends nothing."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("192.0.2.1", 9))
            found.append(sock.getsockname()[0])
        except OSError:
            pass  # no network at all: the machine is reached by its own name only
    with contextlib.suppress(OSError):
        found += [str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    return list(dict.fromkeys(found))


def _greet(port: int, names: list[str], tls: bool) -> None:
    scheme = "https" if tls else "http"
    local = "" if any(n in LOCAL for n in names) else "localhost"
    say(T("灯 Tomoshibi を開いています:", "Tomoshibi is open at:"))
    for name in filter(None, [local, *names]):
        click.echo(f"  {scheme}://{name}:{port}/")
    say(
        T(
            "  訓練は {prefix}、サインインは tomoshibi setup が表示した利用者名とパスワードで。終了は Ctrl-C。",
            "  Training is at {prefix}. Sign in as tomoshibi setup told you. Ctrl-C ends.",
        ),
        prefix="/training/",
    )
    sys.stdout.flush()


@click.command()
def work() -> None:
    """Keep deadlines and send messages only: beside `serve --no-work`, on PostgreSQL, as often as you like."""
    setup_django()
    with told():
        need_setup()
        from tomoshibi.journal.ticking import Worker

        worker = Worker()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: worker.stop(0))
        worker.start()
        say(T("期限と送信を見ています。終了は Ctrl-C。", "Watching deadlines and messages. Ctrl-C ends."))
        sys.stdout.flush()
        worker.wait()
        worker.stop(2)
