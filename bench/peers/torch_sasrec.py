"""SASRec in PyTorch as its users write it: padded batches, fused attention, cross-entropy over the catalogue where there is an event."""

import math

import torch
import torch.nn.functional as F
from arrays import load, parameter
from torch import nn
from training import Training


class SasRec(nn.Module):
    def __init__(self, folder: str, items: int, width: int, blocks: int, length: int, dropout: float):
        super().__init__()
        self.width, self.blocks, self.dropout = width, blocks, dropout

        def values(name: str, *shape: int) -> nn.Parameter:
            return nn.Parameter(torch.from_numpy(parameter(folder, name, *shape).copy()))

        self.items, self.places = values("items", items, width), values("places", length, width)
        parts = [f"attention/{part}" for part in ("query", "key", "value", "output")] + ["inner", "outer"]
        norms = ["norm"] + [f"block/{i}/{name}" for i in range(blocks) for name in ("attention/norm", "norm")]
        dense = [f"block/{i}/{part}" for i in range(blocks) for part in parts]
        named = {f"{name}/{of}": values(f"{name}/{of}", width) for name in norms for of in ("gamma", "beta")}
        for name in dense:
            named[f"{name}/kernel"] = values(f"{name}/kernel", width, width)
            named[f"{name}/bias"] = values(f"{name}/bias", width)
        self.named = nn.ParameterDict({name.replace("/", "_"): value for name, value in named.items()})

    def norm(self, name: str, x: torch.Tensor) -> torch.Tensor:
        gamma, beta = (self.named[f"{name}/{of}".replace("/", "_")] for of in ("gamma", "beta"))
        return F.layer_norm(x, (self.width,), gamma, beta, 1e-8)

    def dense(self, name: str, x: torch.Tensor) -> torch.Tensor:
        kernel, bias = (self.named[f"{name}/{of}".replace("/", "_")] for of in ("kernel", "bias"))
        return x @ kernel + bias

    def drop(self, x: torch.Tensor) -> torch.Tensor:
        return F.dropout(x, self.dropout)

    def forward(self, events: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        x = self.drop(F.embedding(events, self.items) * math.sqrt(self.width) + F.embedding(places, self.places))
        for i in range(self.blocks):
            at = f"block/{i}"
            normalized = self.norm(f"{at}/attention/norm", x)
            query = self.dense(f"{at}/attention/query", normalized)[:, None]
            key, value = (self.dense(f"{at}/attention/{part}", x)[:, None] for part in ("key", "value"))
            # Padding comes last: what is looked back at is never padding.
            seen = F.scaled_dot_product_attention(query, key, value, is_causal=True, dropout_p=self.dropout)
            attended = self.norm(f"{at}/norm", normalized + self.dense(f"{at}/attention/output", seen[:, 0]))
            inner = F.relu(self.drop(self.dense(f"{at}/inner", attended)))
            x = attended + self.drop(self.dense(f"{at}/outer", inner))
        return self.norm("norm", x)


class Peer(Training):
    def prepare(self, folder, users, items, width, blocks, length, dropout, batch, threads, learning_rate) -> dict:
        torch.set_num_threads(threads)
        torch.set_flush_denormal(True)
        torch.manual_seed(1)
        self.batch, self.length, self.rate, self.dropout = batch, length, learning_rate, dropout
        self.shape = (folder, items, width, blocks, length)
        self.users = torch.from_numpy(load(folder, "user")).long()
        offsets, events = load(folder, "seen.offsets"), torch.from_numpy(load(folder, "seen.items")).long()
        self.rows = [events[start:end] for start, end in zip(offsets, offsets[1:])]
        self.epoch = users
        self.reset()
        self.run(0.3)
        self.reset()
        return {"versions": {"torch": torch.__version__.split("+")[0]}}

    def reset(self, dropout: float | None = None) -> None:
        self.model = SasRec(*self.shape, self.dropout if dropout is None else dropout)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=self.rate, fused=True)
        self.at = 0

    def next_users(self) -> list:
        """Batches end with their epoch, as ours do."""
        left = self.epoch - self.at % self.epoch
        if self.at + min(self.batch, left) > len(self.users):
            self.at = 0
        count = min(self.batch, self.epoch - self.at % self.epoch)
        users = self.users[self.at : self.at + count].tolist()
        self.at += count
        return users

    def step(self) -> torch.Tensor:
        rows = [self.rows[user] for user in self.next_users()]
        rows = [row[max(0, len(row) - self.length - 1) :] for row in rows if len(row) > 1]
        lengths = torch.tensor([len(row) - 1 for row in rows])
        events = nn.utils.rnn.pad_sequence([row[:-1] for row in rows], batch_first=True)
        steps = torch.arange(events.shape[1])
        present = steps < lengths[:, None]
        places = (lengths[:, None] - 1 - steps).clamp(min=0)
        self.optimizer.zero_grad(set_to_none=True)
        queries = self.model(events, places)[present]
        loss = F.cross_entropy(queries @ self.model.items.T, torch.cat([row[1:] for row in rows]))
        loss.backward()
        self.optimizer.step()
        return loss
