/** What workers do, by its name. */

import { readAlpha, reduceAlpha } from "./alpha.js";
import { readCells } from "./cells.js";
import { compose } from "./composing.js";
import { decodeBlock } from "./decoding.js";
import { readDeltas } from "./deltas.js";
import { paint } from "./painting.js";
import { paintSamples } from "./resampling.js";
import { decodeTile } from "./scanning.js";
import { synthesize } from "./synthesis.js";

/** @typedef {import("./kernels.js").Kernels} Kernels */
/** @typedef {import("./kernels.js").Module} Module */

/**
 * Tasks by their names.
 * @type {Record<string, (kernels: Kernels, task: any, networks: any) => any>}
 */
const TASKS = {
  ...{ compose, decodeBlock, decodeTile, paint, paintSamples, readAlpha, readCells, readDeltas },
  ...{ reduceAlpha, synthesize },
};

/** What calls kernels of another module than most. @type {Record<string, Module>} */
const MODULES = { decodeTile: "samples" };

/**
 * Run a task.
 * @param {import("./kernels.js").Modules} modules
 * @param {string} name
 * @param {any} task
 * @param {any} networks
 */
export async function perform(modules, name, task, networks) {
  const kernels = await modules.get(MODULES[name] ?? "kernels");
  kernels.clear();
  return TASKS[name](kernels, task, networks);
}

/**
 * The buffers of a result, which need not be copied.
 * @param {any} found
 * @returns {Transferable[]}
 */
export function buffersOf(found) {
  if (ArrayBuffer.isView(found)) return [/** @type {ArrayBuffer} */ (found.buffer)];
  return found && typeof found === "object" ? Object.values(found).flatMap(buffersOf) : [];
}
