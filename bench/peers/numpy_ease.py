"""EASE as its paper writes it, in numpy: the inverse of the Gram matrix, float32."""

import numpy as np
from events import matrix
from threadpoolctl import threadpool_limits
from whole import Whole


class Peer(Whole):
    def prepare(self, folder, users, items, threads, l2) -> dict:
        threadpool_limits(threads, "blas")
        self.data, self.l2 = matrix(folder, users, items), l2
        return {"versions": {"numpy": np.__version__}}

    def fit(self) -> np.ndarray:
        gram = (self.data.T @ self.data).toarray().astype(np.float32)
        gram[np.diag_indices_from(gram)] += self.l2
        inverse = np.linalg.inv(gram)
        weights = inverse / -np.diag(inverse)
        weights[np.diag_indices_from(weights)] = 0
        return weights

    def some(self) -> dict:
        """Some rows of the weights, to compare."""
        weights = self.fit()
        rows = list(range(0, len(weights), max(1, len(weights) // 50)))
        return {"rows": rows, "weights": weights[rows].tolist()}
