"""Alternating least squares by implicit, by conjugate gradients. Its own clock counts, so that its set-up does not."""

import implicit
import numpy as np
from arrays import load, save
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits


class Enough(Exception):
    pass


class Peer:
    def prepare(self, folder, users, items, factors, threads, confidence, regularization) -> dict:
        threadpool_limits(1, "blas")
        columns = load(folder, "seen.items")
        values = np.full(len(columns), confidence, np.float32)
        self.folder, self.data = folder, csr_matrix((values, columns, load(folder, "seen.offsets")), (users, items))
        self.settings = dict(factors=factors, num_threads=threads, regularization=regularization, random_state=1)
        self.fit(1)
        return {"versions": {"implicit": implicit.__version__}}

    def fit(self, iterations: int) -> AlternatingLeastSquares:
        model = AlternatingLeastSquares(iterations=iterations, **self.settings)
        model.fit(self.data, show_progress=False)
        return model

    def run(self, seconds: float) -> dict:
        model = AlternatingLeastSquares(iterations=1 << 20, **self.settings)
        iterations = []

        def after(_iteration, elapsed, *_rest):
            iterations.append(elapsed)
            if sum(iterations) >= seconds:
                raise Enough

        try:
            model.fit(self.data, show_progress=False, callback=after)
        except Enough:
            pass
        return {"units": len(iterations), "seconds": sum(iterations)}

    def factors(self, iterations: int) -> dict:
        """Trains from the start and leaves user and item factors in the folder."""
        model = self.fit(iterations)
        save(self.folder, "peer.user", model.user_factors)
        save(self.folder, "peer.item", model.item_factors)
        return {"width": model.user_factors.shape[1]}
