"""Whole trainings of BPR by implicit, with its default settings."""

import implicit
from events import matrix, save_factors
from implicit.cpu.bpr import BayesianPersonalizedRanking
from threadpoolctl import threadpool_limits
from whole import Whole


class Peer(Whole):
    def prepare(self, folder, users, items, factors, threads, iterations) -> dict:
        threadpool_limits(1, "blas")
        self.folder, self.data = folder, matrix(folder, users, items)
        self.settings = dict(factors=factors, iterations=iterations, num_threads=threads, random_state=1)
        return {"versions": {"implicit": implicit.__version__}}

    def fit(self) -> BayesianPersonalizedRanking:
        model = BayesianPersonalizedRanking(**self.settings)
        model.fit(self.data, show_progress=False)
        return model

    def factors(self) -> dict:
        """Leaves user and item factors (the last column: item bias) in the folder."""
        model = self.fit()
        return save_factors(self.folder, model.user_factors, model.item_factors)
