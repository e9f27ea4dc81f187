import { sameLosses } from "../agreement.ts";
import type { Benchmark } from "../context.ts";
import { stepLosses, trainingContender } from "../ours.ts";
import { startPeer } from "../peer.ts";
import { modelNamed } from "../penchant.ts";
import { shareRows } from "../rows.ts";
import { runContest } from "../run-contest.ts";
import { adam, feedOf, SEED, trainSpec } from "./specs.ts";

const [DIM, LAYERS, DECAY, BATCH] = [64, 3, 1e-4, 2048];
const LEARNING_RATE = 1e-3;
/** Triples that PyTorch finds ready in memory. */
const ROWS = 1 << 20;

export const lightGcnBenchmark: Benchmark = {
  name: "lightgcn-64",
  title: `LightGCN, ${DIM} wide, ${LAYERS} layers, one training step after the other`,
  cases: [
    {
      id: "lightgcn-64",
      async run(context) {
        const { data, engine, folder, pythons, threads } = context;
        const model = modelNamed("lightgcn")({ dim: DIM, layers: LAYERS, decay: DECAY, temperature: 0 } as never);
        const feed = feedOf(context, "triples", 1);
        const matrices = model.matrices?.({ ...feed.interactions, columns: data.items });
        const training = { feed, optimizer: adam(false), batchSize: BATCH, threads };
        const spec = { ...trainSpec(context, model, training), data: matrices };
        shareRows(folder, feed, SEED, ROWS);
        folder.writeRows(feed.interactions);
        folder.writeAll(spec.parameters);
        const options = {
          ...{ folder: folder.path, users: data.users, items: data.items, dim: DIM, layers: LAYERS, decay: DECAY },
          ...{ batch: BATCH, threads, learning_rate: LEARNING_RATE },
        };
        const ours = await trainingContender(context, spec, LEARNING_RATE);
        using _trainer = ours.trainer;
        return await runContest(
          {
            id: "lightgcn-64",
            title: `LightGCN-${DIM}, ${LAYERS} layers, batch ${BATCH}`,
            unit: "triples/s",
            target: 8,
            ours,
            peers: [() => startPeer(pythons.main, { name: "PyTorch, sparse CSR", module: "torch_lightgcn", options })],
            async agree([peer]) {
              if (!peer) return [];
              const own = await stepLosses(engine, spec, LEARNING_RATE, 20);
              return [sameLosses(peer.name, own, await peer.call<number[]>("losses", { steps: 20 }))];
            },
            notes: ["an epoch of MovieLens-1M has 485 such steps"],
          },
          context,
        );
      },
    },
  ],
};
