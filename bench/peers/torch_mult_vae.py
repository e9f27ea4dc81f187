"""Mult-VAE in PyTorch as its users write it: a dense row of the catalogue for each user of a batch."""

import numpy as np
import torch
import torch.nn.functional as F
from arrays import load, parameter
from training import Training


class Peer(Training):
    def prepare(self, folder, users, items, latent, hidden, dropout, beta, batch, threads, learning_rate) -> dict:
        torch.set_num_threads(threads)
        torch.set_flush_denormal(True)
        torch.manual_seed(1)
        self.folder, self.items, self.latent, (self.hidden,) = folder, items, latent, hidden
        self.dropout, self.beta, self.batch, self.rate, self.epoch = dropout, beta, batch, learning_rate, users
        self.users = load(folder, "user")
        self.offsets, self.events = load(folder, "seen.offsets"), load(folder, "seen.items")
        self.reset()
        self.run(0.3)
        self.reset()
        return {"versions": {"torch": torch.__version__.split("+")[0]}}

    def reset(self) -> None:
        def values(name: str, *shape: int) -> torch.nn.Parameter:
            return torch.nn.Parameter(torch.from_numpy(parameter(self.folder, name, *shape).copy()))

        def layer(name: str, inputs: int, outputs: int) -> tuple:
            return values(f"{name}/kernel", inputs, outputs), values(f"{name}/bias", outputs)

        self.encoder = values("encoder/0", self.items, self.hidden)
        self.mean = layer("mean", self.hidden, self.latent)
        self.variance = layer("variance", self.hidden, self.latent)
        self.decoder = layer("decoder/0", self.latent, self.hidden)
        table = parameter(self.folder, "items", self.items, self.hidden + 1)
        kernel = np.ascontiguousarray(table[:, :-1].T)
        self.output = tuple(torch.nn.Parameter(torch.from_numpy(part.copy())) for part in (kernel, table[:, -1]))
        parameters = [self.encoder, *self.mean, *self.variance, *self.decoder, *self.output]
        self.optimizer = torch.optim.Adam(parameters, lr=self.rate, fused=True)
        self.at = 0

    def next_rows(self) -> torch.Tensor:
        """Batches end with their epoch, as ours do."""
        if self.at + min(self.batch, self.epoch - self.at % self.epoch) > len(self.users):
            self.at = 0
        count = min(self.batch, self.epoch - self.at % self.epoch)
        users = self.users[self.at : self.at + count]
        self.at += count
        dense = np.zeros((count, self.items), np.float32)
        for row, user in enumerate(users):
            dense[row, self.events[self.offsets[user] : self.offsets[user + 1]]] = 1
        return torch.from_numpy(dense)

    def step(self) -> torch.Tensor:
        def dense(x: torch.Tensor, layer: tuple) -> torch.Tensor:
            return torch.addmm(layer[1], x, layer[0])

        rows = self.next_rows()
        self.optimizer.zero_grad(set_to_none=True)
        encoded = torch.tanh(F.dropout(F.normalize(rows), self.dropout) @ self.encoder)
        mean, log_variance = dense(encoded, self.mean), dense(encoded, self.variance)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        logits = dense(torch.tanh(dense(z, self.decoder)), self.output)
        likelihood = (F.log_softmax(logits, 1) * rows).sum(1).mean()
        divergence = 0.5 * (log_variance.exp() + mean.square() - 1 - log_variance).sum(1).mean()
        loss = self.beta * divergence - likelihood
        loss.backward()
        self.optimizer.step()
        return loss
