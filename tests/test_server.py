"""Section 19: Waitress, its limits and its end."""

from __future__ import annotations

import errno
import json
import logging
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
import requests
from flask import Flask, request

import flaskadmin
from flaskadmin import Settings, StartError, serve
from outside import Running, plain_environ

MODULE = Path(flaskadmin.__file__)
PROGRAM = """
    import sys, time
    from pathlib import Path
    from flask import Flask, Response, request
    from flaskadmin import Settings, serve

    app = Flask("slow", static_folder=None)

    @app.get("/slow")
    def slow():
        print("begun", flush=True)
        time.sleep(float(request.args.get("seconds", 1.5)))
        return "x" * 3_000_000

    @app.get("/stream")
    def stream():
        def parts():
            for n in range(20):
                yield f"{n}\\n" * 50_000
                if not n:
                    print("begun", flush=True)
                time.sleep(0.05)
        return Response(parts())

    @app.post("/upload")
    def upload():
        return str(len(request.get_data()))

    serve(app, Settings(port=0, threads=2), lambda url: print(url, flush=True))
    print("ended", flush=True)
"""


@pytest.fixture
def program(tmp_path: Path) -> Iterator[tuple[Running, str]]:
    """An app served by a process of its own, and its root address."""
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(PROGRAM))
    environ = plain_environ(PYTHONPATH=str(MODULE.parent), PYTHONWARNINGS="error")
    pipe = subprocess.PIPE
    command = [sys.executable, str(path)]
    it = Running(subprocess.Popen(command, env=environ, stdin=pipe, stdout=pipe, stderr=pipe))
    try:
        yield it, it.wait_for(r"http://127\.0\.0\.1:\d+").group()
    finally:
        it.stop()


def served(app: Flask, **settings: object) -> str:
    """Serve an app by a thread of this process, until the process ends; its root address."""
    ready: queue.Queue[str] = queue.Queue()
    given = Settings(**{"port": 0, **settings})
    threading.Thread(target=serve, args=(app, given, ready.put), daemon=True).start()
    return ready.get(timeout=20).removesuffix("/admin/")


@pytest.fixture(scope="module")
def echo() -> str:
    app = Flask("echo", static_folder=None)

    @app.route("/", methods=["GET", "POST"])
    def home() -> str:
        return str(len(request.get_data()))

    return served(app, max_upload_mb=1, host="localhost")


def answer_to(url: str, sent: bytes, most: int = 200) -> bytes:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(sent)
        found = b""
        while part := connection.recv(most):
            found += part
            head, end, body = found.partition(b"\r\n\r\n")
            length = re.search(rb"Content-Length: (\d+)", head)
            if len(found) >= most or (end and (not length or len(body) >= int(length[1]))):
                break
        return found


# Limits


def test_half_open_sockets_do_not_stop_it(echo: str) -> None:
    host, _, port = echo.removeprefix("http://").partition(":")
    with ExitStack() as stack:
        for n in range(220):
            half = stack.enter_context(closing(socket.create_connection((host, int(port)), 10)))
            half.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n"[: n % 26])
        begun = time.monotonic()
        for _ in range(20):
            assert requests.get(echo, timeout=10).status_code == 200
        assert time.monotonic() - begun < 60


def test_large_body_is_refused(echo: str) -> None:
    assert requests.post(echo, data=b"x" * 2**20, timeout=10).text == str(2**20)
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n"
    assert answer_to(echo, head).startswith(b"HTTP/1.1 413")


def test_refusal_of_the_server_itself_is_json_for_programs(echo: str) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nContent-Length: 99999999\r\n\r\n"
    top, _, body = answer_to(echo, head, 4000).partition(b"\r\n\r\n")
    assert b"Content-Type: application/problem+json" in top and json.loads(body)["status"] == 413
    top, _, body = answer_to(echo, head.replace(b"Accept", b"X"), 4000).partition(b"\r\n\r\n")
    assert b"Content-Type: text/html" in top and b"too large" in body


def test_large_header_is_refused(echo: str) -> None:
    assert requests.get(echo, headers={"X": "x" * 30_000}, timeout=10).status_code == 200
    assert requests.get(echo, headers={"X": "x" * 33_000}, timeout=10).status_code == 431


def test_server_does_not_tell_its_name(echo: str) -> None:
    assert "Server" not in requests.get(echo, timeout=10).headers


# Turns


def test_one_user_leaves_threads_to_the_others() -> None:
    app, running, most = Flask("slow", static_folder=None), Counter[str](), Counter[str]()
    lock, go = threading.Lock(), threading.Event()

    @app.get("/<user>")
    def page(user: str) -> str:
        request.environ["flaskadmin.take_turn"](user)
        with lock:
            running[user] += 1
            most[user] = max(most[user], running[user])
        try:
            return str(user in ("otto", "ida") or go.wait(20))
        finally:
            with lock:
                running[user] -= 1

    home = served(app, threads=4)
    told: list[str] = []
    ask = [
        threading.Thread(target=lambda: told.append(requests.get(f"{home}/anna", timeout=30).text)) for _ in range(9)
    ]
    for thread in ask:
        thread.start()
    wait_until(lambda: running["anna"] == 2)
    other = threading.Thread(target=requests.get, args=(f"{home}/ben",), kwargs={"timeout": 30})
    other.start()
    wait_until(lambda: running["ben"] == 1)
    for user in ("otto", "ida", "otto"):  # while two users hold all that they get
        assert requests.get(f"{home}/{user}", timeout=30).text == "True"
    go.set()
    for thread in (*ask, other):
        thread.join(30)
    assert told == ["True"] * 9 and most["anna"] == 2, (told, most)
    assert requests.get(f"{home}/anna", timeout=5).text == "True"


