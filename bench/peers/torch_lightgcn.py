"""Training steps of LightGCN in PyTorch over triples that were sampled before: only the step itself is timed."""

import torch
import torch.nn.functional as F
from arrays import load, parameter
from training import Training


class Peer(Training):
    def prepare(self, folder, users, items, dim, layers, decay, batch, threads, learning_rate) -> dict:
        torch.set_num_threads(threads)
        torch.set_flush_denormal(True)
        self.folder, self.users, self.items, self.dim = folder, users, items, dim
        self.layers, self.decay, self.batch, self.rate = layers, decay, batch, learning_rate
        self.graph = self.square_graph()
        names = ("user", "item", "negative")
        self.user, self.item, self.negative = (torch.from_numpy(load(folder, name)).long() for name in names)
        self.reset()
        self.run(0.3)
        self.reset()
        return {"versions": {"torch": torch.__version__.split("+")[0]}}

    def square_graph(self) -> torch.Tensor:
        """Users and items as nodes of one symmetric matrix, by rows: PyTorch's fastest product with a dense one."""
        offsets = torch.from_numpy(load(self.folder, "seen.offsets")).long()
        columns = torch.from_numpy(load(self.folder, "seen.items")).long() + self.users
        rows = torch.repeat_interleave(torch.arange(self.users), offsets.diff())
        edges = torch.stack([torch.cat([rows, columns]), torch.cat([columns, rows])])
        nodes = self.users + self.items
        degrees = torch.bincount(edges[0], minlength=nodes).double()
        values = (degrees[edges[0]] * degrees[edges[1]]).rsqrt().float()
        return torch.sparse_coo_tensor(edges, values, (nodes, nodes), check_invariants=True).coalesce().to_sparse_csr()

    def reset(self) -> None:
        tables = (("users", self.users), ("items", self.items))
        values = [torch.from_numpy(parameter(self.folder, name, rows, self.dim).copy()) for name, rows in tables]
        self.first = torch.nn.Parameter(torch.cat(values))
        self.optimizer = torch.optim.Adam([self.first], lr=self.rate, fused=True)
        self.steps = 0

    def step(self) -> torch.Tensor:
        start = (self.steps * self.batch) % (len(self.user) - self.batch + 1)
        rows = slice(start, start + self.batch)
        user, item, negative = self.user[rows], self.item[rows] + self.users, self.negative[rows] + self.users
        self.optimizer.zero_grad(set_to_none=True)
        layers = [self.first]
        for _ in range(self.layers):
            layers.append(self.graph @ layers[-1])
        means = torch.stack(layers).mean(0)
        difference = (means[user] * (means[item] - means[negative])).sum(1)
        squares = sum(self.first[nodes].square().sum() for nodes in (user, item, negative))
        loss = F.softplus(-difference).mean() + self.decay / 2 * squares / self.batch
        loss.backward()
        self.optimizer.step()
        self.steps += 1
        return loss
