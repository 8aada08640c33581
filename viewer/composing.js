/** Samples of an image that is a grid and samples: of each cell one of both (`formats/inr-v1-mixed.md`, 4). */

import { boundsOf } from "./cells.js";
import { common, from, sizeOf } from "./geometry.js";
import { Kept } from "./kept.js";
import { turnColors } from "./painting.js";
import { KEPT_BYTES } from "./sample-tiles.js";
import { emptySamples, gathered } from "./samples.js";
import { Tiling } from "./tiling.js";

/** @typedef {import("./kernels.js").Kernels} Kernels */
/** @typedef {import("./geometry.js").Box} Box */
/** @typedef {import("./geometry.js").Size} Size */
/** @typedef {import("./samples.js").SampleReader} SampleReader */
/** @typedef {import("./samples.js").Samples} Samples */

/** Pixels on a side of what is composed at a time. */
const SIDE = 512;

/**
 * Pixels to be composed.
 * @typedef {object} CompositionTask
 * @property {Size} size
 * @property {number} colors
 * @property {number} bits
 * @property {Uint8Array} own which pixels are of samples
 * @property {{found: Samples, box: Box} | null} over samples of a part of them
 * @property {{found: import("./planes.js").Planes<Float32Array>, box: Box}} under channels of the grid
 * @property {Float32Array} matrix from channels to colors from 0 to 1
 */

/**
 * @param {Kernels} kernels
 * @param {CompositionTask} task
 * @returns {Samples}
 */
export function compose(kernels, { size, colors, bits, own, over, under, matrix }) {
  const out = emptySamples(size, colors, bits);
  const peak = 2 ** bits - 1;
  const turned = turnColors(kernels, under.found, colors, matrix).values;
  const count = under.found.size[0] * under.found.size[1];
  forEach(under.box, size[1], (at, k) => {
    if (!own[at])
      for (let color = 0; color < colors; color++) {
        const value = Math.min(Math.max(turned[color * count + k], 0), 1);
        out.values[at * colors + color] = Math.floor(value * peak + 0.5);
      }
  });
  if (!over) return out;
  const { values } = over.found;
  forEach(over.box, size[1], (at, k) => {
    if (own[at])
      for (let color = 0; color < colors; color++)
        out.values[at * colors + color] = values[k * colors + color];
  });
  return out;
}

/**
 * Go through the pixels of a box: their places among all, and in the box.
 * @param {Box} box
 * @param {number} columns of all
 * @param {(at: number, k: number) => void} use
 */
function forEach({ top, left, bottom, right }, columns, use) {
  for (let row = top, k = 0; row < bottom; row++)
    for (let column = left; column < right; column++, k++) use(row * columns + column, k);
}

/** @implements {SampleReader} */
export class ComposedReader {
  /** @type {Kept<Samples>} */
  #kept = new Kept(KEPT_BYTES, ({ values }) => values.byteLength);

  /**
   * @param {import("./headers.js").Header} image
   * @param {Box} limits of what may be looked at
   * @param {object} parts
   * @param {import("./cells.js").Cells} parts.cells
   * @param {import("./sample-tiles.js").SampleTiles} parts.tiles
   * @param {import("./grid-renderer.js").GridRenderer} parts.grid
   * @param {import("./pool.js").Runner} runner
   */
  constructor(image, limits, parts, runner) {
    this.image = image;
    this.limits = limits;
    this.parts = parts;
    this.runner = runner;
    this.squares = new Tiling(image, SIDE, SIDE);
  }

  /** @param {Box} box @returns {Promise<Samples>} */
  read(box) {
    const pieces = this.squares.touching(box).map((square) => {
      const covered = common(square.covered, this.limits);
      const key = `${square.row} ${square.column}`;
      return { covered, found: this.#kept.get(key, () => this.#composed(covered)) };
    });
    return gathered(box, this.image, pieces);
  }

  /** @param {Box} box @returns {Promise<Samples>} */
  async #composed(box) {
    const { cells, tiles, grid } = this.parts;
    const [own, size] = [cells.over(box), sizeOf(box)];
    const [over, under] = [1, 0].map((kind) => boundsOf(own, size, kind));
    if (!under) return tiles.read(box);
    const moved = (/** @type {Box} */ part) => from(part, -box.top, -box.left);
    const [samples, channels] = await Promise.all([
      over && tiles.read(moved(over)),
      grid.pyramid.window(0, moved(under)),
    ]);
    const { color: colors, bits } = this.image;
    return this.runner.run("compose", {
      ...{ size, colors, bits, own, matrix: grid.matrix },
      over: over && samples && { found: samples, box: over },
      under: { found: channels, box: under },
    });
  }
}
