"""Records what PyTorch computes, for test/golden/pytorch.test.ts to repeat.

usage: python make.py && npx biome format --write test/golden/pytorch        (needs torch; writes the JSON files beside itself)

Everything runs in float64 on weights that float32 holds exactly, so the files are the exact answers, rounded to 9 digits.
Models are written with torch.nn.functional alone and share nothing with Penchant but the names of the parameters.
Embedding tables follow PyTorch's rules here: dense gradients, except under SparseAdam.
"""

import json
import pathlib
import random

import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).parent
torch.set_default_dtype(torch.float64)
torch.manual_seed(0)

USERS, ITEMS = 5, 7
MEAN = 3.25
# Positives of each user (ascending), and the one item that may be drawn as the user's negative.
ITEMS_OF = [[0, 2, 5], [1, 2, 3, 6], [0, 3, 4, 5], [2, 4, 6], [0, 1, 3, 5]]
NEGATIVE_OF = [3, 0, 6, 1, 2]
BATCH = 6  # a step of the "partial" traces; 18 rows make three
STEPS = 3


def drawn(shape, seed, scale=0.75):
    """Even multiples of 1/128 in [-scale, scale]: exact in float32, short in JSON."""
    source = random.Random(seed)
    count = torch.Size(shape).numel()
    values = [round(source.uniform(-scale, scale) * 128) / 128 for _ in range(count)]
    return torch.tensor(values).reshape(shape)


def numbers(tensor):
    flat = tensor.detach().to_dense() if tensor.is_sparse else tensor.detach()
    return [float(f"{value:.9g}") for value in flat.flatten().tolist()]


def write(name, content):
    text = json.dumps({"torch": torch.__version__.split("+")[0], **content}, separators=(",", ":"))
    (HERE / name).write_text(text + "\n")


# --- models: (parameters by name, ids, sparse) -> score [batch] ------------------------------------------------------------


def look(p, name, ids, sparse):
    return F.embedding(ids, p[name], sparse=sparse)


def dense(p, name, x):
    return F.linear(x, p[f"{name}/kernel"].T, p[f"{name}/bias"])


def tower(p, x, depth):
    for i in range(depth):
        x = F.relu(dense(p, f"mlp/{i}", x))
    return x


def gmf(p, user, item, sparse):
    return dense(p, "head", look(p, "gmf/user", user, sparse) * look(p, "gmf/item", item, sparse)).squeeze(1)


def mlp(p, user, item, sparse):
    x = torch.cat([look(p, "mlp/user", user, sparse), look(p, "mlp/item", item, sparse)], 1)
    return dense(p, "head", tower(p, x, 2)).squeeze(1)


def neumf(p, user, item, sparse):
    product = look(p, "gmf/user", user, sparse) * look(p, "gmf/item", item, sparse)
    x = torch.cat([look(p, "mlp/user", user, sparse), look(p, "mlp/item", item, sparse)], 1)
    return dense(p, "head", torch.cat([product, tower(p, x, 2)], 1)).squeeze(1)


def bpr_mf(p, user, item, sparse):
    dot = (look(p, "factors/user", user, sparse) * look(p, "factors/item", item, sparse)).sum(1)
    return dot + look(p, "bias/item", item, sparse).squeeze(1)


def biased_mf(p, user, item, sparse):
    return MEAN + bpr_mf(p, user, item, sparse) + look(p, "bias/user", user, sparse).squeeze(1)


def lightgcn(p, user, item, sparse):
    """Layers by PyTorch's own sparse product over the square graph of users and items, degrees from its rows."""
    pairs = torch.tensor([[u, USERS + i] for u, i in ROWS]).T
    edges = torch.cat([pairs, pairs.flip(0)], dim=1)
    degrees = torch.zeros(USERS + ITEMS).index_add(0, edges[0], torch.ones(edges.shape[1]))
    graph = torch.sparse_coo_tensor(edges, (degrees[edges[0]] * degrees[edges[1]]).rsqrt(), [USERS + ITEMS] * 2)
    layers = [torch.cat([p["users"], p["items"]])]
    for _ in range(LAYERS):
        layers.append(torch.sparse.mm(graph, layers[-1]))
    means = torch.stack(layers).mean(0)
    return (means[user] * means[USERS + item]).sum(1)


