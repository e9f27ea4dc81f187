"""EASE by skrecsys."""

from importlib.metadata import version

import numpy as np
from events import matrix
from skrecsys.recommendation import EASE
from whole import Whole


class Peer(Whole):
    def prepare(self, folder, users, items, threads, l2) -> dict:
        entries = matrix(folder, users, items).tocoo()
        self.data, self.threads = np.c_[entries.row, entries.col], threads
        return {"versions": {"skrecsys": version("skrecsys")}}

    def fit(self) -> None:
        EASE(n_jobs=self.threads).fit(self.data)
