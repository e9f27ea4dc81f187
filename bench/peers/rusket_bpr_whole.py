"""Whole trainings of BPR by rusket, with its default settings."""

import os
from importlib.metadata import version

from events import matrix, save_factors
from whole import Whole


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
        return save_factors(self.folder, model.user_factors, model.item_factors)
