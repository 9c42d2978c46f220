"""The classroom as a program: one server for a folder, and nobody who can stop the room with connections."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits and kill -9 are things of POSIX")

FILES = 256
"""File handles that some telephones and laptops give a program."""


class Server:
    """`matsim classroom` with what it has printed; `files` is how many handles it may have."""

    def __init__(self, session: Path, port: int = 0, files: int | None = None) -> None:
        self.errors = (session.parent / f"errors-{session.name}-{os.urandom(4).hex()}").open("w+")

        words = [sys.executable, "-m", "matsim", "classroom", "--session", str(session), "--port", str(port)]
        if files is not None:
            words = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh", *words]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=self.errors, text=True)
        assert self.process.stdout is not None
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if line.startswith("Ctrl-C"):
                break
        found = re.search(r"(http://127.0.0.1:(\d+))/facilitator/", self.said)
        assert found, self.said + self.wrote()
        self.origin, self.port = found[1], int(found[2])
        self.code = re.search(r"code (\w{4})", self.said)[1]  # type: ignore[index]
        self.projector = re.search(r"http://\S+/projector/\S+", self.said)[0]  # type: ignore[index]

    def end(self, how: int = signal.SIGINT) -> None:
        self.process.send_signal(how)
        self.process.wait(90)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def wrote(self) -> str:
        """What stands in the facilitator's terminal beside what was printed at first."""
        self.errors.seek(0)
        return self.errors.read()


@contextmanager
def server(session: Path, port: int = 0, files: int | None = None) -> Iterator[Server]:
    made = Server(session, port, files)
    try:
        yield made
    finally:
        made.end()
        made.errors.close()


def started(session: Path, port: int) -> subprocess.CompletedProcess[str]:
    """A server that cannot start."""
    words = [sys.executable, "-m", "matsim", "classroom", "--session", str(session), "--port", str(port)]
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)


def joined(origin: str, code: str, name: str) -> httpx.Client:
    client = httpx.Client(base_url=origin, follow_redirects=True, timeout=90)
    token = re.search(r'data-csrf="(\w+)"', client.get("/").text)[1]  # type: ignore[index]
    answer = client.post("/join", data={"csrf": token, "code": code, "name": name, "colour": "0"})
    assert f"You are in, {name}" in answer.text
    return client


def test_a_folder_is_served_once_and_is_none_the_worse_for_a_second_try_or_a_kill(tmp_path: Path) -> None:
    session = tmp_path / "s"
    with server(session) as first:
        joined(first.origin, first.code, "Oak").close()
        before = (session / "log.jsonl").read_bytes()
        for port in (0, first.port):
            second = started(session, port)
            assert second.returncode == 3
            assert "already being played by process" in second.stderr
            assert "port" not in second.stderr  # another port for the same folder is what would break it
            assert "Traceback" not in second.stderr
        assert (session / "log.jsonl").read_bytes() == before
        joined(first.origin, first.code, "Elm").close()
        other = started(tmp_path / "other", first.port)
        assert other.returncode == 3
        assert "--port" in other.stderr
        assert not (tmp_path / "other").exists()
        first.end(signal.SIGKILL)
    with server(session, first.port) as again:
        assert "The session goes on" in again.said
        assert [line.count('"kind": "team"') for line in (session / "log.jsonl").read_text().splitlines()].count(1) == 2


def test_what_a_session_keeps_is_for_its_owner_alone(tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        with server(tmp_path / "s"):
            pass
        (tmp_path / "s" / "log.jsonl").chmod(0o644)  # as an earlier version left it
        with server(tmp_path / "s"):
            rights = {f.name: stat.S_IMODE(f.stat().st_mode) for f in (tmp_path / "s").iterdir()}
            assert rights == {"keys.json": 0o600, "log.jsonl": 0o600, "scenario.toml": 0o600}
            assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o700
    finally:
        os.umask(old)


def test_more_idle_connections_than_there_are_files_hang_nothing_and_say_nothing(tmp_path: Path) -> None:
    with server(tmp_path / "s", files=FILES) as room, ExitStack() as stack:
        opened = [stack.enter_context(socket.create_connection(("127.0.0.1", room.port), 90)) for _ in range(FILES + 4)]
        for one in opened[::3]:
            one.send(b"GET / HTTP/1.1\r\nHost: half a")  # and some ask half a question
        client = stack.enter_context(closing(joined(room.origin, room.code, "Oak")))
        assert client.get("/team").status_code == 200
        # who goes in the middle of an answer, and what is no question at all, is no news for the terminal either
        for words in (b"GET /static/x/plotly.js HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01 rubbish\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", room.port), 90) as rude:
                rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
                rude.send(words)
        assert client.get("/team").status_code == 200
        for one in opened:
            one.close()
        assert room.wrote() == ""


def test_a_device_has_a_few_streams_and_asks_when_it_is_refused_more(tmp_path: Path) -> None:
    with server(tmp_path / "s", files=FILES) as room, ExitStack() as stack:
        oak = stack.enter_context(closing(joined(room.origin, room.code, "Oak")))
        elm = stack.enter_context(closing(joined(room.origin, room.code, "Elm")))
        held = [stack.enter_context(oak.stream("GET", "/events")) for _ in range(4)]
        assert [answer.status_code for answer in held] == [200] * 4
        assert [oak.get("/events").status_code for _ in range(300)] == [503] * 300
        with elm.stream("GET", "/events") as others:
            assert others.status_code == 200
        told = oak.get("/now").json()
        assert {"version", "stamp", "phase", "mark"} == set(told)
        assert oak.get("/now").json() == told
        assert httpx.get(f"{room.projector}/now").json()["phase"] == told["phase"]
        assert httpx.get(f"{room.origin}/now").status_code == 403
        for answer in held:
            answer.close()
        for _ in range(50):  # a place is free again once its page has gone
            with oak.stream("GET", "/events") as again:
                if again.status_code == 200:
                    break
        else:
            raise AssertionError("no stream was given back")
        assert room.wrote() == ""
