/** An image's samples, read of its tiles: only of those that a part of it touches. */

import { Kept } from "./kept.js";
import { sizeOf } from "./geometry.js";
import { gathered } from "./samples.js";

/** @typedef {import("./geometry.js").Box} Box */
/** @typedef {import("./headers.js").Header} Header */
/** @typedef {import("./headers.js").SampleHeader} SampleHeader */
/** @typedef {import("./samples.js").SampleReader} SampleReader */
/** @typedef {import("./samples.js").Samples} Samples */

export const KEPT_BYTES = 1 << 26;

/** @implements {SampleReader} */
export class SampleTiles {
  /** @type {Kept<Samples>} */
  #kept = new Kept(KEPT_BYTES, ({ values }) => values.byteLength);

  /**
   * @param {Header} image
   * @param {SampleHeader} samples its samples
   * @param {object} parts
   * @param {import("./streams.js").Streams} parts.streams
   * @param {number} parts.first of the streams, the number of the first tile's
   * @param {number} parts.model what workers know the pretrained model by
   * @param {import("./cells.js").Cells | null} parts.cells that are of samples; null for all
   * @param {import("./pool.js").Runner} runner
   */
  constructor(image, samples, parts, runner) {
    this.image = image;
    this.samples = samples;
    this.parts = parts;
    this.runner = runner;
  }

  /** @param {Box} box @returns {Promise<Samples>} */
  read(box) {
    const pieces = this.samples.tiling.touching(box).map(({ row, column, covered }) => ({
      covered,
      found: this.#kept.get(`${row} ${column}`, () => this.#decoded(row, column, covered)),
    }));
    return gathered(box, this.image, pieces);
  }

  /**
   * @param {number} row of a tile
   * @param {number} column
   * @param {Box} covered
   * @returns {Promise<Samples>}
   */
  async #decoded(row, column, covered) {
    const { streams, first, model, cells } = this.parts;
    const { tiling, ...fields } = this.samples;
    const { bytes: stream } = await streams.get(first + tiling.placeOf(row, column));
    const { color: channels, bits } = this.image;
    const kept = cells && cells.over(covered);
    const task = { ...fields, stream, size: sizeOf(covered), channels, bits, kept };
    return this.runner.run("decodeTile", task, model);
  }
}
