"""All items for all users by a NeuMF in PyTorch: large batches of pairs, then the best of each user's unseen items."""

import time

import numpy as np
import torch
from arrays import load
from torch_model import NeuMf


class Peer:
    def prepare(self, folder, users, items, factors, threads, k, select) -> dict:
        """`select` False leaves out the removal of seen items and the top k, as if they cost nothing."""
        torch.set_num_threads(threads)
        self.users, self.items, self.k, self.select = users, items, k, select
        self.model = NeuMf(folder, users, items, factors, sparse=False).eval()
        self.every = torch.arange(items)
        offsets = load(folder, "seen.offsets").astype(np.int64)
        self.offsets, self.seen = torch.from_numpy(offsets), torch.from_numpy(load(folder, "seen.items")).long()
        self.next = 0
        # The batch that suits the machine, in users: 4 x 3,706 pairs to 64 x 3,706.
        self.chunk = max((4, 8, 16, 32, 64), key=self.rate_with)
        return {"versions": {"torch": torch.__version__.split("+")[0]}, "notes": f"{self.chunk * items} pairs a batch"}

    def rate_with(self, chunk: int) -> float:
        self.chunk = chunk
        self.run(0)
        measured = self.run(0.3)
        return measured["units"] / measured["seconds"]

    @torch.inference_mode()
    def scores(self, first: int, last: int) -> torch.Tensor:
        user = torch.arange(first, last).repeat_interleave(self.items)
        return self.model(user, self.every.repeat(last - first)).view(last - first, self.items)

    @torch.inference_mode()
    def lists(self, first: int, last: int) -> torch.Tensor:
        scores = self.scores(first, last)
        if not self.select:
            return scores
        a, b = self.offsets[first], self.offsets[last]
        rows = torch.repeat_interleave(torch.arange(last - first), self.offsets[first : last + 1].diff())
        scores[rows, self.seen[a:b]] = -torch.inf
        return torch.topk(scores, self.k).indices

    def run(self, seconds: float) -> dict:
        start, pairs, elapsed = time.perf_counter(), 0, -1.0
        while elapsed < seconds:
            last = min(self.next + self.chunk, self.users)
            self.lists(self.next, last)
            pairs += (last - self.next) * self.items
            self.next = last % self.users
            elapsed = time.perf_counter() - start
        return {"units": pairs, "seconds": elapsed}

    def top(self, users: int) -> list:
        """The first users' lists, for comparison."""
        return self.lists(0, users).tolist()