def test_request_that_waits_is_answered_whole() -> None:
    app, go = Flask("waits", static_folder=None), threading.Event()

    @app.post("/")
    def page() -> str:
        request.environ["flaskadmin.take_turn"]("anna")
        body = request.get_data()
        go.wait(20)
        return str(len(body))

    home = served(app, threads=1)
    told: list[str] = []
    bodies = [b"x" * 700_000, b"y" * 900_000, b"z"]
    ask = [threading.Thread(target=lambda b=b: told.append(requests.post(home, b, timeout=30).text)) for b in bodies]
    for thread in ask:
        thread.start()
    time.sleep(0.3)
    go.set()
    for thread in ask:
        thread.join(30)
    assert sorted(told) == ["1", "700000", "900000"]


def test_pages_of_the_site_take_turns(tmp_path: Path) -> None:
    (tmp_path / "shop.db").touch()
    app = flaskadmin.create_app(
        Settings(db=(str(tmp_path / "shop.db"),), password="correct horse", secret_key="k" * 32)
    )
    taken: list[str] = []
    turn = {"flaskadmin.take_turn": taken.append}
    client = app.test_client()
    for path in ("", "sign-in", "healthz", "status"):
        client.get(f"/admin/{path}", environ_overrides=turn)
        client.get(f"/admin/{path}", auth=("admin", "correct horse"), environ_overrides=turn)
    assert taken == ["admin", "", "", "admin"]
    app.extensions["flaskadmin"]["flaskadmin"].sections[0].database.close()


def wait_until(holds: Callable[[], bool]) -> None:
    ended = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < ended
        time.sleep(0.01)


# Where it listens


def test_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=rf"{port}.*--port \d+"):
            serve(Flask("x", static_folder=None), Settings(port=port))


def test_other_machines_address_is_named() -> None:
    with pytest.raises(StartError, match="--host"):
        serve(Flask("x", static_folder=None), Settings(port=0, host="192.0.2.1"))


def test_unknown_host_is_named() -> None:
    with pytest.raises(StartError, match="no.such.host.invalid.*--host"):
        serve(Flask("x", static_folder=None), Settings(port=0, host="no.such.host.invalid"))


def test_port_without_rights_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EACCES, "permission denied")

    monkeypatch.setattr(socket, "create_server", refuse)
    with pytest.raises(StartError, match="80 needs more rights"):
        serve(Flask("x", static_folder=None), Settings(port=80))


@pytest.mark.parametrize(("host", "shown"), [("::1", "[::1]"), ("0.0.0.0", "127.0.0.1"), ("[::]", "[::1]")])
def test_other_hosts(host: str, shown: str) -> None:
    if ":" in host and not ipv6():
        pytest.skip("this machine has no IPv6")
    app = Flask("x", static_folder=None)
    app.add_url_rule("/", "home", lambda: "here")
    url = served(app, host=host)
    assert url.startswith(f"http://{shown}:")
    assert requests.get(url, timeout=10).text == "here"


def ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_url_holds_the_prefix() -> None:
    assert served(Flask("x", static_folder=None), url_prefix="/tools").endswith("/tools")


# The end


def get_or_not(url: str) -> None:
    with suppress(requests.RequestException):
        requests.get(url, timeout=30)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to catch")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it(program: tuple[Running, str], number: signal.Signals) -> None:
    it, url = program
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), 10):  # an idle one doesn't hold it up
        it.process.send_signal(number)
        assert it.process.wait(30) == 0
    assert it.wait_for("ended") and "Traceback" not in it.said()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to catch")
@pytest.mark.parametrize(("path", "length"), [("/slow", 3_000_000), ("/stream", 2_500_000)])
def test_answer_in_flight_is_finished(program: tuple[Running, str], path: str, length: int) -> None:
    it, url = program
    answers: queue.Queue[requests.Response] = queue.Queue()
    threading.Thread(target=lambda: answers.put(requests.get(url + path, timeout=30)), daemon=True).start()
    it.wait_for("begun")
    it.process.terminate()
    answer = answers.get(timeout=30)
    assert (answer.status_code, len(answer.content)) == (200, length)
    assert it.process.wait(30) == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to catch")