def lightgcn_penalty(p, user, item, negative):
    rows = [p["users"][user], p["items"][item], p["items"][negative]]
    return DECAY / 2 * sum(each.square().sum() for each in rows) / len(user)


LAYERS, DECAY = 3, 0.125
GMF_TABLES = {"gmf/user": [USERS, 2], "gmf/item": [ITEMS, 2]}
MLP_TABLES = {"mlp/user": [USERS, 3], "mlp/item": [ITEMS, 3]}
TOWER = {"mlp/0/kernel": [6, 4], "mlp/0/bias": [4], "mlp/1/kernel": [4, 3], "mlp/1/bias": [3]}
MF_TABLES = {"factors/user": [USERS, 3], "factors/item": [ITEMS, 3], "bias/item": [ITEMS, 1]}


def head(width):
    return {"head/kernel": [width, 1], "head/bias": [1]}


MODELS = {
    "gmf": dict(score=gmf, loss="bce", config={"factors": 2}, shapes={**GMF_TABLES, **head(2)}),
    "mlp": dict(
        score=mlp,
        loss="bce",
        config={"factors": 3, "embeddingWidth": 3, "hidden": [4, 3]},
        shapes={**MLP_TABLES, **TOWER, **head(3)},
    ),
    "neumf": dict(
        score=neumf,
        loss="bce",
        config={"factors": 2, "embeddingWidth": 3, "hidden": [4, 3]},
        shapes={**GMF_TABLES, **MLP_TABLES, **TOWER, **head(5)},
    ),
    "biased-mf": dict(
        score=biased_mf, loss="mse", config={"factors": 3}, shapes={**MF_TABLES, "bias/user": [USERS, 1]}
    ),
    "bpr-mf": dict(score=bpr_mf, loss="bpr", config={"factors": 3}, shapes=MF_TABLES),
    "lightgcn": dict(
        score=lightgcn,
        penalty=lightgcn_penalty,
        loss="bpr",
        config={"dim": 3, "layers": LAYERS, "decay": DECAY, "temperature": 0},
        shapes={"users": [USERS, 3], "items": [ITEMS, 3]},
        traces=["sgd", "sgd, clipped", "adagrad", "adam"],
    ),
    "bpr-mf-hinge": dict(score=bpr_mf, loss="hinge", config={"factors": 3}, shapes=MF_TABLES),
}


# --- losses ----------------------------------------------------------------------------------------------------------------


def label_loss(kind, score, label):
    return F.binary_cross_entropy_with_logits(score, label) if kind == "bce" else F.mse_loss(score, label)


def pair_loss(kind, positive, negative):
    if kind == "bpr":
        return -F.logsigmoid(positive - negative).mean()
    return F.margin_ranking_loss(positive, negative, torch.ones_like(positive), margin=1.0)


# --- data: rows in the order of users, then items --------------------------------------------------------------------------

ROWS = [(user, item) for user, items in enumerate(ITEMS_OF) for item in items]


def labels(kind):
    if kind == "bce":
        return [float((3 * user + item) % 3 == 0) for user, item in ROWS]
    return [1.0 + (2 * user + 3 * item) % 5 for user, item in ROWS]


def loss_of(model, p, rows, sparse):
    user = torch.tensor([ROWS[row][0] for row in rows])
    item = torch.tensor([ROWS[row][1] for row in rows])
    if model["loss"] in ("bpr", "hinge"):
        negative = torch.tensor([NEGATIVE_OF[u] for u in user.tolist()])
        ranking = pair_loss(model["loss"], model["score"](p, user, item, sparse), model["score"](p, user, negative, sparse))
        return ranking + model["penalty"](p, user, item, negative) if "penalty" in model else ranking
    label = torch.tensor([labels(model["loss"])[row] for row in rows])
    return label_loss(model["loss"], model["score"](p, user, item, sparse), label)


