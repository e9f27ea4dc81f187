/**
 * The one catalogue of errors. A code never changes its meaning once released. `when` documents it; `fix` is the advice
 * given where the throwing place has nothing more specific to say.
 */
export const catalogue = {
  // graph: a model could not be built
  GRAPH_SHAPE: {
    when: "operand shapes or dtypes of an operation do not fit",
    fix: "Check the widths of the layers that meet here.",
  },
  GRAPH_NAME: {
    when: "two parameters or two inputs share a name",
    fix: "Rename one, or share the layer by calling it twice.",
  },
  GRAPH_GRADIENT: {
    when: "a gradient is asked for that does not exist",
    fix: "Make the loss depend on the parameter through differentiable operations.",
  },
  GRAPH_PLAN: { when: "a plan is not well formed", fix: "Build plans with lower(); do not edit them by hand." },
  // configuration
  CONFIG_UNKNOWN: { when: "an option, model or name is unknown", fix: "Use one of the names listed." },
  CONFIG_MODEL: {
    when: "the file of a model of one's own cannot be read, or holds none",
    fix: "Export a model by default: export default defineModel({ name, build }).",
  },
  CONFIG_VALUE: { when: "an option has a value of the wrong type or range", fix: "Give a value in the range stated." },
  CONFIG_PIPELINE: {
    when: "a pipeline is not of the form described, or asks for what models or items do not have",
    fix: "Correct what is named; docs/pipeline.md shows the form.",
  },
  CONFIG_FILTER: {
    when: "a filter of items is no condition that can be evaluated",
    fix: 'Write a CEL expression over item, user and id, as in item.genre == "drama" && item.price < 20.',
  },
  // data: files of interactions, and what is made of them
  DATA_FILE_MISSING: { when: "there is no file at the path", fix: "Check the path." },
  DATA_DIRECTORY: {
    when: "the folder holds neither files of interactions nor one of the benchmark formats",
    fix: "Give the path of a file in it.",
  },
  DATA_PLACE: {
    when: "what is named is no file, folder or pipe, but an address or a database",
    fix: "Download or export it, and import the file.",
  },
  DATA_CLIENT: {
    when: "a database is named, and what speaks to it, which an install does not bring, is not there",
    fix: "Install it: npm install postgres.",
  },
  DATA_DATABASE: {
    when: "a database cannot be reached, or refuses what it is asked",
    fix: "Check the address, the password and the query; try them with psql.",
  },
  DATA_PARTS: {
    when: "files that are read as one do not belong together",
    fix: "Import them one by one, or give the files that belong together.",
  },
  DATA_UNREADABLE: { when: "the file cannot be read to its end", fix: "Check its permissions, or fetch it again." },
  DATA_EMPTY: { when: "the file holds no interaction", fix: "Give a file with one interaction per line." },
  DATA_BINARY: {
    when: "the file is not text and not Parquet",
    fix: "Export it as CSV, TSV, JSON lines or Parquet.",
  },
  DATA_FORMAT: {
    when: "the file does not have the format asked for, or none that can be read",
    fix: "Name the format with --format, or export as CSV.",
  },
  DATA_COLUMN: { when: "a column asked for does not exist", fix: "Use one of the columns listed." },
  DATA_COLUMNS: {
    when: "the columns of users and items cannot be told",
    fix: "Name them with --user and --item (a name, or a number from 1).",
  },
  DATA_EVENT: { when: "a kind of event asked for does not occur", fix: "Use one of the kinds listed." },
  DATA_MALFORMED: {
    when: "more than half of the lines are malformed, or any of them in strict mode",
    fix: "Correct the lines shown, or name the format and the columns.",
  },
  DATA_TOO_SMALL: {
    when: "there is only one user or one item",
    fix: "Check which columns are the user and the item; name them with --user and --item.",
  },
  DATA_CANCELLED: { when: "reading was cancelled by its signal", fix: "Start it again." },
  DATA_INTERACTIONS: {
    when: "interactions are built from arrays or ids that contradict each other",
    fix: "Give arrays of equal length, indices within range and ids without repeats.",
  },
  DATA_SPLIT: { when: "a split cannot be made of these interactions", fix: "Choose another split." },
  DATA_STORED_MISSING: { when: "there is no saved data set at the path", fix: "Import it: penchant import PATH." },
  DATA_STORED_CORRUPT: {
    when: "a saved data set is incomplete or was changed",
    fix: "Import it again from its source.",
  },
  DATA_STORED_VERSION: {
    when: "a saved data set has an older or a newer format",
    fix: "Install a newer version of penchant, or import the data again.",
  },
  DATA_WRITE: {
    when: "a data set cannot be written",
    fix: "Free some space, or choose another folder with --workspace.",
  },
  // features: what is known of items and users besides what they did
  FEATURE_ID: {
    when: "no column of a feature file holds ids of the data set",
    fix: "Name the column with --id, and check that the file belongs to the data set.",
  },
  FEATURE_DUPLICATE: {
    when: "a feature file has two different rows for one id",
    fix: "Keep one row an id; several values of one feature stand in it as a|b|c.",
  },
  FEATURE_VALUE: {
    when: "a value is not of its feature's kind: text among numbers, vectors of different lengths, NaN",
    fix: "Correct the value, leave it empty, or read the feature as another kind.",
  },
  FEATURE_IMAGE: {
    when: "a file that is to be a picture is no PNG or JPEG, is damaged, or is larger than any picture of an item",
    fix: "Mend the file, or leave its value empty.",
  },
  FEATURE_FILE: {
    when: "a file of vectors (.npy, .safetensors) is damaged, holds something else than rows of numbers, or does not fit its file of ids",
    fix: "Write it again: numpy.save of an array with a row an id, and a text file with an id a line in the same order.",
  },
  FEATURE_DECODER: {
    when: "pictures are given as features, and what decodes them, which an install does not bring, is not there",
    fix: "Install it: npm install pngjs jpeg-js.",
  },
  FEATURE_UNKNOWN: { when: "a feature is named that is not there", fix: "Use one of the names listed." },
  FEATURE_EMPTY: {
    when: "the features of a data set say nothing: all are constant, or different in every row",
    fix: "Add a feature that several items share, or name the kinds with --kind.",
  },
  FEATURE_MISSING: {
    when: "a model or a request needs features that the data set or the run does not have",
    fix: "Add them: penchant features DATASET --items FILE.",
  },
  // engine
  ENGINE_UNAVAILABLE: {
    when: "the engine asked for cannot be loaded",
    fix: "Install Rust (https://rustup.rs) and run npm run build, or use --engine wasm.",
  },
  ENGINE_PROFILE: {
    when: "an engine is asked where its time goes and cannot tell",
    fix: "Use the native engine (--engine native); to build it, install Rust (https://rustup.rs) and run npm run build.",
  },
  ENGINE_INPUT: {
    when: "an executor is given wrong inputs",
    fix: "Feed every input of the plan with an array of the stated length.",
  },
  ENGINE_DISPOSED: { when: "a trainer or scorer is used after dispose()", fix: "Create a new one." },
  ENGINE_FAILURE: {
    when: "the native core failed in an unexpected way",
    fix: "Please report it with the plan and the seed.",
  },
  ENGINE_MEMORY: {
    when: "there is not enough memory for what was asked",
    fix: "Choose a smaller model, smaller batches or less data.",
  },
  // training
  TRAIN_CANCELLED: {
    when: "training was cancelled by its signal or by cancel()",
    fix: "Start it again; with a checkpoint directory, resume continues where the last checkpoint was written.",
  },
  TRAIN_BUSY: { when: "a trainer is asked to run while it runs", fix: "Await the running call first." },
  TRAIN_DATA: {
    when: "the interactions cannot be trained on",
    fix: "Import more interactions, or loosen the filters and the split.",
  },
  TRAIN_DIVERGED: {
    when: "the loss became NaN, infinite or absurd (a thousand times that of answering 0 to everything)",
    fix: "Lower the learning rate, or clip gradients with clipNorm.",
  },
  TRAIN_CHECKPOINT: {
    when: "a checkpoint cannot be read or written",
    fix: "Check the directory, or train again without resume.",
  },
  TRAIN_CHECKPOINT_MISSING: {
    when: "there is no checkpoint to resume from",
    fix: "Train without --resume.",
  },
  TRAIN_CHECKPOINT_MISMATCH: {
    when: "a checkpoint belongs to another model, data set or other options",
    fix: "Resume with the same ones, or train again without resume.",
  },
  // export
  ARTIFACT_EXPORT: {
    when: "a model cannot be written in the format asked for",
    fix: "Use the run's own weights (safetensors) instead.",
  },
  // evaluation
  EVAL_EMPTY: {
    when: "no user has anything held out to measure on",
    fix: "Hold out more: choose another split or share.",
  },
  EVAL_CANDIDATES: {
    when: "the given protocol finds no candidates",
    fix: "Use protocol full or sampled-99, or a split that comes with candidates.",
  },
  EVAL_SCORES: {
    when: "a model gave NaN or infinity as a score",
    fix: "Train again with a lower learning rate; among such scores there is no order.",
  },
  EVAL_UNPAIRED: {
    when: "two runs are compared that were not measured on the same users",
    fix: "Evaluate both on the same data set, split, seed and protocol.",
  },
  EVAL_GATE: {
    when: "a run does not meet the condition that stands before its promotion",
    fix: "Keep the run that is there, or change the condition of --gate.",
  },
  // artifacts: what a run is saved as
  ARTIFACT_MISSING: { when: "there is no saved run at the path", fix: "Check the path, or train and save a run." },
  ARTIFACT_EXISTS: { when: "a run would be saved over another", fix: "Choose another directory, or ask to overwrite." },
  ARTIFACT_WRITE: { when: "a run cannot be written", fix: "Check free space and permissions of the directory." },
  ARTIFACT_VERSION: { when: "a saved run has a newer format", fix: "Install a newer version of penchant." },
  ARTIFACT_CORRUPT: {
    when: "a saved run is incomplete or was changed",
    fix: "Restore the directory from a copy, or train the run again.",
  },
  ARTIFACT_SHAPE: {
    when: "weights do not have the shapes that the model needs",
    fix: "Restore the directory from a copy, or train the run again.",
  },
  ARTIFACT_ENSEMBLE: {
    when: "something is asked of an ensemble that only a run with weights of its own can do",
    fix: "Do it with one of its members.",
  },
  ENSEMBLE_MEMBERS: {
    when: "runs cannot answer together: they are of other data, ids or splits, or an ensemble themselves",
    fix: "Train them on the same data set, with the same --split and --seed.",
  },
  ENSEMBLE_WEIGHTS: {
    when: "the weights of an ensemble cannot be chosen on the validation part",
    fix: "Train the members with --set refit=false, or give the weights.",
  },
  // workspace and command line
  WORKSPACE_UNKNOWN: { when: "a data set or run of that name does not exist", fix: "Use one of the names listed." },
  WORKSPACE_EMPTY: { when: "the workspace has no data set or run yet", fix: "Import data, or train a model first." },
  WORKSPACE_NAME: {
    when: "a name cannot be used for a data set or run",
    fix: "Use letters, digits, dots, hyphens and underscores, 64 at most.",
  },
  WORKSPACE_BUSY: { when: "another process is writing the same data set or run", fix: "Wait until it is done." },
  WORKSPACE_TAKEN: {
    when: "a name that nobody chose stands for a data set or run of another origin",
    fix: "Choose another name with --name, or another folder with --workspace.",
  },
  WORKSPACE_CHANGED: {
    when: "a run does not fit the data set in the workspace",
    fix: "Import the original data again, or train a new run.",
  },
  WORKSPACE_DISK_FULL: {
    when: "the disk is full",
    fix: "Make room or choose another folder with --workspace; nothing was changed.",
  },
  WORKSPACE_DISK: {
    when: "the disk reports that it could not read or write (EIO)",
    fix: "Look at the disk and the log of the system, then try again; what was there before is still there.",
  },
  WORKSPACE_PERMISSION: {
    when: "a file or folder may not be read or written",
    fix: "Check its owner and permissions, or choose another folder with --workspace.",
  },
  WORKSPACE_PATH: {
    when: "a path to read or to write at leads to nothing, or to something of another kind",
    fix: "Check the path, and make the folder that it names.",
  },
  USAGE_ARGUMENTS: { when: "the command line is wrong", fix: "See penchant --help, or penchant COMMAND --help." },
  USAGE_PACKAGE: {
    when: "what is asked for needs a package that an install does not bring",
    fix: "Install what is named with npm install.",
  },
  USAGE_INTERRUPTED: {
    when: "the command was interrupted (exit status 130)",
    fix: "Start it again; nothing was changed.",
  },
  UNEXPECTED_FAILURE: {
    when: "something failed that should not be able to",
    fix: "Please report it, with the stack that PENCHANT_DEBUG=1 prints.",
  },
  // asking a run
  DATA_USER_UNKNOWN: {
    when: "somebody is to be forgotten of whom nothing is known",
    fix: "Use a user id of a data set or run.",
  },
  DATA_FORGET: {
    when: "something of a person who is to be forgotten is left in the workspace",
    fix: "Remove what is named, then run penchant forget again.",
  },
  DATA_ID: {
    when: "an id is asked for that is neither text nor a whole number, or a list of ids that is none",
    fix: "Give the id as it stands in the data: a text, or a whole number.",
  },
  DATA_ITEM_UNKNOWN: {
    when: "a run is asked about an item that it does not know",
    fix: "Use an item id of the data set.",
  },
  // the event log
  STORE_CORRUPT: {
    when: "an event log was changed or damaged before its end, or a shared store does not hold what it held",
    fix: "Restore the file from a copy, or move it away: the events in it are then no longer known.",
  },
  STORE_WRITE: {
    when: "events cannot be written to the disk, and none of the request is then kept; or a shared store cannot be reached",
    fix: "Free some space, or bring the store back, and send the events again.",
  },
  STORE_URL: {
    when: "what is given as a store is no address of one, or the server there lets nobody in",
    fix: "Give an address as in redis://USER:PASSWORD@HOST:6379/0.",
  },
  STORE_CLIENT: {
    when: "a store in Redis or Valkey is asked for, and what speaks to them, which an install does not bring, is not there",
    fix: "Install it: npm install @redis/client.",
  },
  STORE_BUSY: { when: "more events wait to be written than are allowed to", fix: "Send them again after a moment." },
  // the service
  SERVE_REQUEST: {
    when: "a request is not what its description (/openapi.json) says",
    fix: "Correct what is named; /docs shows the requests there are.",
  },
  SERVE_BODY: {
    when: "the body of a request is too large, or is not JSON",
    fix: "Send JSON with content-type: application/json, in smaller requests.",
  },
  SERVE_ROUTE: { when: "there is nothing at the address of a request", fix: "See /docs for the requests there are." },
  SERVE_KEY: {
    when: "a request comes without a key, or with one that is not known",
    fix: "Send the header authorization: Bearer KEY.",
  },
  SERVE_SCOPE: { when: "a key may not do what is asked", fix: "Use a key with the scope named." },
  SERVE_RATE: {
    when: "a key or an address asks more often than it may",
    fix: "Ask again after the time in Retry-After.",
  },
  SERVE_BUSY: {
    when: "as many requests are being answered as may be at once",
    fix: "Ask again after the time in Retry-After.",
  },
  SERVE_TIMEOUT: {
    when: "an answer takes longer than it may",
    fix: "Ask for less, or allow more time with --timeout.",
  },
  INDEX_MISSING: {
    when: "an index of item vectors is asked for where there is none, or of a model whose scores are no inner products",
    fix: "Make one with penchant index build RUN, or leave index out.",
  },
  INDEX_CORRUPT: {
    when: "the file of an index is damaged, or no index",
    fix: "Make it again: penchant index build RUN.",
  },
  INDEX_STALE: {
    when: "an index was made of other item vectors than the run has",
    fix: "Make it again: penchant index build RUN.",
  },
  INDEX_RECALL: {
    when: "an index finds too few of the items that an exact search finds",
    fix: "Ask for a lower --recall, or leave index out of the pipeline: the exact search is always there.",
  },
  SERVE_EXPERIMENT: {
    when: "an experiment is not there, stands in another's way, or cannot be reported",
    fix: "See penchant experiment list.",
  },
  SERVE_REMOTE: {
    when: "a server that a command asks refuses, or does not answer",
    fix: "See whether it runs there, and whether the key is one of its own.",
  },
  SERVE_MODEL: { when: "a request names a model that is not served", fix: "Use one of the names listed." },
  SERVE_PIPELINE: { when: "a request names a pipeline that is not served", fix: "Use one of the names listed." },
  SERVE_ANSWERS: {
    when: "a model that is to answer does not give the answers that it gave when it was deployed",
    fix: "Deploy its run again; where only the engine or the package is another one, that notes its answers anew.",
  },
  SERVE_DEPLOYMENTS: {
    when: "the deployments of the workspace, or a copy among them, are not what was written",
    fix: "Deploy again with penchant deploy RUN --as NAME, or restore the files.",
  },
  SERVE_ADDRESS: {
    when: "the server cannot listen at its address, or would be open to others without keys",
    fix: "Choose another --port or --host, or give --keys.",
  },
  SERVE_KEYS: { when: "a file of keys is not what it should be", fix: "Make it with penchant keys add." },
} as const satisfies Record<string, { readonly when: string; readonly fix: string }>;

export type ErrorCode = keyof typeof catalogue;
