/** An image of a file: any part of it at any resolution. */

import { Alpha } from "./alpha.js";
import { Container } from "./container.js";
import { UnsupportedError } from "./errors.js";
import { Geometry, common, sizeOf } from "./geometry.js";
import { Streams, readHeader } from "./headers.js";
import { neededOf } from "./interpolation.js";
import { Pyramid, TILE } from "./pyramid.js";
import { withDeltas } from "./deltas.js";

/** @typedef {import("./headers.js").Header} Header */
/** @typedef {import("./geometry.js").Box} Box */
/** @typedef {import("./interpolation.js").Axis} Axis */

/**
 * RGBA, row by row.
 * @typedef {{pixels: Uint8ClampedArray<ArrayBuffer>, size: [number, number]}} Pixels
 */

/**
 * What runs tasks, and the pretrained model.
 * @typedef {{runner: import("./pool.js").Runner, model: import("./model.js").Pretrained}} Decoder
 */

/** What a preview reads: a share of an image's streams, but not less than so many bytes. */
const PREVIEW_SHARE = 0.045;
const PREVIEW_BYTES = 1 << 15;
/** Resolution is doubled by a filter so often; beyond that, it is interpolated. */
const MOST_DOUBLINGS = 2;
/** Samples that an enlargement and interpolation look at beside what they give. */
const ENLARGING_MARGIN = 8;
const MOST_ALPHA = 1 << 27;
/** Pixels of a preview. */
const MOST_PREVIEW = 1 << 21;

/** @param {[number, number]} size */
const isSmall = ([rows, columns]) => rows * columns <= MOST_PREVIEW;

export class InrImage {
  /**
   * @param {Decoder} decoder
   * @param {Container} container
   * @param {Header} header
   * @param {Streams} streams
   * @param {number} networks
   */
  constructor(decoder, container, header, streams, networks) {
    this.decoder = decoder;
    this.container = container;
    this.header = header;
    this.streams = streams;
    this.networks = networks;
    this.geometry = new Geometry(header);
    this.pyramid = this.#over(streams);
    this.matrix = colorMatrix(header);
    /** @type {Promise<Alpha> | null} */
    this.alpha = null;
  }

  /**
   * Open an image; of it, only headers and the index are read.
   *
   * Throws `UnsupportedError` where it is not an image on a latent grid, `FormatError` where its file is
   * damaged.
   * @param {import("./source.js").Source} source
   * @param {Decoder} decoder
   * @param {number | string} [place] of an album: its place, from 1, or its name
   */
  static async open(source, decoder, place = 1) {
    const container = await Container.open(source);
    const header = await readHeader(container, await itemOf(container, place));
    const streams = await Streams.open(container, header.item, new Geometry(header).count);
    const model = await adapted(container, header, decoder);
    const networks = decoder.runner.share(model.networks(header));
    return new InrImage(decoder, container, header, streams, networks);
  }

  get width() {
    return this.header.width;
  }

  get height() {
    return this.header.height;
  }

  /** Scales that there are tiles of: the coarsest, and the finest. */
  get scales() {
    return { coarsest: this.geometry.levels, finest: -5 };
  }

  /** Let go of what workers keep. */
  close() {
    this.decoder.runner.drop(this.networks);
  }

  /**
   * A tile of the image at a scale, whose samples are 2^scale pixels apart. Sample i of a scale of 0 or
   * more stands for pixel i·2^scale; finer ones divide pixels up.
   * @param {number} scale
   * @param {number} row
   * @param {number} column
   * @returns {Promise<Pixels>}
   */
  async tile(scale, row, column) {
    if (scale < 0) {
      const side = TILE * 2 ** scale;
      const [x, y] = [column * side, row * side];
      const [width, height] = [Math.min(side, this.width - x), Math.min(side, this.height - y)];
      return this.render({ x, y, width, height }, [height / 2 ** scale, width / 2 ** scale]);
    }
    return this.#samples(this.pyramid, scale, this.#tileBox(scale, row, column));
  }

