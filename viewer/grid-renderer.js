/** An image that is a grid, drawn of its blocks. */

import { Alpha } from "./alpha.js";
import { colorMatrix } from "./colors.js";
import { UnsupportedError } from "./errors.js";
import { TILE, common, isEmpty, sizeOf } from "./geometry.js";
import { neededOf } from "./interpolation.js";
import { Pyramid } from "./pyramid.js";

/** @typedef {import("./container.js").Container} Container */
/** @typedef {import("./geometry.js").Box} Box */
/** @typedef {import("./image.js").Pixels} Pixels */
/** @typedef {import("./image.js").Region} Region */
/** @typedef {import("./image.js").Renderer} Renderer */
/** @typedef {import("./interpolation.js").Axis} Axis */

/** What a preview reads: a share of an image's streams, but not less than so many bytes. */
const PREVIEW_SHARE = 0.045;
const PREVIEW_BYTES = 1 << 14;
/** Resolution is doubled by a filter so often; beyond that, it is interpolated. */
const MOST_DOUBLINGS = 2;
/** Samples that an enlargement and interpolation look at beside what they give. */
const ENLARGING_MARGIN = 8;
const MOST_ALPHA = 1 << 27;
/** Pixels of a preview. */
const MOST_PREVIEW = 1 << 21;

/** @param {[number, number]} size */
const isSmall = ([rows, columns]) => rows * columns <= MOST_PREVIEW;

/** @implements {Renderer} */
export class GridRenderer {
  /**
   * @param {Container} container
   * @param {import("./opening.js").Opened} opened
   * @param {import("./pool.js").Runner} runner
   */
  constructor(container, opened, runner) {
    this.container = container;
    this.opened = opened;
    this.runner = runner;
    this.header = opened.header;
    this.streams = opened.streams;
    this.pyramid = new Pyramid(opened, runner);
    this.geometry = this.pyramid.geometry;
    this.matrix = colorMatrix(this.header);
    /** @type {Promise<Alpha> | null} */
    this.alpha = null;
  }

