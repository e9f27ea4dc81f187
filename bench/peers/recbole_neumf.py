"""RecBole's own training epoch of NeuMF, its negative sampling and data loader included, evaluation left out."""

import os
import time

import numpy as np
import recbole
import torch
from arrays import load
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.model.general_recommender import NeuMF
from recbole.utils import get_trainer, init_seed

DATA = "ml-1m"


def write_events(folder: str) -> None:
    """RecBole's atomic file. Times only put each user's held-out item last: it sets the last two of each user aside."""
    os.makedirs(os.path.join(folder, DATA), exist_ok=True)
    offsets, columns, held_out = load(folder, "seen.offsets"), load(folder, "seen.items"), load(folder, "test.items")
    with open(os.path.join(folder, DATA, f"{DATA}.inter"), "w") as file:
        file.write("user_id:token\titem_id:token\ttimestamp:float\n")
        for user, (a, b) in enumerate(zip(offsets, offsets[1:])):
            for time_of, item in enumerate((*columns[a:b], held_out[user])):
                file.write(f"u{user}\ti{item}\t{time_of}\n")


class Peer:
    def prepare(self, folder, factors, batch, threads, negatives, learning_rate) -> dict:
        torch.set_num_threads(threads)
        # RecBole writes log_tensorboard/ and more into the working directory: this one goes away with the benchmark's data.
        folder = os.path.abspath(folder)
        os.chdir(folder)
        write_events(folder)
        settings = dict(
            data_path=folder,
            load_col={"inter": ["user_id", "item_id", "timestamp"]},
            train_batch_size=batch,
            learning_rate=learning_rate,
            mf_embedding_size=factors,
            mlp_embedding_size=4 * factors,
            mlp_hidden_size=[4 * factors, 2 * factors, factors],
            dropout_prob=0.0,
            train_neg_sample_args=dict(
                distribution="uniform", sample_num=negatives, alpha=1.0, dynamic=False, candidate_num=0
            ),
            eval_args=dict(split=dict(LS="valid_and_test"), order="TO", group_by="user", mode="uni99"),
            use_gpu=False,
            show_progress=False,
            state="ERROR",
            checkpoint_dir=os.path.join(folder, "recbole"),
            log_wandb=False,
        )
        config = Config(model="NeuMF", dataset=DATA, config_dict=settings)
        init_seed(1, True)
        dataset = create_dataset(config)
        self.data, _, _ = data_preparation(config, dataset)
        self.rows = len(self.data._dataset.inter_feat) * (1 + negatives)
        model = NeuMF(config, self.data._dataset)
        self.trainer = get_trainer(config["MODEL_TYPE"], "NeuMF")(config, model)
        self.epoch = 0
        return {
            "versions": {"recbole": recbole.__version__, "torch (RecBole's)": torch.__version__.split("+")[0]},
            "notes": f"{self.rows} samples an epoch",
        }

    def run(self, seconds: float) -> dict:
        """Whole epochs: nothing smaller has RecBole's own costs in their right proportion."""
        start, epochs, elapsed = time.perf_counter(), 0, -1.0
        while elapsed < seconds:
            loss = self.trainer._train_epoch(self.data, self.epoch, show_progress=False)
            self.epoch += 1
            epochs += 1
            elapsed = time.perf_counter() - start
        self.last_loss = float(np.sum(loss)) / len(self.data)
        return {"units": epochs * self.rows, "seconds": elapsed}

    def loss_after(self) -> dict:
        """Mean loss of one epoch that follows on those already run; at least one."""
        if self.epoch == 0:
            self.run(0)
        return {"epochs": self.epoch, "loss": self.last_loss}
