/** What a page's images have in common: workers, and the pretrained models. */

import { Pretrained } from "./model.js";
import { WorkerPool } from "./pool.js";
import { readScanModel } from "./scan-model.js";

/** @typedef {import("./image.js").Decoder} Decoder */

/** @type {Decoder | null} */
let shared = null;

/**
 * Start workers, once for a page; a model is loaded when the first image needs it.
 * @param {string | URL} [grid] where `grid-4.npz` lies; beside this module by default
 * @param {string | URL} [samples] where `pixels-1.npz` lies, likewise
 * @returns {Promise<Decoder>}
 */
export async function loadDecoder(
  grid = new URL("./grid-4.npz", import.meta.url),
  samples = new URL("./pixels-1.npz", import.meta.url),
) {
  shared ??= {
    runner: new WorkerPool(),
    grid: once(async () => Pretrained.read(await fetched(grid))),
    samples: once(async () => readScanModel(await fetched(samples))),
  };
  return shared;
}

/**
 * What is found once, and tried again where it fails, for want of a connection.
 * @template T
 * @param {() => Promise<T>} find
 * @returns {() => Promise<T>}
 */
function once(find) {
  /** @type {Promise<T> | null} */
  let found = null;
  return () => {
    if (!found) {
      found = find();
      found.catch(() => (found = null));
    }
    return found;
  };
}

/** @param {string | URL} model */
async function fetched(model) {
  const response = await fetch(model);
  if (!response.ok) throw new Error(`${model}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}
