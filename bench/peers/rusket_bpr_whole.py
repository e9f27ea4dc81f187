"""Whole trainings of BPR by rusket, with its default settings."""

import os
from importlib.metadata import version

import numpy as np
from arrays import save
from whole import Whole, matrix


class Peer(Whole):
    def prepare(self, folder, users, items, factors, threads, iterations) -> dict:
        os.environ["RAYON_NUM_THREADS"] = str(threads)
        import rusket

        self.rusket, self.folder, self.data = rusket, folder, matrix(folder, users, items)
        self.settings = dict(factors=factors, iterations=iterations)
        return {"versions": {"rusket": version("rusket")}}

    def fit(self):
        model = self.rusket.BPR(**self.settings)
        model.fit(self.data)
        return model

    def factors(self) -> dict:
        """Leaves user and item factors in the folder."""
        model = self.fit()
        save(self.folder, "peer.user", np.asarray(model.user_factors))
        save(self.folder, "peer.item", np.asarray(model.item_factors))
        return {"width": np.asarray(model.user_factors).shape[1]}