def test_upload_in_flight_is_finished(program: tuple[Running, str]) -> None:
    it, url = program
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), 10) as connection:
        connection.sendall(b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n" + b"x" * 1000)
        time.sleep(0.3)
        it.process.terminate()
        time.sleep(0.5)
        connection.sendall(b"x" * 1000)
        assert b"\r\n2000" in connection.recv(1000) + connection.recv(1000)
    assert it.process.wait(30) == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to catch")
def test_second_signal_ends_it_at_once(program: tuple[Running, str]) -> None:
    it, url = program
    threading.Thread(target=get_or_not, args=(url + "/slow?seconds=300",), daemon=True).start()
    it.wait_for("begun")
    for _ in range(2):
        it.process.send_signal(signal.SIGINT)
        time.sleep(0.2)
    it.process.wait(60)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to catch")
def test_signal_that_interrupts_the_handling_of_a_signal_does_not_hang_it() -> None:
    """The handler is called again in the midst of itself, as Python does when the second signal comes then."""
    script = """
        import signal, sys
        import flaskadmin
        from flask import Flask

        def again(frame, event, arg):
            if event == "call" and frame.f_code.co_name == "set":
                sys.setprofile(None)
                handlers[0](signal.SIGTERM, None)

        handlers = []
        real = signal.signal
        def keep(number, handler):
            if callable(handler) and handler is not signal.default_int_handler:
                handlers.append(handler)
            return real(number, handler)
        signal.signal = keep

        def ready(url):
            sys.setprofile(again)
            handlers[0](signal.SIGINT, None)

        flaskadmin.serve(Flask("x", static_folder=None), flaskadmin.Settings(port=0), ready)
        print("ended")
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    pretend = plain_environ(PYTHONPATH=str(MODULE.parent))
    done = subprocess.run(command, env=pretend, capture_output=True, text=True, timeout=20)
    assert done.stdout == "ended\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to catch")
@pytest.mark.parametrize("pause", [0.0, 0.02])
def test_two_signals_end_it_soon(program: tuple[Running, str], pause: float) -> None:
    it, _url = program
    it.process.send_signal(signal.SIGTERM)
    time.sleep(pause)
    it.process.send_signal(signal.SIGINT)
    it.process.wait(30)
    assert "Traceback" not in it.said()


def test_who_waits_is_resumed_by_the_end_of_a_turn_alone() -> None:
    """Else a stranger who waits while another's password is verified is sent round and round."""
    turns, resumed = flaskadmin.Turns(8), list[str]()
    while turns.take("", len(resumed)):
        resumed.append("")
    taken = len(resumed)
    resumed.clear()
    turns.wait("", lambda: resumed.append("stranger"))
    turns.wait("", lambda: resumed.append("another"))
    turns.end("no turn")
    assert resumed == []
    turns.end(0)
    assert resumed == ["stranger"]
    for holder in range(1, taken):  # the other is resumed, too, and once
        turns.end(holder)
    assert resumed == ["stranger", "another"]


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT by number")
def test_a_signal_while_python_itself_ends_is_no_fault() -> None:
    script = """
        import os, signal, sys, flaskadmin

        sys.argv = ["flaskadmin", "history", "verify", "none.db"]
        assert flaskadmin.main() > 0  # there is no such file
        os.kill(os.getpid(), signal.SIGINT)
        print("it goes on")
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    pretend = plain_environ(PYTHONPATH=str(MODULE.parent))
    done = subprocess.run(command, env=pretend, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (128 + signal.SIGINT, "")
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to catch")
def test_signals_are_given_back() -> None:
    script = """
        import os, signal
        from flask import Flask
        from flaskadmin import Settings, serve

        def own(number, frame):
            print("mine", flush=True)

        signal.signal(signal.SIGTERM, own)
        for _ in range(2):
            serve(Flask("x", static_folder=None), Settings(port=0), lambda url: os.kill(os.getpid(), signal.SIGTERM))
        os.kill(os.getpid(), signal.SIGTERM)
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    environ = plain_environ(PYTHONPATH=str(MODULE.parent))
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "mine\n")


def test_new_connections_are_refused_while_it_ends(program: tuple[Running, str]) -> None:
    if os.name == "nt":
        pytest.skip("Windows has no SIGTERM to catch")
    it, url = program
    threading.Thread(target=get_or_not, args=(url + "/slow",), daemon=True).start()
    it.wait_for("begun")
    it.process.terminate()
    time.sleep(0.3)
    with pytest.raises(requests.ConnectionError):
        requests.get(url + "/upload", timeout=5)
    assert it.process.wait(10) == 0


# The log


def test_json_log_is_a_line_a_record() -> None:
    line = flaskadmin.LogLine(as_json=True)
    record = logging.LogRecord("flaskadmin", logging.INFO, "", 0, "a\n%s", ("ü",), None)
    record.request = {"user": "anna", "status": 200}
    text = line.format(record)
    assert "\n" not in text
    found = json.loads(text)
    assert (found["message"], found["user"], found["status"], found["level"]) == ("a\nü", "anna", 200, "INFO")


def test_text_log_is_a_line_a_record() -> None:
    record = logging.LogRecord("flaskadmin", logging.INFO, "", 0, "GET /x", (), None)
    assert flaskadmin.LogLine(as_json=False).format(record).endswith("INFO GET /x")
