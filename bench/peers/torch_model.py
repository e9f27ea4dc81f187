"""NeuMF in PyTorch as its users write it: He et al. 2017, with the widths and first values that the benchmark gives."""

import numpy as np
import torch
from arrays import parameter
from torch import nn


class NeuMf(nn.Module):
    def __init__(self, folder: str, users: int, items: int, factors: int, sparse: bool):
        super().__init__()

        def table(name: str, rows: int, width: int) -> nn.Embedding:
            values = torch.from_numpy(parameter(folder, name, rows, width).copy())
            return nn.Embedding.from_pretrained(values, freeze=False, sparse=sparse)

        def linear(name: str, inputs: int, outputs: int) -> nn.Linear:
            layer = nn.Linear(inputs, outputs)
            kernel = parameter(folder, f"{name}/kernel", inputs, outputs)
            with torch.no_grad():
                layer.weight.copy_(torch.from_numpy(np.ascontiguousarray(kernel.T)))
                layer.bias.copy_(torch.from_numpy(parameter(folder, f"{name}/bias", outputs)))
            return layer

        widths = [8 * factors, 4 * factors, 2 * factors, factors]
        self.gmf_user, self.gmf_item = table("gmf/user", users, factors), table("gmf/item", items, factors)
        self.mlp_user = table("mlp/user", users, widths[0] // 2)
        self.mlp_item = table("mlp/item", items, widths[0] // 2)
        layers = []
        for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
            layers += [linear(f"mlp/{i}", inputs, outputs), nn.ReLU()]
        self.mlp = nn.Sequential(*layers)
        self.head = linear("head", 2 * factors, 1)

    def tables(self) -> list:
        return [e.weight for e in (self.gmf_user, self.gmf_item, self.mlp_user, self.mlp_item)]

    def forward(self, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
        deep = self.mlp(torch.cat([self.mlp_user(user), self.mlp_item(item)], 1))
        return self.head(torch.cat([self.gmf_user(user) * self.gmf_item(item), deep], 1)).squeeze(1)
