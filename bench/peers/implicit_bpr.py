"""BPR by implicit: Hogwild threads over one triple at a time. The last column of its factors is the item bias."""

import implicit
from events import matrix
from implicit.cpu.bpr import BayesianPersonalizedRanking
from implicit_iterations import Iterations
from threadpoolctl import threadpool_limits


class Peer(Iterations):
    def prepare(self, folder, users, items, factors, threads, learning_rate, regularization) -> dict:
        threadpool_limits(1, "blas")
        self.folder, self.data = folder, matrix(folder, users, items)
        self.units = self.data.nnz
        self.settings = dict(
            factors=factors,
            num_threads=threads,
            learning_rate=learning_rate,
            regularization=regularization,
            random_state=1,
        )
        self.fit(1)
        return {"versions": {"implicit": implicit.__version__}}

    def model(self, iterations: int) -> BayesianPersonalizedRanking:
        return BayesianPersonalizedRanking(iterations=iterations, **self.settings)
