"""SQLite with synchronous=FULL: a row per item, so an update writes some pages and not the whole document."""

import json
import sqlite3
import sys

FILE = sys.argv[1]


def connect():
    # Explicit transactions; a task waits for the others as long as it takes.
    connection = sqlite3.connect(FILE, isolation_level=None, timeout=60)
    connection.execute("PRAGMA busy_timeout = 60000")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def make(document):
    connection = sqlite3.connect(FILE, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE media (id TEXT PRIMARY KEY, body TEXT NOT NULL)")
    connection.execute("BEGIN")
    with open(document, encoding="utf-8") as file:
        rows = [(entry["id"], json.dumps(entry)) for entry in json.load(file)["files"]]
    connection.executemany("INSERT INTO media VALUES (?, ?)", rows)
    connection.execute("COMMIT")


def tell():
    """Writes the table as the document the others keep, and whether the database is sound."""
    connection = connect()
    rows = connection.execute("SELECT body FROM media").fetchall()
    sound = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    print(json.dumps({"files": [json.loads(body) for (body,) in rows], "sound": sound}))


def prepare():
    connection = connect()

    def update(item, text, is_over):
        connection.execute("BEGIN IMMEDIATE")
        if is_over():
            connection.execute("ROLLBACK")
            return False
        (body,) = connection.execute("SELECT body FROM media WHERE id = ?", (item,)).fetchone()
        entry = json.loads(body)
        entry["metadata"]["alt"] = text
        connection.execute("UPDATE media SET body = ? WHERE id = ?", (json.dumps(entry), item))
        connection.execute("COMMIT")
        return True

    return update


if sys.argv[2] == "make":
    make(sys.argv[3])
elif sys.argv[2] == "tell":
    tell()
else:
    from tasks import run

    run(prepare)
