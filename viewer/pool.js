/** Workers that run tasks, and who runs them without workers. */

import { FormatError } from "./errors.js";
import { perform } from "./tasks.js";

/** @typedef {import("./model.js").Networks | import("./scan-model.js").ScanModel} Networks */

/**
 * Runs tasks with the networks of a number, which `share` has told before.
 * @typedef {object} Runner
 * @property {(name: string, task: any, networks?: number) => Promise<any>} run
 * @property {(networks: Networks) => number} share
 * @property {(networks: number) => void} drop
 */

/** @typedef {{done: (found: any) => void, failed: (error: Error) => void}} Waiting */

const MOST_WORKERS = 8;

/**
 * Runs tasks at once, where they are asked for.
 * @implements {Runner}
 */
export class LocalRunner {
  /** @type {Map<number, Networks>} */
  #networks = new Map();
  #next = 1;

  /** @param {import("./kernels.js").Modules} modules */
  constructor(modules) {
    this.modules = modules;
  }

  /** @param {Networks} networks */
  share(networks) {
    this.#networks.set(this.#next, networks);
    return this.#next++;
  }

  /** @param {number} networks */
  drop(networks) {
    this.#networks.delete(networks);
  }

  /** @param {string} name @param {any} task @param {number} [networks] */
  async run(name, task, networks) {
    return perform(this.modules, name, task, networks && this.#networks.get(networks));
  }
}

/**
 * Runs each task in the worker that has the fewest before it.
 * @implements {Runner}
 */
export class WorkerPool {
  /** @type {{worker: Worker, waiting: Map<number, Waiting>}[]} */
  #workers = [];
  #next = 1;
  #networks = 1;

  /** @param {number} [count] of workers; as many as there are cores, save for one, by default */
  constructor(
    count = Math.max(1, Math.min(MOST_WORKERS, (navigator.hardwareConcurrency || 2) - 1)),
  ) {
    for (let k = 0; k < count; k++) {
      const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
      /** @type {Map<number, Waiting>} */
      const waiting = new Map();
      worker.onmessage = ({ data: { id, found, error, malformed } }) => {
        const task = waiting.get(id);
        waiting.delete(id);
        if (error === undefined) task?.done(found);
        else task?.failed(malformed ? new FormatError(error) : new Error(error));
      };
      worker.onerror = (event) => {
        for (const { failed } of waiting.values())
          failed(new Error(event.message || "a worker failed"));
        waiting.clear();
      };
      this.#workers.push({ worker, waiting });
    }
  }

  get size() {
    return this.#workers.length;
  }

  /** @param {Networks} networks */
  share(networks) {
    for (const { worker } of this.#workers) worker.postMessage({ share: this.#networks, networks });
    return this.#networks++;
  }

  /** @param {number} networks */
  drop(networks) {
    for (const { worker } of this.#workers) worker.postMessage({ drop: networks });
  }

  /** @param {string} name @param {any} task @param {number} [networks] @returns {Promise<any>} */
  run(name, task, networks) {
    const { worker, waiting } = this.#workers.reduce((a, b) =>
      b.waiting.size < a.waiting.size ? b : a,
    );
    const id = this.#next++;
    return new Promise((done, failed) => {
      waiting.set(id, { done, failed });
      worker.postMessage({ id, name, task, networks });
    });
  }

  close() {
    for (const { worker } of this.#workers) worker.terminate();
  }
}
