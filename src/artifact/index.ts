export { loadSaved, saveEnsemble, saveSaved } from "./ensemble.ts";
export { loadArtifact, readManifest, readUsers } from "./load.ts";
export { FORMAT_VERSION, type Manifest } from "./manifest.ts";
export { readSafetensors, type SafetensorsFile } from "./safetensors/read.ts";
export type { StoredTensor, TensorData, Tensors } from "./safetensors/types.ts";
export { writeSafetensors } from "./safetensors/write.ts";
export { type SaveOptions, saveArtifact, updateMetadata } from "./save.ts";
export { type FileDigest, FileSink } from "./sink.ts";
export { FileSource } from "./source.ts";
export {
  type Artifact,
  type Ensemble,
  type EnsembleMember,
  type FoldInPlans,
  type History,
  isEnsemble,
  type Json,
  type RunMetadata,
  type Saved,
} from "./types.ts";
export { loadIndex, type StoredIndex, saveIndex } from "./vector-index.ts";
export { writeArtifact } from "./write.ts";
