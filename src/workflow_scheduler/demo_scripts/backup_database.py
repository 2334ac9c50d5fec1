"""Write a consistent copy of an SQLite database, which may be in use meanwhile, as an SQL script."""

import sqlite3
import sys
from pathlib import Path

source_path, target_path = sys.argv[1:3]
source = sqlite3.connect(f"file:{source_path}?mode=ro", uri=True)
copy = sqlite3.connect(":memory:")
source.backup(copy)
with Path(target_path).open("w", encoding="utf-8", newline="\n") as target:
    for statement in copy.iterdump():
        target.write(statement + "\n")
(orders,) = copy.execute("SELECT count(*) FROM orders").fetchone()
print(f"{orders} orders written to {target_path}")
