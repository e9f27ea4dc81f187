"""RecBole's own training epoch, its negative sampling and data loader included, evaluation left out. Which model, and its widths, are the caller's."""

import os
import time

import numpy as np
import recbole
import torch
from arrays import load
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.utils import get_model, get_trainer, init_seed

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
    def prepare(self, folder, model, settings, batch, threads, negatives, samples, learning_rate) -> dict:
        """`samples`: rows that are counted for each training interaction."""
        torch.set_num_threads(threads)
        # RecBole writes log_tensorboard/ and more into the working directory: this one goes away with the benchmark's data.
        folder = os.path.abspath(folder)
        os.chdir(folder)
        write_events(folder)
        sampling = dict(distribution="uniform", sample_num=negatives, alpha=1.0, dynamic=False, candidate_num=0)
        common = dict(
            data_path=folder,
            load_col={"inter": ["user_id", "item_id", "timestamp"]},
            train_batch_size=batch,
            learning_rate=learning_rate,
            train_neg_sample_args=sampling,
            eval_args=dict(split=dict(LS="valid_and_test"), order="TO", group_by="user", mode="uni99"),
            use_gpu=False,
            show_progress=False,
            state="ERROR",
            checkpoint_dir=os.path.join(folder, "recbole"),
            log_wandb=False,
        )
        config = Config(model=model, dataset=DATA, config_dict={**common, **settings})
        init_seed(1, True)
        dataset = create_dataset(config)
        self.data, _, _ = data_preparation(config, dataset)
        self.rows = len(self.data._dataset.inter_feat) * samples
        built = get_model(model)(config, self.data._dataset)
        self.trainer = get_trainer(config["MODEL_TYPE"], model)(config, built)
        self.epoch = 0
        return {
            "versions": {"recbole": recbole.__version__, "torch (RecBole's)": torch.__version__.split("+")[0]},
            "notes": f"{self.rows} rows an epoch",
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
