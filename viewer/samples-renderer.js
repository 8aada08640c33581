/** An image that is samples, or a grid and samples, drawn of these (`formats/inr-v1-pixels.md`, 9). */

import { Cells } from "./cells.js";
import { ComposedReader } from "./composing.js";
import { UnsupportedError } from "./errors.js";
import { Geometry, TILE, common, sizeOf, tileRegion } from "./geometry.js";
import { GridRenderer } from "./grid-renderer.js";
import { isPlain, neededOf } from "./interpolation.js";
import { openGrid } from "./opening.js";
import { SampleTiles } from "./sample-tiles.js";
import { Streams } from "./streams.js";

/** @typedef {import("./container.js").Container} Container */
/** @typedef {import("./geometry.js").Box} Box */
/** @typedef {import("./headers.js").Header} Header */
/** @typedef {import("./image.js").Decoder} Decoder */
/** @typedef {import("./image.js").Pixels} Pixels */
/** @typedef {import("./image.js").Region} Region */
/** @typedef {import("./image.js").Renderer} Renderer */
/** @typedef {import("./interpolation.js").Axis} Axis */
/** @typedef {import("./samples.js").SampleReader} SampleReader */

const MOST_CELLS = 1 << 26;
/** Samples of a part that is drawn at once. */
const MOST_SAMPLES = 1 << 28;
/** Of an image of both, pixels beside what is visible that are looked at. */
const BESIDE = 4;

/** @implements {Renderer} */
export class SamplesRenderer {
  /**
   * @param {Header} header
   * @param {SampleReader} reader
   * @param {Box} limits of what may be looked at: beyond them the outermost pixels repeat
   * @param {import("./pool.js").Runner} runner
   * @param {number} model what workers know the pretrained model by
   * @param {GridRenderer | null} grid of an image that has one, too
   */
  constructor(header, reader, limits, runner, model, grid) {
    this.header = header;
    this.reader = reader;
    this.limits = limits;
    this.runner = runner;
    this.model = model;
    this.grid = grid;
    const [height, width] = sizeOf(header.visible);
    this.image = { height, width };
    this.coarsest = Math.max(0, Math.ceil(Math.log2(Math.max(height, width) / TILE)));
  }

  get previewScale() {
    return this.grid?.previewScale ?? this.coarsest;
  }

  /** @param {number} scale */
  samples(scale) {
    const { height, width } = this.image;
    const [rows, columns] = [height, width].map((length) => Math.ceil(length / 2 ** scale));
    return { rows, columns, top: 0, left: 0 };
  }

  /** @param {number} scale @param {number} row @param {number} column @returns {Promise<Pixels>} */
  async tile(scale, row, column) {
    const { region, size } = tileRegion(this.image, scale, row, column);
    return this.render(region, size);
  }

  /** That of the grid, which goes on under samples. */
  async preview() {
    return this.grid && this.grid.preview();
  }

  /**
   * @param {Region} region
   * @param {[number, number]} size
   * @returns {Promise<Pixels>}
   */
  async render({ x, y, width, height }, size) {
    const { visible, color: channels, bits } = this.header;
    const { top, left, bottom, right } = this.limits;
    const down = axisOf(visible.top + y, height, size[0], top, bottom);
    const across = axisOf(visible.left + x, width, size[1], left, right);
    const box = { top: down.first, left: across.first, bottom: down.end, right: across.end };
    const [rows, columns] = sizeOf(box);
    if (rows * columns * channels > MOST_SAMPLES)
      throw new UnsupportedError(`${columns} × ${rows} pixels are too many to be drawn at once`);
    const samples = await this.reader.read(box);
    const task = { samples, channels, bits, axes: [down, across] };
    return this.runner.run("paintSamples", task);
  }

  close() {
    this.runner.drop(this.model);
    this.grid?.close();
  }
}

/**
 * Outputs along an axis, and the samples that they are of.
 * @param {number} start
 * @param {number} length
 * @param {number} count
 * @param {number} least sample that there is
 * @param {number} most the one after the last
 * @returns {Axis & {end: number}}
 */
function axisOf(start, length, count, least, most) {
  const axis = { start, length, count, first: start };
  if (isPlain(axis)) return { ...axis, end: start + length };
  const [first, end] = neededOf(axis);
  const begin = Math.min(Math.max(first, least), most - 1);
  return { ...axis, first: begin, end: Math.max(begin + 1, Math.min(end, most)) };
}

/**
 * Open the samples of an image, and the grid that it may have beside them.
 * @param {Container} container
 * @param {Header} header
 * @param {Decoder} decoder
 * @returns {Promise<SamplesRenderer>}
 */
export async function openSamples(container, header, decoder) {
  const { item, grid } = header;
  const samples = /** @type {import("./headers.js").SampleHeader} */ (header.samples);
  const { runner } = decoder;
  const first = grid ? new Geometry(grid).count : 0;
  const streams = await Streams.open(container, item, first + samples.tiling.count);
  const [scan, cells, opened] = await Promise.all([
    decoder.samples(),
    grid && openCells(container, header, runner),
    grid && openGrid(container, grid, decoder, streams),
  ]);
  const model = runner.share(scan);
  const tiles = new SampleTiles(header, samples, { streams, first, model, cells }, runner);
  if (!grid || !cells || !opened) {
    const limits = samples.tiling.covered(samples.tiling.kept);
    return new SamplesRenderer(header, tiles, limits, runner, model, null);
  }
  const limits = limitsOf(header);
  const under = new GridRenderer(container, opened, runner);
  const reader = new ComposedReader(header, limits, { cells, tiles, grid: under }, runner);
  return new SamplesRenderer(header, reader, limits, runner, model, under);
}

/** What may be looked at of a grid and samples. @param {Header} header @returns {Box} */
function limitsOf({ height, width, visible: { top, left, bottom, right } }) {
  const near = {
    ...{ top: top - BESIDE, left: left - BESIDE },
    ...{ bottom: bottom + BESIDE, right: right + BESIDE },
  };
  return common(near, { top: 0, left: 0, bottom: height, right: width });
}

/**
 * @param {Container} container
 * @param {Header} header
 * @param {import("./pool.js").Runner} runner
 */
async function openCells(container, { item, height, width, cell }, runner) {
  const [rows, columns] = [Math.ceil(height / cell), Math.ceil(width / cell)];
  if (rows * columns > MOST_CELLS) throw new UnsupportedError("its map has too many cells");
  const payload = await container.read("CELL", item);
  const ofSamples = await runner.run("readCells", { payload, size: [rows, columns] });
  return new Cells(ofSamples, columns, cell);
}
