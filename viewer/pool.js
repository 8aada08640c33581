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

/** @typedef {{worker: Worker, waiting: Map<number, Waiting>, long: number}} Busy */

/**
 * A task that is to be posted to a worker.
 * @typedef {{name: string, task: any, networks?: number} & Waiting} Asked
 */

/** Tasks that take long: a worker has one of them at a time, so that others do not wait for many. */
const LONG = ["decodeTile"];

/**
 * Runs each task in the worker that has the fewest before it.
 * @implements {Runner}
 */
export class WorkerPool {
  /** With the number of the long task that each has, or 0. @type {Busy[]} */
  #workers = [];
  /** Long tasks that no worker has yet. @type {Asked[]} */
  #held = [];
  #next = 1;
  #networks = 1;

  /** @param {number} [count] of workers; as many as there are cores, save for one, by default */
  constructor(
    count = Math.max(1, Math.min(MOST_WORKERS, (navigator.hardwareConcurrency || 2) - 1)),
  ) {
    for (let k = 0; k < count; k++) {
      const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
      /** @type {Busy} */
      const one = { worker, waiting: new Map(), long: 0 };
      worker.onmessage = ({ data: { id, found, error, malformed } }) => {
        const task = one.waiting.get(id);
        one.waiting.delete(id);
        if (error === undefined) task?.done(found);
        else task?.failed(malformed ? new FormatError(error) : new Error(error));
        if (one.long === id) this.#free(one);
      };
      worker.onerror = (event) => {
        for (const { failed } of one.waiting.values())
          failed(new Error(event.message || "a worker failed"));
        one.waiting.clear();
        this.#free(one);
      };
      this.#workers.push(one);
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

  /** Forget networks, and long tasks that no worker has yet of them. @param {number} networks */
  drop(networks) {
    for (const { worker } of this.#workers) worker.postMessage({ drop: networks });
    const ended = this.#held.filter((asked) => asked.networks === networks);
    this.#held = this.#held.filter((asked) => asked.networks !== networks);
    for (const { failed } of ended) failed(new Error("the image is closed"));
  }

  /** @param {string} name @param {any} task @param {number} [networks] @returns {Promise<any>} */
  run(name, task, networks) {
    return new Promise((done, failed) => {
      const asked = { name, task, networks, done, failed };
      if (LONG.includes(name)) {
        this.#held.push(asked);
        this.#release();
      } else this.#post(asked, this.#workers);
    });
  }

  /**
   * Post a task to that of some workers which has the fewest before it.
   * @param {Asked} asked
   * @param {Busy[]} workers
   */
  #post({ name, task, networks, done, failed }, workers) {
    const one = workers.reduce((a, b) => (b.waiting.size < a.waiting.size ? b : a));
    const id = this.#next++;
    if (LONG.includes(name)) one.long = id;
    one.waiting.set(id, { done, failed });
    one.worker.postMessage({ id, name, task, networks });
  }

  /** @param {Busy} one whose long task has ended */
  #free(one) {
    one.long = 0;
    this.#release();
  }

  /** Post what is held to workers without a long task. */
  #release() {
    for (;;) {
      const free = this.#workers.filter(({ long }) => !long);
      const asked = free.length && this.#held.shift();
      if (!asked) return;
      this.#post(asked, free);
    }
  }

  close() {
    for (const { worker } of this.#workers) worker.terminate();
  }
}
