/** What workers do, by its name. */

import { readAlpha, reduceAlpha } from "./alpha.js";
import { decodeBlock } from "./decoding.js";
import { readDeltas } from "./deltas.js";
import { paint } from "./painting.js";
import { synthesize } from "./synthesis.js";

/** @typedef {import("./kernels.js").Kernels} Kernels */

/**
 * Tasks by their names.
 * @type {Record<string, (kernels: Kernels, task: any, networks: any) => any>}
 */
export const TASKS = { decodeBlock, paint, readAlpha, readDeltas, reduceAlpha, synthesize };

/**
 * The buffers of a result, which need not be copied.
 * @param {any} found
 * @returns {Transferable[]}
 */
export function buffersOf(found) {
  if (ArrayBuffer.isView(found)) return [/** @type {ArrayBuffer} */ (found.buffer)];
  return found && typeof found === "object" ? Object.values(found).flatMap(buffersOf) : [];
}
