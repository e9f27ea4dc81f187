"""EASE by rusket."""

import os
from importlib.metadata import version

from events import matrix
from whole import Whole


class Peer(Whole):
    def prepare(self, folder, users, items, threads, l2) -> dict:
        os.environ["RAYON_NUM_THREADS"] = str(threads)
        import rusket

        self.rusket, self.data, self.l2 = rusket, matrix(folder, users, items), l2
        return {"versions": {"rusket": version("rusket")}}

    def fit(self) -> None:
        self.rusket.EASE(regularization=self.l2).fit(self.data)
