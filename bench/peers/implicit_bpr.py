"""BPR by implicit: Hogwild threads over one triple at a time. Its own clock counts, so that its set-up does not."""

import implicit
import numpy as np
from arrays import load, save
from implicit.cpu.bpr import BayesianPersonalizedRanking
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits


class Enough(Exception):
    pass


class Peer:
    def prepare(self, folder, users, items, factors, threads, learning_rate, regularization) -> dict:
        threadpool_limits(1, "blas")
        columns = load(folder, "seen.items")
        rows = (np.ones(len(columns), np.float32), columns, load(folder, "seen.offsets"))
        self.folder, self.data = folder, csr_matrix(rows, (users, items))
        self.settings = dict(
            factors=factors,
            num_threads=threads,
            learning_rate=learning_rate,
            regularization=regularization,
            random_state=1,
        )
        self.fit(1)
        return {"versions": {"implicit": implicit.__version__}}

    def fit(self, epochs: int) -> BayesianPersonalizedRanking:
        model = BayesianPersonalizedRanking(iterations=epochs, **self.settings)
        model.fit(self.data, show_progress=False)
        return model

    def run(self, seconds: float) -> dict:
        model = BayesianPersonalizedRanking(iterations=1 << 20, **self.settings)
        epochs = []

        def after(_epoch, elapsed, *_rest):
            epochs.append(elapsed)
            if sum(epochs) >= seconds:
                raise Enough

        try:
            model.fit(self.data, show_progress=False, callback=after)
        except Enough:
            pass
        return {"units": self.data.nnz * len(epochs), "seconds": sum(epochs)}

    def factors(self, epochs: int) -> dict:
        """Trains from the start and leaves user and item factors (the last column: item bias) in the folder."""
        model = self.fit(epochs)
        save(self.folder, "peer.user", model.user_factors)
        save(self.folder, "peer.item", model.item_factors)
        return {"width": model.user_factors.shape[1]}
