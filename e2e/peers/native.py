"""Seconds that native DuckDB needs, on two threads, for the query in group_by.sql over a file of JSON Lines: FILE QUERY."""

import sys
import time

import duckdb

file, query = sys.argv[1:]
with open(query, encoding="utf-8") as text:
    query = text.read().replace("SOURCE", "read_json_auto('" + file.replace("'", "''") + "')")
connection = duckdb.connect()
connection.execute("SET threads = 2")
start = time.perf_counter()
connection.execute(query).fetchall()
print(time.perf_counter() - start)
