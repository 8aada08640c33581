/** What a page's images have in common: workers, and the pretrained model. */

import { Pretrained } from "./model.js";
import { WorkerPool } from "./pool.js";

/** @typedef {import("./image.js").Decoder} Decoder */

/** @type {Promise<Decoder> | null} */
let shared = null;

/**
 * Start workers and load the model, once for a page.
 * @param {string | URL} [model] where `grid-4.npz` lies; beside this module by default
 * @returns {Promise<Decoder>}
 */
export function loadDecoder(model = new URL("./grid-4.npz", import.meta.url)) {
  if (!shared) {
    shared = load(model);
    // What fails, for want of a connection, is tried again.
    shared.catch(() => (shared = null));
  }
  return shared;
}

/**
 * @param {string | URL} model
 * @returns {Promise<Decoder>}
 */
async function load(model) {
  const response = await fetch(model);
  if (!response.ok) throw new Error(`${model}: ${response.status} ${response.statusText}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { model: await Pretrained.read(bytes), runner: new WorkerPool() };
}