# --- optimizers: Penchant's specification beside PyTorch's own ---------------------------------------------------------------

NONE = {"l2": 0, "clipNorm": 0, "weightDecay": 0}
TINY = 1e-13
ADAM = {"kind": "adam", "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "lazy": False}


def momentum(nesterov):
    return lambda ps: [torch.optim.SGD(ps, lr=0.1, momentum=0.9, nesterov=nesterov)]


# name: (rows per step, learning rate, specification, optimizers of (tables, others), whether embedding gradients are sparse)
# "full" steps touch every row of every table: only there do per-row L2, decay and momentum equal PyTorch's dense ones.
TRACES = {
    "sgd": ("partial", 0.1, {**NONE, "kind": "sgd"}, lambda ps: [torch.optim.SGD(ps, lr=0.1)]),
    "sgd, L2": (
        "full",
        0.1,
        {**NONE, "kind": "sgd", "l2": 0.05},
        lambda ps: [torch.optim.SGD(ps, lr=0.1, weight_decay=0.05)],
    ),
    "sgd, clipped": ("partial", 0.5, {**NONE, "kind": "sgd", "clipNorm": 0.1}, lambda ps: [torch.optim.SGD(ps, lr=0.5)]),
    "momentum": ("full", 0.1, {**NONE, "kind": "momentum", "momentum": 0.9, "nesterov": False}, momentum(False)),
    "nesterov": ("full", 0.1, {**NONE, "kind": "momentum", "momentum": 0.9, "nesterov": True}, momentum(True)),
    "adagrad": (
        "partial",
        0.1,
        {**NONE, "kind": "adagrad", "epsilon": 1e-10, "initialAccumulator": 0.1},
        lambda ps: [torch.optim.Adagrad(ps, lr=0.1, initial_accumulator_value=0.1, eps=1e-10)],
    ),
    "adam": ("partial", 0.01, {**NONE, **ADAM}, lambda ps: [torch.optim.Adam(ps, lr=0.01)]),
    "adam, L2 and clipped": (
        "full",
        0.01,
        {**NONE, **ADAM, "l2": 0.05, "clipNorm": 0.1},
        lambda ps: [torch.optim.Adam(ps, lr=0.01, weight_decay=0.05)],
    ),
    # SparseAdam adds epsilon before the bias correction of the second moment, Adam (and Penchant, always) after it: an epsilon
    # this small shows everything but that.
    "adam, lazy (SparseAdam)": ("partial", 0.01, {**NONE, **ADAM, "lazy": True, "epsilon": TINY}, None),
    "adamw": (
        "full",
        0.01,
        {**NONE, **ADAM, "weightDecay": 0.1},
        lambda ps: [torch.optim.AdamW(ps, lr=0.01, weight_decay=0.1)],
    ),
}
COMMON = ["sgd", "adam", "adam, lazy (SparseAdam)"]


def sparse_adam(p, lr):
    """SparseAdam for the tables, Adam for the rest: what PyTorch users do for lazy embeddings."""
    tables = [value for name, value in p.items() if is_table(name)]
    rest = [value for name, value in p.items() if not is_table(name)]
    return [torch.optim.SparseAdam(tables, lr=lr, eps=TINY)] + ([torch.optim.Adam(rest, lr=lr, eps=TINY)] if rest else [])


def is_table(name):
    return name.endswith(("/user", "/item"))


def trace(model, start, name):
    regime, rate, spec, make = TRACES[name]
    p = {key: value.clone().requires_grad_() for key, value in start.items()}
    optimizers = sparse_adam(p, rate) if make is None else make(list(p.values()))
    losses = []
    for step in range(STEPS):
        rows = range(len(ROWS)) if regime == "full" else range(step * BATCH, (step + 1) * BATCH)
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss = loss_of(model, p, rows, sparse=make is None)
        loss.backward()
        if spec["clipNorm"] > 0:
            torch.nn.utils.clip_grad_norm_(list(p.values()), spec["clipNorm"])
        for optimizer in optimizers:
            optimizer.step()
        losses.append(loss)
    return {
        "name": name,
        "optimizer": spec,
        "learningRate": rate,
        "batchSize": len(ROWS) if regime == "full" else BATCH,
        "losses": numbers(torch.stack(losses)),
        "parameters": {key: numbers(value) for key, value in p.items()},
    }


def record_models():
    for name, model in MODELS.items():
        start = {key: drawn(shape, f"{name} {key}") for key, shape in model["shapes"].items()}
        p = {key: value.clone().requires_grad_() for key, value in start.items()}
        loss = loss_of(model, p, range(len(ROWS)), sparse=False)
        loss.backward()
        write(
            f"{name}.json",
            {
                "model": name.removesuffix("-hinge"),
                "config": model["config"],
                "loss": model["loss"],
                "users": USERS,
                "items": ITEMS,
                "meanValue": MEAN,
                "itemsOf": ITEMS_OF,
                "negativeOf": NEGATIVE_OF,
                "labels": labels(model["loss"]),
                "parameters": {key: numbers(value) for key, value in start.items()},
                "value": float(f"{loss.item():.9g}"),
                "gradients": {key: numbers(value.grad) for key, value in p.items()},
                "traces": [trace(model, start, each) for each in model.get("traces", TRACES if name == "neumf" else COMMON)],
            },
        )


# --- functions, losses, batch normalization ----------------------------------------------------------------------------------

FUNCTIONS = {
    "relu": F.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "selu": F.selu,
    "gelu": lambda x: F.gelu(x, approximate="tanh"),
    # The default threshold of 20 replaces log(1 + exp(x)) by x, an error of up to 2e-9; 40 leaves nothing to see.
    "softplus": lambda x: F.softplus(x, threshold=40),
    "exp": torch.exp,
    "log": torch.log,
    "sqrt": torch.sqrt,
    "rsqrt": torch.rsqrt,
    "square": torch.square,
    "abs": torch.abs,
}
EVERYWHERE = [-90.0, -20.5, -6.0, -2.5, -1.0, -0.375, -0.0009765625, 0.0, 0.0009765625, 0.25, 1.0, 1.5, 3.0, 8.0, 20.5, 85.0]
POSITIVE = [0.0009765625, 0.0625, 0.5, 1.0, 2.25, 9.0, 1000.0]


def record_functions():
    functions = {}
    for name, function in FUNCTIONS.items():
        points = POSITIVE if name in ("log", "sqrt", "rsqrt") else EVERYWHERE
        x = torch.tensor(points, requires_grad=True)
        y = function(x)
        y.sum().backward()
        functions[name] = {"x": points, "y": numbers(y), "slope": numbers(x.grad)}
    write("functions.json", {"functions": functions})


def record_losses():
    score = [-60.0, -4.0, -0.5, 0.0, 0.75, 3.0, 45.0, 1.25]
    other = [1.5, -4.0, 0.5, -2.0, 0.25, 3.5, 5.0, 0.25]
    label = [0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.5]
    losses = {}
    for kind in ("bce", "mse", "bpr", "hinge"):
        z = torch.tensor(score, requires_grad=True)
        second = torch.tensor(label if kind in ("bce", "mse") else other, requires_grad=True)
        loss = label_loss(kind, z, second) if kind in ("bce", "mse") else pair_loss(kind, z, second)
        loss.backward()
        losses[kind] = {"value": float(f"{loss.item():.9g}"), "gradient": numbers(z.grad)}
        if kind in ("bpr", "hinge"):
            losses[kind]["negativeGradient"] = numbers(second.grad)
    write("losses.json", {"score": score, "other": other, "label": label, "losses": losses})


def record_softmax():
    """Softmax over all rows of a table: one target a row, and many with weights (Liang et al. 2018, equation 2)."""
    rows, items, width = len(ITEMS_OF), ITEMS, 3
    start = {"x": drawn([rows, width], "softmax x", 3), "table": drawn([items, width], "softmax table", 3)}
    weights = torch.zeros(rows, items)
    for row, those in enumerate(ITEMS_OF):
        for i, item in enumerate(those):
            weights[row, item] = 0.5 + i
    losses = {
        "softmaxCrossEntropy": lambda logits: F.cross_entropy(logits, torch.tensor(NEGATIVE_OF)),
        "multinomialLikelihood": lambda logits: -(weights * F.log_softmax(logits, 1)).sum(1).mean(),
    }
    found = {}
    for name, loss_of_logits in losses.items():
        p = {key: value.clone().requires_grad_() for key, value in start.items()}
        logits = p["x"] @ p["table"].T
        loss = loss_of_logits(logits)
        loss.backward()
        found[name] = {
            "value": float(f"{loss.item():.9g}"),
            "logSumExp": numbers(torch.logsumexp(logits, 1)),
            "gradients": {key: numbers(value.grad) for key, value in p.items()},
        }
    values = {key: numbers(value) for key, value in start.items()}
    sizes = {"rows": rows, "items": items, "width": width}
    write("softmax.json", {**sizes, **values, "target": NEGATIVE_OF, "itemsOf": ITEMS_OF, "losses": found})


def record_images():
    """Convolutions with padding and strides, and both kinds of pooling; images are channels last, as Penchant has them."""
    height, width, channels, kernels = 5, 6, 3, 4
    x = drawn([3, height, width, channels], "image x").requires_grad_()
    kernel = drawn([3, 3, channels, kernels], "image kernel").requires_grad_()
    bias = drawn([kernels], "image bias").requires_grad_()

    def last(values):
        return values.permute(0, 2, 3, 1)

    image = x.permute(0, 3, 1, 2)
    filters = kernel.permute(3, 2, 0, 1)
    outputs = {
        "same": last(F.conv2d(image, filters, bias, padding=1)),
        "strided": last(F.conv2d(image, filters, bias, stride=2, padding=2)),
        "largest": last(F.max_pool2d(image, 2, stride=2)),
        "overlapping": last(F.max_pool2d(image, 3, stride=1)),
        "means": last(F.avg_pool2d(image, 2, stride=2)),
    }
    loss = sum(torch.tanh(value).pow(2).sum() for value in outputs.values())
    loss.backward()
    write(
        "images.json",
        {
            "sizes": {"height": height, "width": width, "channels": channels, "kernels": kernels},
            "parameters": {"x": numbers(x), "kernel": numbers(kernel), "bias": numbers(bias)},
            "outputs": {name: numbers(value.contiguous()) for name, value in outputs.items()},
            "gradients": {"x": numbers(x.grad), "kernel": numbers(kernel.grad), "bias": numbers(bias.grad)},
        },
    )


def record_cross_attention():
    """A query per user looks at items of that user, but for one; by inner products, smoothed, and by a hidden layer (He et al. 2018)."""
    width, wide = 4, 3
    query = drawn([USERS, width], "cross query", 2).requires_grad_()
    keys = drawn([ITEMS, width], "cross keys", 2).requires_grad_()
    values = drawn([ITEMS, wide], "cross values", 2).requires_grad_()
    target = drawn([USERS, wide], "cross target", 2)
    signs = torch.tensor([1.0, 1.0, -1.0, -1.0])
    found = {}
    for name, units, beta in [("plain", False, 1), ("smoothed", False, 0.5), ("units", True, 0.5)]:
        rows = []
        for user, items in enumerate(ITEMS_OF):
            kept = [(place, item) for place, item in enumerate(items) if item != items[0]]
            seen = torch.tensor([item for _, item in kept])
            weights = torch.tensor([0.5 + place for place, _ in kept])
            hidden = torch.relu(query[user] + keys[seen]) @ signs
            logits = hidden if units else keys[seen] @ query[user]
            exponentials = weights * torch.exp(logits)
            rows.append((exponentials / exponentials.sum() ** beta) @ values[seen])
        out = torch.stack(rows)
        for parameter in (query, keys, values):
            parameter.grad = None
        (out * target).sum().backward()
        slopes = {"query": query.grad, "keys": keys.grad, "values": values.grad}
        found[name] = {"out": numbers(out), "gradients": {key: numbers(slope) for key, slope in slopes.items()}}
    given = {"query": query, "keys": keys, "values": values, "target": target}
    write(
        "cross-attention.json",
        {
            "sizes": {"users": USERS, "items": ITEMS, "width": width, "wide": wide},
            "itemsOf": ITEMS_OF,
            "parameters": {name: numbers(value) for name, value in given.items()},
            "found": found,
        },
    )


def record_gru():
    """A gated recurrent unit over the events of each user, from a state of zeros. PyTorch's weights are transposed, rows r, z, n."""
    width, inner = 5, 4
    entries = sum(len(items) for items in ITEMS_OF)
    cell = torch.nn.GRU(inner, width, batch_first=True)
    parts = {"weight_ih_l0": "input", "weight_hh_l0": "kernel", "bias_ih_l0": "inputBias", "bias_hh_l0": "bias"}
    start = {name: drawn(list(getattr(cell, part).shape)[::-1], f"gru {name}") for part, name in parts.items()}
    with torch.no_grad():
        for part, name in parts.items():
            getattr(cell, part).copy_(start[name].T if start[name].dim() == 2 else start[name])
    x = drawn([entries, inner], "gru x").requires_grad_()
    weights = drawn([entries, width], "gru weights")
    rows, first = [], 0
    for items in ITEMS_OF:
        if items:
            rows.append(cell(x[None, first : first + len(items)])[0][0])
        first += len(items)
    y = torch.cat(rows)
    (y * weights).sum().backward()
    slopes = {name: getattr(cell, part).grad.t().contiguous() for part, name in parts.items()}
    write(
        "gru.json",
        {
            "width": width,
            "inner": inner,
            "itemsOf": ITEMS_OF,
            "x": numbers(x),
            "weights": numbers(weights),
            "parameters": {name: numbers(value) for name, value in start.items()},
            "y": numbers(y),
            "gradients": {"x": numbers(x.grad), **{name: numbers(value) for name, value in slopes.items()}},
        },
    )


def record_attention():
    """Layer normalization and causal attention over the events of each user, one user after the other (Vaswani et al. 2017)."""
    width, heads = 6, 2
    entries = sum(len(items) for items in ITEMS_OF)
    x = drawn([entries, width], "attention x", 2).requires_grad_()
    kernels = {part: drawn([width, width], f"attention {part}").requires_grad_() for part in ("query", "key", "value")}
    weights = drawn([entries, width], "attention weights")
    normal = F.layer_norm(x, [width], eps=1e-3)
    q, k, v = (normal @ kernel for kernel in kernels.values())
    rows, start = [], 0
    for items in ITEMS_OF:
        one = [part[start : start + len(items)].reshape(len(items), heads, -1).transpose(0, 1) for part in (q, k, v)]
        rows.append(F.scaled_dot_product_attention(*one, is_causal=True).transpose(0, 1).reshape(len(items), width))
        start += len(items)
    y = torch.cat(rows)
    (y * weights).sum().backward()
    write(
        "attention.json",
        {
            "width": width,
            "heads": heads,
            "itemsOf": ITEMS_OF,
            "x": numbers(x),
            "weights": numbers(weights),
            "kernels": {part: numbers(kernel) for part, kernel in kernels.items()},
            "normal": numbers(normal),
            "y": numbers(y),
            "last": numbers(torch.stack([row[-1] for row in rows])),
            "gradients": {"x": numbers(x.grad), **{part: numbers(kernel.grad) for part, kernel in kernels.items()}},
        },
    )


def record_in_batch_softmax():
    """Softmax of each row's item among those of the batch, less the logarithm of how often it comes up (Yi et al. 2019, equation 4);
    other rows of the same user or item are no negatives."""
    width, temperature = 3, 0.5
    user, item = (torch.tensor(ids) for ids in ([0, 1, 2, 1, 3, 4], [5, 0, 5, 2, 6, 1]))
    count = torch.tensor([4.0, 9.0, 1.0, 2.0, 7.0, 16.0, 3.0])
    start = {"x": drawn([USERS, width], "in-batch x", 2), "table": drawn([ITEMS, width], "in-batch table", 2)}
    p = {key: value.clone().requires_grad_() for key, value in start.items()}
    logits = p["x"][user] @ p["table"][item].T / temperature - count[item].log()
    same = (user[:, None] == user[None, :]) | (item[:, None] == item[None, :])
    logits = logits.masked_fill(same & ~torch.eye(len(user), dtype=torch.bool), -torch.inf)
    loss = F.cross_entropy(logits, torch.arange(len(user)))
    loss.backward()
    write(
        "in-batch-softmax.json",
        {
            **{"users": USERS, "items": ITEMS, "width": width, "temperature": temperature},
            **{"user": user.tolist(), "item": item.tolist(), "count": numbers(count)},
            **{key: numbers(value) for key, value in start.items()},
            "loss": float(f"{loss.item():.9g}"),
            "gradients": {key: numbers(value.grad) for key, value in p.items()},
        },
    )


def record_quantiles():
    """Standard normal quantiles of the middles of 2^24 equal shares."""
    words = [0, 1 << 8, 1000 << 8, 1 << 20, 1 << 24, 1 << 28, 1 << 30, (1 << 31) - 256, 1 << 31, 3 << 30, (1 << 32) - 256]
    shares = torch.tensor([((word >> 8) + 0.5) / 2**24 for word in words])
    write("quantiles.json", {"words": words, "quantiles": numbers(2**0.5 * torch.erfinv(2 * shares - 1))})


def record_batch_normalization():
    rows, width = 6, 4
    x = drawn([rows, width], "x", 3).requires_grad_()
    gamma = drawn([width], "gamma").requires_grad_()
    beta = drawn([width], "beta").requires_grad_()
    weights = drawn([rows, width], "weights")
    start = {"mean": drawn([width], "mean"), "variance": drawn([width], "variance").abs() + 0.5}
    mean, variance = start["mean"].clone(), start["variance"].clone()
    y = F.batch_norm(x, mean, variance, gamma, beta, training=True, momentum=0.1, eps=1e-5)
    (y * weights).sum().backward()
    still = F.batch_norm(x, start["mean"], start["variance"], gamma, beta, training=False, eps=1e-5)
    write(
        "batch-normalization.json",
        {
            "rows": rows,
            "width": width,
            "x": numbers(x),
            "gamma": numbers(gamma),
            "beta": numbers(beta),
            "weights": numbers(weights),
            "start": {key: numbers(value) for key, value in start.items()},
            "training": {
                "y": numbers(y),
                "gradients": {"x": numbers(x.grad), "gamma": numbers(gamma.grad), "beta": numbers(beta.grad)},
                "mean": numbers(mean),
                "variance": numbers(variance),
            },
            "inference": {"y": numbers(still)},
        },
    )


if __name__ == "__main__":
    record_models()
    record_functions()
    record_losses()
    record_softmax()
    record_attention()
    record_gru()
    record_cross_attention()
    record_images()
    record_in_batch_softmax()
    record_quantiles()
    record_batch_normalization()
