/** A worker: runs tasks as they come. */

import { FormatError } from "./errors.js";
import { Modules } from "./kernels.js";
import { buffersOf, perform } from "./tasks.js";

const PLACES = {
  kernels: new URL("./kernels.wasm", import.meta.url),
  samples: new URL("./samples.wasm", import.meta.url),
};
const modules = new Modules(async (name) => {
  const response = await fetch(PLACES[name]);
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
});
modules.get("kernels").catch(() => {});
/** @type {Map<number, import("./pool.js").Networks>} */
const known = new Map();

/** @param {MessageEvent} message */
onmessage = async ({ data }) => {
  if (data.share) known.set(data.share, data.networks);
  else if (data.drop) known.delete(data.drop);
  else postMessage(...(await answer(data)));
};

/**
 * @param {{id: number, name: string, task: any, networks?: number}} message
 * @returns {Promise<[any, any]>} an answer, and what of it need not be copied
 */
async function answer({ id, name, task, networks }) {
  try {
    const found = await perform(modules, name, task, networks && known.get(networks));
    return [{ id, found }, { transfer: [...new Set(buffersOf(found))] }];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [{ id, error: message, malformed: error instanceof FormatError }, {}];
  }
}
