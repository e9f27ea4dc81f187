"""Top k of all items for all users by implicit, with the factors that the benchmark gives and seen items removed."""

import implicit
import numpy as np
from arrays import parameter
from clock import repeat
from events import matrix
from implicit.cpu.als import AlternatingLeastSquares
from threadpoolctl import threadpool_limits


class Peer:
    def prepare(self, folder, users, items, factors, threads, k, user_factors, item_factors) -> dict:
        threadpool_limits(1, "blas")
        self.seen, self.users, self.k = matrix(folder, users, items), np.arange(users), k
        self.model = AlternatingLeastSquares(factors=factors, num_threads=threads)
        self.model.user_factors = parameter(folder, user_factors, users, factors)
        self.model.item_factors = parameter(folder, item_factors, items, factors)
        self.lists()
        return {"versions": {"implicit": implicit.__version__}}

    def lists(self) -> np.ndarray:
        return self.model.recommend(self.users, self.seen, N=self.k, filter_already_liked_items=True)[0]

    def run(self, seconds: float) -> dict:
        times, elapsed = repeat(self.lists, seconds)
        return {"units": times * len(self.users), "seconds": elapsed}

    def top(self, users: int) -> list:
        return self.lists()[:users].tolist()
