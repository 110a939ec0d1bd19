"""Seconds that scikit-learn's IsolationForest (100 trees of 256 rows) needs to be fitted to a CSV of numbers, and to score it: FILE."""

import json
import sys
import time

import numpy
from sklearn.ensemble import IsolationForest

rows = numpy.loadtxt(sys.argv[1], delimiter=",", skiprows=1, dtype=numpy.float32)
forest = IsolationForest(n_estimators=100, max_samples=256, random_state=0)
start = time.perf_counter()
forest.fit(rows)
fitted = time.perf_counter()
forest.score_samples(rows)
print(json.dumps({"fit": fitted - start, "score": time.perf_counter() - fitted}))
