"""Training steps of NeuMF in PyTorch over rows that were sampled before: only the step itself is timed."""

import torch
from arrays import load
from torch import nn
from torch_model import NeuMf
from training import Training


class Peer(Training):
    def prepare(self, folder, users, items, factors, batch, threads, adam, learning_rate) -> dict:
        """`adam`: dense (one Adam for all), fused (the same, PyTorch's fused kernel) or sparse (SparseAdam for the tables)."""
        torch.set_num_threads(threads)
        torch.set_flush_denormal(True)
        self.shape = dict(folder=folder, users=users, items=items, factors=factors, sparse=adam == "sparse")
        self.adam, self.batch, self.rate = adam, batch, learning_rate
        self.user, self.item = (torch.from_numpy(load(folder, name)).long() for name in ("user", "item"))
        self.label = torch.from_numpy(load(folder, "label"))
        self.loss = nn.BCEWithLogitsLoss()
        self.reset()
        self.run(0.3)
        self.reset()
        return {"versions": {"torch": torch.__version__.split("+")[0]}}

    def reset(self, epsilon: float = 1e-8) -> None:
        self.model = NeuMf(**self.shape)
        self.steps = 0
        if self.adam == "sparse":
            tables = self.model.tables()
            rest = [p for p in self.model.parameters() if all(p is not t for t in tables)]
            self.optimizers = [
                torch.optim.SparseAdam(tables, lr=self.rate, eps=epsilon),
                torch.optim.Adam(rest, lr=self.rate, eps=epsilon),
            ]
        else:
            fused = True if self.adam == "fused" else None
            self.optimizers = [torch.optim.Adam(self.model.parameters(), lr=self.rate, eps=epsilon, fused=fused)]

    def step(self) -> torch.Tensor:
        first = (self.steps * self.batch) % (len(self.label) - self.batch + 1)
        rows = slice(first, first + self.batch)
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.model(self.user[rows], self.item[rows]), self.label[rows])
        loss.backward()
        for optimizer in self.optimizers:
            optimizer.step()
        self.steps += 1
        return loss