  get coarsest() {
    let scale = this.geometry.levels;
    while (scale && isEmpty(this.#grid(scale))) scale--;
    return scale;
  }

  /**
   * The samples of a scale of 0 or more that are seen.
   * @param {number} scale
   * @returns {Box} among those of the whole image
   */
  #grid(scale) {
    const { top, left, bottom, right } = this.header.visible;
    const at = (/** @type {number} */ place) => Math.ceil(place / 2 ** scale);
    return { top: at(top), left: at(left), bottom: at(bottom), right: at(right) };
  }

  /** @param {number} scale of 0 or more */
  samples(scale) {
    const grid = this.#grid(scale);
    const [rows, columns] = sizeOf(grid);
    const { top, left } = this.header.visible;
    const shift = (1 - 2 ** scale) / 2;
    const at = (/** @type {number} */ place) => place * 2 ** scale + shift;
    return { rows, columns, top: at(grid.top) - top, left: at(grid.left) - left };
  }

  close() {
    for (
      let one = /** @type {import("./opening.js").Opened | null} */ (this.opened);
      one;
      one = one.before
    )
      this.runner.drop(one.networks);
  }

  /**
   * @param {number} scale of 0 or more
   * @param {number} row
   * @param {number} column
   * @returns {Promise<Pixels>}
   */
  async tile(scale, row, column) {
    const grid = this.#grid(scale);
    const [top, left] = [grid.top + row * TILE, grid.left + column * TILE];
    const box = { top, left, bottom: top + TILE, right: left + TILE };
    return this.#drawn(this.pyramid, scale, common(box, grid));
  }

  /** That of the first streams, or coarser where that is large. */
  get previewScale() {
    const { coarsest } = this;
    let scale = Math.min(coarsest, this.geometry.tiers[0].scale);
    while (scale < coarsest && !isSmall(sizeOf(this.#grid(scale)))) scale++;
    return scale;
  }

  /**
   * The whole image as its first bytes tell it, at `previewScale`; where the first streams are a small
   * part of the file, or it is small, exactly. Null of a large image that has no
   * coarse scale, and of one that follows others.
   * @returns {Promise<Pixels | null>}
   */
  async preview() {
    const [scale, [tier], { count }] = [this.previewScale, this.geometry.tiers, this.geometry];
    const grid = this.#grid(scale);
    if (this.opened.before || !isSmall(sizeOf(grid))) return null;
    const [rows, columns] = sizeOf(tier.kept);
    const places = [0, rows * columns, count];
    const [start, end, all] = places.map((number) => this.streams.offsets[number]);
    const budget = Math.max(PREVIEW_BYTES, PREVIEW_SHARE * (all - start));
    // A small part of an image may have no samples as coarse as the first streams.
    const share = scale < tier.scale ? 1 : budget / (end - start);
    const heads = {
      get: (/** @type {number} */ number) => this.streams.head(number, Math.min(1, share)),
    };
    const { opened, runner } = this;
    const pyramid = share < 1 ? new Pyramid({ ...opened, streams: heads }, runner) : this.pyramid;
    return this.#drawn(pyramid, scale, grid);
  }

  /** @param {Pyramid} pyramid @param {number} scale @param {Box} box */
  #drawn(pyramid, scale, box) {
    const [rows, columns] = sizeOf(box);
    const axes = [
      { start: 0, length: rows, count: rows, first: 0 },
      { start: 0, length: columns, count: columns, first: 0 },
    ];
    return this.#painted(pyramid, scale, box, 0, axes);
  }

  /**
   * @param {Region} region
   * @param {[number, number]} size rows and columns of the output
   * @returns {Promise<Pixels>}
   */
  async render({ x, y, width, height }, size) {
    const { top, left } = this.header.visible;
    const spans = [
      { start: top + y, length: height, count: size[0] },
      { start: left + x, length: width, count: size[1] },
    ];
    const scale = this.#scaleFor(spans);
    const growth = Math.min(...spans.map(({ length, count }) => count / length));
    const doublings = Math.min(MOST_DOUBLINGS, Math.max(0, Math.ceil(Math.log2(growth))));
    const spacing = 2 ** (scale - doublings);
    const centre = 0.5 * Math.min(1, spacing);
    const bounds = this.pyramid.bounds(scale);
    const ends = [
      [bounds.top, bounds.bottom],
      [bounds.left, bounds.right],
    ];
    const axes = spans.map(({ start, length, count }, k) => {
      const axis = {
        start: (start - centre) / spacing + 0.5,
        length: length / spacing,
        count,
        first: 0,
      };
      const margin = doublings ? ENLARGING_MARGIN : 0;
      const [first, last] = neededOf(axis).map((at) => at / 2 ** doublings);
      const begin = Math.min(Math.max(ends[k][0], Math.floor(first) - margin), ends[k][1] - 1);
      const end = Math.max(begin + 1, Math.min(ends[k][1], Math.ceil(last) + margin));
      return { axis: { ...axis, first: begin * 2 ** doublings }, begin, end };
    });
    const [down, across] = axes;
    const box = { top: down.begin, left: across.begin, bottom: down.end, right: across.end };
    return this.#painted(this.pyramid, scale, box, doublings, [down.axis, across.axis]);
  }

  /**
   * The coarsest scale of which an output is not finer.
   * @param {{length: number, count: number}[]} spans
   */
  #scaleFor(spans) {
    const factor = Math.min(...spans.map(({ length, count }) => Math.floor(length / count)));
    return Math.min(this.geometry.levels, Math.floor(Math.log2(Math.max(factor, 1))));
  }

  /**
   * @param {Pyramid} pyramid
   * @param {number} scale
   * @param {Box} box
   * @param {number} doublings
   * @param {Axis[]} axes
   * @returns {Promise<Pixels>}
   */
  async #painted(pyramid, scale, box, doublings, axes) {
    const [channels, alpha] = await Promise.all([
      pyramid.window(scale, box),
      this.header.alpha ? this.#alpha().then((known) => known.window(scale, box)) : null,
    ]);
    const matrix = this.matrix.map((value) => value / 2 ** scale);
    const task = { channels, colors: this.header.colors, matrix, doublings, axes, alpha };
    return this.runner.run("paint", task, this.opened.networks);
  }

  #alpha() {
    const { height, width } = this.header;
    if (height * width > MOST_ALPHA) throw new UnsupportedError("its alpha has too many pixels");
    const { item, bits } = this.header;
    this.alpha ??= this.container
      .read("ALPH", item)
      .then((payload) => this.runner.run("readAlpha", { payload, size: [height, width], bits }))
      .then((samples) => new Alpha(samples, this.header, this.runner));
    return this.alpha;
  }
}
