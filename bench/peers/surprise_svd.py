"""Biased matrix factorization by Surprise's SVD: SGD, one rating at a time, one thread (it has no other way)."""

import time

import numpy as np
import surprise
from arrays import load, save
from surprise import SVD, Trainset


class Peer:
    def prepare(self, folder, users, items, factors, learning_rate, regularization) -> dict:
        offsets, columns = load(folder, "seen.offsets"), load(folder, "seen.items").tolist()
        values = load(folder, "seen.values").tolist()
        by_user = {u: list(zip(columns[a:b], values[a:b])) for u, (a, b) in enumerate(zip(offsets, offsets[1:]))}
        by_item = {i: () for i in range(items)}  # SVD never looks at it
        self.data = Trainset(by_user, by_item, users, items, len(values), (1, 5), {}, {})
        self.data.global_mean  # computed once, outside the clock
        self.folder = folder
        self.settings = dict(n_factors=factors, lr_all=learning_rate, reg_all=regularization, random_state=1)
        self.epoch_seconds = self.fit(1)[1]
        return {"versions": {"scikit-surprise": surprise.__version__}}

    def fit(self, epochs: int) -> tuple:
        model = SVD(n_epochs=epochs, **self.settings)
        start = time.perf_counter()
        model.fit(self.data)
        return model, time.perf_counter() - start

    def run(self, seconds: float) -> dict:
        epochs = max(1, round(seconds / self.epoch_seconds))
        return {"units": epochs * self.data.n_ratings, "seconds": self.fit(epochs)[1]}

    def factors(self, epochs: int) -> dict:
        """Trains from the start and leaves factors and biases (as two more columns) in the folder."""
        model, _ = self.fit(epochs)
        ones = [np.ones((len(bias), 1)) for bias in (model.bu, model.bi)]
        save(self.folder, "peer.user", np.hstack([model.pu, model.bu[:, None], ones[0]]))
        save(self.folder, "peer.item", np.hstack([model.qi, ones[1], model.bi[:, None]]))
        return {"width": model.pu.shape[1] + 2}