  /** @param {number} scale @param {number} row @param {number} column @returns {Box} */
  #tileBox(scale, row, column) {
    const [rows, columns] = this.geometry.sizeAt(scale);
    const [top, left] = [row * TILE, column * TILE];
    const box = { top, left, bottom: top + TILE, right: left + TILE };
    return common(box, { top: 0, left: 0, bottom: rows, right: columns });
  }

  /** The scale that a preview has: that of the first streams, or coarser where that is large. */
  get previewScale() {
    const { levels, tiers } = this.geometry;
    let [{ scale }] = tiers;
    while (scale < levels && !isSmall(this.geometry.sizeAt(scale))) scale++;
    return scale;
  }

  /**
   * The whole image as its first bytes tell it, at `previewScale`; where the first streams are a small
   * part of the file, or it is small, exactly. Null of a large image that has no coarse scale.
   * @returns {Promise<Pixels | null>}
   */
  async preview() {
    const { tiers, count } = this.geometry;
    if (!isSmall(this.geometry.sizeAt(this.previewScale))) return null;
    const [tier] = tiers;
    const blocks = tier.rows * tier.columns;
    const [start, end, all] = [0, blocks, count].map((number) => this.streams.offsets[number]);
    const budget = Math.max(PREVIEW_BYTES, PREVIEW_SHARE * (all - start));
    const share = budget / (end - start);
    const heads = {
      get: (/** @type {number} */ number) => this.streams.head(number, Math.min(1, share)),
    };
    const pyramid = share < 1 ? this.#over(heads) : this.pyramid;
    const [rows, columns] = this.geometry.sizeAt(this.previewScale);
    const whole = { top: 0, left: 0, bottom: rows, right: columns };
    return this.#samples(pyramid, this.previewScale, whole);
  }

  /** @param {import("./pyramid.js").Supply} streams */
  #over(streams) {
    return new Pyramid(this.header, this.geometry, streams, this.decoder.runner, this.networks);
  }

  /** @param {Pyramid} pyramid @param {number} scale @param {Box} box */
  #samples(pyramid, scale, box) {
    const [rows, columns] = sizeOf(box);
    const axes = [
      { start: 0, length: rows, count: rows, first: 0 },
      { start: 0, length: columns, count: columns, first: 0 },
    ];
    return this.#painted(pyramid, scale, box, 0, axes);
  }

  /**
   * Pixels of a part of the image, as `image.render` of Python gives them.
   * @param {{x: number, y: number, width: number, height: number}} region in pixels of the image
   * @param {[number, number]} size rows and columns of the output
   * @returns {Promise<Pixels>}
   */
  async render({ x, y, width, height }, size) {
    const spans = [
      { start: y, length: height, count: size[0] },
      { start: x, length: width, count: size[1] },
    ];
    const scale = this.#scaleFor(spans);
    const growth = Math.min(...spans.map(({ length, count }) => count / length));
    const doublings = Math.min(MOST_DOUBLINGS, Math.max(0, Math.ceil(Math.log2(growth))));
    const spacing = 2 ** (scale - doublings);
    const centre = 0.5 * Math.min(1, spacing);
    const whole = this.geometry.sizeAt(scale);
    const axes = spans.map(({ start, length, count }, k) => {
      const axis = {
        start: (start - centre) / spacing + 0.5,
        length: length / spacing,
        count,
        first: 0,
      };
      const margin = doublings ? ENLARGING_MARGIN : 0;
      const [first, last] = neededOf(axis).map((at) => at / 2 ** doublings);
      const begin = Math.min(Math.max(0, Math.floor(first) - margin), whole[k] - 1);
      const end = Math.max(begin + 1, Math.min(whole[k], Math.ceil(last) + margin));
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
    const { runner } = this.decoder;
    const [channels, alpha] = await Promise.all([
      pyramid.window(scale, box),
      this.header.alpha ? this.#alpha().then((known) => known.window(scale, box)) : null,
    ]);
    const matrix = this.matrix.map((value) => value / 2 ** scale);
    const task = { channels, colors: this.header.colors, matrix, doublings, axes, alpha };
    return runner.run("paint", task, this.networks);
  }

  #alpha() {
    const { height, width } = this.header;
    if (height * width > MOST_ALPHA) throw new UnsupportedError("its alpha has too many pixels");
    this.alpha ??= this.container
      .read("ALPH", this.header.item)
      .then((payload) => Alpha.read(payload, this.header));
    return this.alpha;
  }
}

/** @param {Container} container @param {number | string} place */
async function itemOf(container, place) {
  const names = await container.names();
  const item = Number.isInteger(Number(place))
    ? [...names.keys()][Number(place) - 1]
    : [...names].find(([, name]) => name === place)?.[0];
  if (item === undefined) throw new RangeError(`there is no signal ${place} among ${names.size}`);
  return item;
}

/**
 * The model with the deltas of a file and of an image.
 * @param {Container} container
 * @param {Header} header
 * @param {Decoder} decoder
 */
async function adapted(container, header, { runner, model }) {
  const { colors, levels, item } = header;
  if (header.sharedDeltas) {
    const payload = await container.read("SHAR", 0);
    const deltas = await runner.run("readDeltas", { payload, levels: 7, channels: 3 });
    model = withDeltas(model, deltas, 3);
  }
  if (header.ownDeltas) {
    const payload = await container.read("ITEM", item);
    const deltas = await runner.run("readDeltas", { payload, levels, channels: colors });
    model = withDeltas(model, deltas, colors);
  }
  return model;
}

/** What turns channels in units of the step to colors from 0 to 1. @param {Header} header */
function colorMatrix({ angles, step }) {
  const size = 2 ** (step / 64 - 6) / 255;
  if (!angles.length) return Float32Array.of(size);
  const [[a, b], [c, d], [e, f]] = angles.map((angle) => {
    const turn = (2 * Math.PI * angle) / 1024;
    return [Math.cos(turn), Math.sin(turn)];
  });
  const rz = [
    [a, -b, 0],
    [b, a, 0],
    [0, 0, 1],
  ];
  const ry = [
    [c, 0, d],
    [0, 1, 0],
    [-d, 0, c],
  ];
  const rx = [
    [1, 0, 0],
    [0, e, -f],
    [0, f, e],
  ];
  const times = (/** @type {number[][]} */ p, /** @type {number[][]} */ q) =>
    p.map((row) => [0, 1, 2].map((k) => row.reduce((sum, value, i) => sum + value * q[i][k], 0)));
  const rotation = times(times(rz, ry), rx);
  return Float32Array.from(
    [0, 1, 2].flatMap((o) => [0, 1, 2].map((k) => Math.sqrt(3) * rotation[k][o] * size)),
  );
}
