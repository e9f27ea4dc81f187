"""Work in whole pieces until the time is over."""

import time
from collections.abc import Callable


def repeat(piece: Callable[[], object], seconds: float) -> tuple[int, float]:
    """How often the piece was done, and how many seconds that took."""
    start, times, elapsed = time.perf_counter(), 0, 0.0
    while elapsed < seconds:
        piece()
        times += 1
        elapsed = time.perf_counter() - start
    return times, elapsed
