/** A worker: runs tasks as they come. */

import { FormatError } from "./errors.js";
import { Kernels } from "./kernels.js";
import { TASKS, buffersOf } from "./tasks.js";

const kernels = fetch(new URL("./kernels.wasm", import.meta.url))
  .then((response) => response.arrayBuffer())
  .then((bytes) => Kernels.load(bytes));
/** @type {Map<number, import("./model.js").Networks>} */
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
    const loaded = await kernels;
    loaded.clear();
    const found = await TASKS[name](loaded, task, networks && known.get(networks));
    return [{ id, found }, { transfer: [...new Set(buffersOf(found))] }];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [{ id, error: message, malformed: error instanceof FormatError }, {}];
  }
}
