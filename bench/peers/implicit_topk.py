"""Top k of all items for all users by implicit, with the factors that the benchmark gives and seen items removed."""

import time

import implicit
import numpy as np
from arrays import load, parameter
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits


class Peer:
    def prepare(self, folder, users, items, factors, threads, k, user_factors, item_factors) -> dict:
        threadpool_limits(1, "blas")
        columns = load(folder, "seen.items")
        rows = (np.ones(len(columns), np.float32), columns, load(folder, "seen.offsets"))
        self.seen, self.users, self.k = csr_matrix(rows, (users, items)), np.arange(users), k
        self.model = AlternatingLeastSquares(factors=factors, num_threads=threads)
        self.model.user_factors = parameter(folder, user_factors, users, factors)
        self.model.item_factors = parameter(folder, item_factors, items, factors)
        self.lists()
        return {"versions": {"implicit": implicit.__version__}}

    def lists(self) -> np.ndarray:
        return self.model.recommend(self.users, self.seen, N=self.k, filter_already_liked_items=True)[0]

    def run(self, seconds: float) -> dict:
        start, times, elapsed = time.perf_counter(), 0, 0.0
        while elapsed < seconds:
            self.lists()
            times += 1
            elapsed = time.perf_counter() - start
        return {"units": times * len(self.users), "seconds": elapsed}

    def top(self, users: int) -> list:
        return self.lists()[:users].tolist()
