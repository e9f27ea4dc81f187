"""Alternating least squares by implicit, by conjugate gradients."""

import implicit
from events import matrix
from implicit.cpu.als import AlternatingLeastSquares
from implicit_iterations import Iterations
from threadpoolctl import threadpool_limits


class Peer(Iterations):
    def prepare(self, folder, users, items, factors, threads, confidence, regularization) -> dict:
        threadpool_limits(1, "blas")
        self.folder, self.data, self.units = folder, matrix(folder, users, items, confidence), 1
        self.settings = dict(factors=factors, num_threads=threads, regularization=regularization, random_state=1)
        self.fit(1)
        return {"versions": {"implicit": implicit.__version__}}

    def model(self, iterations: int) -> AlternatingLeastSquares:
        return AlternatingLeastSquares(iterations=iterations, **self.settings)
