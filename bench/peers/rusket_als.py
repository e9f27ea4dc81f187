"""Alternating least squares by rusket: it has no clock of its own, so an iteration is a share of what eleven take beyond one."""

import os
import time
from importlib.metadata import version

from events import matrix

MORE = 10


class Peer:
    def prepare(self, folder, users, items, factors, threads, confidence, regularization) -> dict:
        os.environ["RAYON_NUM_THREADS"] = str(threads)
        import rusket

        self.rusket, self.data, self.factors = rusket, matrix(folder, users, items), factors
        self.settings = dict(alpha=confidence - 1, regularization=regularization)
        self.fit(1)
        return {"versions": {"rusket": version("rusket")}, "notes": "its default solver"}

    def fit(self, iterations: int) -> float:
        start = time.perf_counter()
        self.rusket.ALS(factors=self.factors, iterations=iterations, **self.settings).fit(self.data)
        return time.perf_counter() - start

    def run(self, seconds: float) -> dict:
        units, elapsed = 0, 0.0
        while elapsed < seconds:
            base = self.fit(1)
            elapsed += max(1e-3, self.fit(1 + MORE) - base)
            units += MORE
        return {"units": units, "seconds": elapsed}
