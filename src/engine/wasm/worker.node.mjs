import { parentPort } from "node:worker_threads";
import { serve } from "./worker.mjs";

serve(parentPort);
