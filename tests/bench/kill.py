"""Kills: python tests/bench/kill.py [--kills 100] [--seed N]; python tests/bench/kill.py --clients 16 --seconds 60.

A process that writes through the site's own code is killed (kill -9) at random moments of single edits, of bulk runs of
hundreds of rows, of imports of a file over HTTP, and of edits over HTTP by several clients at once; on PostgreSQL, the
server itself too. After each kill the databases pass their check, each change set is there as a whole or not at all,
what was acknowledged is there, and the history, replayed by hand from the first state, ends in the rows that are there.
With ``--clients`` that many clients add to the same few counters for so long instead, and nothing may be lost, doubled,
or answered with an error.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP), str(TOP / "tests")]

import psycopg  # noqa: E402
import requests  # noqa: E402

import clients  # noqa: E402


def execute(url: str, *statements: str) -> list[Any]:
    """Run statements as another program would; return the rows of the last."""
    if url.startswith("postgresql:"):
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = [connection.execute(statement.encode()) for statement in statements][-1]
            return list(cursor.fetchall()) if cursor.description else []
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
        return [connection.execute(statement) for statement in statements][-1].fetchall()


class Kills:
    """One database with its history, and what was killed over it so far."""

    def __init__(self, url: str, folder: Path, state: str, server: clients.OwnPostgres | None) -> None:
        self.url, self.folder, self.state, self.server = url, folder, state, server
        postgres = url.startswith("postgresql:")
        execute(url, *clients.items(postgres), *clients.counters(postgres))
        with clients.writer_over(url, folder, state) as writer:
            writer.history.state.make()
        # The two tables share one history; each audit follows its own.
        self.items = clients.Audit(url, folder, "item", state)
        self.counters = clients.Audit(url, folder, "counter", state)
        self.done: Counter[str] = Counter()
        self.arguments = ["--state", state] if state else []

    def kill_worker(self, run: str, chance: random.Random) -> None:
        """Kill a process amid single edits or bulk runs."""
        worker = clients.Worker(self.url, self.folder, self.state, chance.randrange(2**32), run)
        time.sleep(chance.uniform(0, 0.8))
        acknowledged = worker.kill()
        assert not worker.told, worker.told
        lines = self.items.check()
        assert acknowledged <= len(lines) <= acknowledged + 1, (acknowledged, len(lines))

    def kill_site(self, chance: random.Random) -> None:
        """Kill the served site while four clients edit."""
        before = int(execute(self.url, "SELECT sum(n) FROM counter")[0][0])
        met: Counter[int | None] = Counter()
        gone = threading.Event()

        def work(place: int) -> None:
            client = clients.Client(site.home)
            while not gone.is_set():
                met[clients.quietly(lambda: client.bump(place % clients.COUNTERS + 1))] += 1

        with clients.served(self.url, self.folder, *self.arguments) as site:
            threads = [threading.Thread(target=work, args=(place,)) for place in range(4)]
            for thread in threads:
                thread.start()
            time.sleep(chance.uniform(0.3, 1.5))
            gone.set()
            site.kill()
            for thread in threads:
                thread.join()
        assert set(met) <= {303, 409, None}, met
        self.counters.check()
        after = int(execute(self.url, "SELECT sum(n) FROM counter")[0][0])
        assert before + met[303] <= after <= before + met[303] + 4, (before, met, after)

    def kill_import(self, chance: random.Random) -> None:
        """Kill the served site amid an import of a file; begun again, it tells how that ended."""
        lines = [f"{token},{chance.randrange(10**6)},note {chance.random()}\n" for token in self.items.rows]
        with clients.served(self.url, self.folder, *self.arguments) as site:
            client, job = clients.Client(site.home), ""
            killer = threading.Timer(chance.uniform(0, 1), site.kill)
            killer.start()
            with suppress(requests.RequestException):
                job = client.start_import("item", "id,n,note\n" + "".join(lines))
                client.job(job)
            killer.join()
            site.start()
            answer = client.session.get(job or site.home)
            said = site.stop()
        assert answer.status_code in (200, 404), said  # of a run that only the killed process knew
        sets = self.items.check()
        assert [line.rows for line in sets] in ([], [len(lines)]), sets
        assert not (sets and "Nothing was changed" in answer.text), answer.text
        assert sets or f"{len(lines):,} changed" not in answer.text, answer.text
        self.done["import, whole" if sets else "import, undone"] += 1

    def kill_server(self, chance: random.Random) -> None:
        """Kill PostgreSQL itself, and start it again."""
        assert self.server is not None
        worker = clients.Worker(self.url, self.folder, self.state, chance.randrange(2**32), chance.choice(RUNS))
        time.sleep(chance.uniform(0, 0.8))
        self.server.kill()
        worker.until_more("told:")
        self.server.start()
        worker.until_more("acknowledged")
        acknowledged = worker.kill()
        assert all("can't be reached" in line or "isn't known" in line for line in worker.told), worker.told
        assert acknowledged <= len(self.items.check()) <= acknowledged + 1 + len(worker.told)

    def kill(self, how: str, chance: random.Random) -> None:
        """Kill what is named, and look."""
        ways: dict[str, Callable[[], None]] = {
            "site": lambda: self.kill_site(chance), "postgresql": lambda: self.kill_server(chance),
            "import": lambda: self.kill_import(chance),
        }  # fmt: skip
        ways.get(how, lambda: self.kill_worker(how, chance))()
        self.done[how] += 1


RUNS = ("single", "bulk")


def kills(name: str, count: int, seed: int, folder: Path, only: str = "") -> None:
    """Kill so often on one engine, with the history apart and within in turn; print what was survived."""
    chance = random.Random(seed)
    server = clients.OwnPostgres(folder / "pg") if name == "postgresql" else None
    made: list[Kills] = []
    for state in ("", "same"):
        own = folder / (state or "apart")
        own.mkdir()
        own.chmod(0o755)
        url = f"sqlite:///{own / 'shop.db'}"
        if server:
            execute(server.url, f"CREATE DATABASE {own.name}")
            url = server.server.get_uri(own.name)
        made.append(Kills(url, own, state, server))
    ways = [only] if only else ["single", "bulk", "site", "import"] + (["postgresql"] if server else [])
    begun = time.monotonic()
    for turn in range(count):
        made[turn % 2].kill(ways[turn // 2 % len(ways)], chance)
        if turn % 10 == 9:
            print(f"{name}: {turn + 1} kills survived, {time.monotonic() - begun:.0f} s", flush=True)
    print(name, dict(sum((one.done for one in made), Counter())), "data and history agree", flush=True)
    if server:
        server.server.cleanup()


def many(name: str, count: int, seconds: float, folder: Path) -> None:
    """Let so many clients write at once for so long on one engine; print what came of it."""
    server = clients.OwnPostgres(folder / "pg") if name == "postgresql" else None
    url = server.url if server else f"sqlite:///{folder / 'shop.db'}"
    execute(url, *clients.counters(server is not None))
    audit = clients.Audit(url, folder, "counter")
    with clients.served(url, folder) as site:
        last = time.monotonic() + seconds
        met = clients.bump_all(site.home, count, lambda _saved: time.monotonic() < last)
        said = site.stop()
    assert set(met) <= {303, 409}, met
    assert "Traceback" not in said
    assert execute(url, "SELECT sum(n) FROM counter") == [(met[303],)], met
    assert len(audit.check()) == met[303]
    words = f"{met[303]} saved, {met[409]} conflicts met and repeated; nothing lost, nothing doubled"
    print(f"{name}: {count} clients, {seconds:.0f} s: {words}", flush=True)
    if server:
        server.server.cleanup()


def main() -> None:
    """Run on both engines, or on the one that is named."""
    parser = argparse.ArgumentParser(description="Kills, and many clients at once.")
    parser.add_argument("engines", nargs="*", default=["sqlite", "postgresql"], metavar="engine")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", choices=[*RUNS, "site", "import", "postgresql"], default="")
    parser.add_argument("--clients", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    for name in options.engines:
        with tempfile.TemporaryDirectory(prefix="kill", dir="/tmp") as folder:
            Path(folder).chmod(0o755)
            if options.clients:
                many(name, options.clients, options.seconds, Path(folder))
            else:
                print(f"{name}: seed {options.seed}", flush=True)
                kills(name, options.kills, options.seed, Path(folder), options.only)


if __name__ == "__main__":
    main()
