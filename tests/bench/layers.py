"""Both layers together, measured in a process of its own each: loading, memory, one by one, in batches."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

_CODE = """
import json, os, resource, statistics, sys, time
began = time.perf_counter()
from moderation.screening import bank
from moderation.screening.judge import Judge
from moderation.screening.meaning import Meaning
from moderation.screening.policy import Policy
judge = Judge(Policy(), Meaning.named(sys.argv[1]))
judge.screen("warm")
loaded = time.perf_counter() - began
texts = [one.text for one in bank.load(bank.packaged("suite")) if 17 <= len(one.text.split()) <= 23][:200]
took = []
for text in texts:
    start = time.perf_counter()
    judge.screen(text)
    took.append(time.perf_counter() - start)
many = texts * 2
start = time.perf_counter()
judge.screen_many(many)
batch = len(many) / (time.perf_counter() - start)
print(json.dumps({
    "loads_seconds": loaded,
    "median_ms": statistics.median(took) * 1000,
    "worst_of_a_hundred_ms": sorted(took)[int(len(took) * 0.99)] * 1000,
    "batch_a_second": batch,
    "resident_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""


@dataclass(frozen=True, slots=True)
class Layers:
    """What one model costs."""

    loads_seconds: float
    median_ms: float
    worst_of_a_hundred_ms: float
    batch_a_second: float
    resident_mb: float


def measure(model: str, threads: int) -> Layers:
    """Load a model in a fresh process and screen messages of about 20 words, half of them worrying."""
    done = subprocess.run(
        [sys.executable, "-c", _CODE, model],
        capture_output=True,
        check=True,
        text=True,
        env={"CAIRN_SCREENING_THREADS": str(threads), "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": str(threads)},
    )
    return Layers(**json.loads(done.stdout))
