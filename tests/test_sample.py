"""sample.db is what its script writes: a believable small business, within its bounds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import make_sample

TOP = Path(__file__).resolve().parents[1]
SAMPLE = TOP / "sample.db"


def dump(path: Path) -> list[str]:
    """Return a database as SQL."""
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def test_the_script_writes_the_sample(tmp_path: Path) -> None:
    made = tmp_path / "made.db"
    make_sample.main([str(made)])
    assert dump(made) == dump(SAMPLE)


def test_the_sample_keeps_its_bounds() -> None:
    """A dozen tables, tens of thousands of rows, at most 4 MB; whole, and with no rule broken."""
    with closing(sqlite3.connect(SAMPLE)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = sum(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables)
        assert len(tables) >= 12 and rows >= 20_000 and SAMPLE.stat().st_size <= 4 * 2**20
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
