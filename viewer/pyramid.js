/**
 * Channels of an image at any scale, tile by tile: what each needs of coarser ones is found on the way.
 *
 *     block of a tier ─▶ details ──┐
 *     channels of scale s + 1 ─────┴▶ wavelet, filter ─▶ a tile of channels of scale s
 */

import { FormatError } from "./errors.js";
import { Kept } from "./kept.js";
import { cropped } from "./planes.js";
import { Geometry, TILE, common, from, isEmpty, sizeOf } from "./geometry.js";

/** @typedef {import("./geometry.js").Box} Box */
/** @typedef {import("./geometry.js").Size} Size */
/** @typedef {import("./geometry.js").Tier} Tier */
/** @typedef {import("./decoding.js").Decoded} Decoded */
/** @typedef {import("./planes.js").Planes<Float32Array>} Planes */
/** @typedef {import("./planes.js").Planes<Int32Array>} Latents */
/** @typedef {{get: (number: number) => Promise<{bytes: Uint8Array, lost: number}>}} Supply */

/** Beside what is wanted of a level: an even number, more than a step of the wavelet and a filter see. */
const MARGIN = 8;
/** How far beyond what is seen samples are looked at: more than interpolation and `MARGIN` come to. */
const REACH = 16;
const FILTERS = 4;
const KEPT_BYTES = 1 << 27;
/** The largest sum of latents. */
const MOST = 1 << 26;

/** Blocks and tiles of images that follow each other, as far as there is room for them. */
class Cache {
  /** @type {Kept<Decoded>} */
  blocks = new Kept(KEPT_BYTES, ({ low, bands, after }) =>
    [low, ...bands, after].reduce((sum, planes) => sum + (planes?.values.byteLength ?? 0), 0),
  );
  /** @type {Kept<Planes>} */
  tiles = new Kept(KEPT_BYTES, ({ values }) => values.byteLength);
}

export class Pyramid {
  /**
   * @param {import("./opening.js").OpenedOver<Supply>} opened
   * @param {import("./pool.js").Runner} runner
   * @param {Cache} cache
   */
  constructor({ header, streams, networks, before }, runner, cache = new Cache()) {
    this.header = header;
    this.geometry = new Geometry(header);
    this.streams = streams;
    this.networks = networks;
    this.runner = runner;
    this.cache = cache;
    /** @type {Pyramid | null} */
    this.before = before && new Pyramid(before, runner, cache);
  }

  /**
   * Channels of a part of the image at a scale, in units of the step.
   * @param {number} scale
   * @param {Box} box
   * @returns {Promise<Planes>}
   */
  async window(scale, box) {
    /** @type {Promise<void>[]} */
    const found = [];
    const planes = this.#empty(sizeOf(box));
    for (let row = Math.floor(box.top / TILE); row * TILE < box.bottom; row++)
      for (let column = Math.floor(box.left / TILE); column * TILE < box.right; column++) {
        const kept = this.#kept(scale, row, column);
        const put = this.#tile(scale, row, column).then((tile) =>
          this.#copy(tile, kept.top, kept.left, planes, box),
        );
        found.push(put);
      }
    await Promise.all(found);
    return planes;
  }

  /**
   * The samples of a scale that are ever looked at: those that are seen, and some around them.
   * @param {number} scale
   * @returns {Box}
   */
  bounds(scale) {
    const { top, left, bottom, right } = this.header.visible;
    const at = (/** @type {number} */ place) => Math.ceil(place / 2 ** scale);
    const [rows, columns] = this.geometry.sizeAt(scale);
    const near = {
      ...{ top: at(top) - REACH, left: at(left) - REACH },
      ...{ bottom: at(bottom) + REACH, right: at(right) + REACH },
    };
    return common(near, { top: 0, left: 0, bottom: rows, right: columns });
  }

  /** @param {Size} size @returns {Planes} */
  #empty([rows, columns]) {
    return { values: new Float32Array(this.header.colors * rows * columns), size: [rows, columns] };
  }

  /**
   * Copy what two parts of a plane have in common, times a factor.
   * @param {Planes | Latents} source
   * @param {number} top of the source
   * @param {number} left
   * @param {Planes} target
   * @param {Box} box of the target
   * @param {number} factor
   */
  #copy(source, top, left, target, box, factor = 1) {
    const own = { top, left, bottom: top + source.size[0], right: left + source.size[1] };
    const part = common(own, box);
    if (isEmpty(part)) return;
    const [there, here] = [from(part, top, left), from(part, box.top, box.left)];
    for (let channel = 0; channel < this.header.colors; channel++)
      for (let row = 0; row < there.bottom - there.top; row++) {
        const start = (channel * source.size[0] + there.top + row) * source.size[1];
        const values = source.values.subarray(start + there.left, start + there.right);
        const at = (channel * target.size[0] + here.top + row) * target.size[1] + here.left;
        target.values.set(values, at);
        if (factor !== 1) for (let k = at; k < at + values.length; k++) target.values[k] *= factor;
      }
  }

  /**
   * What a tile has of the samples that are looked at.
   * @param {number} scale
   * @param {number} row
   * @param {number} column
   */
  #kept(scale, row, column) {
    const [top, left] = [row * TILE, column * TILE];
    return common({ top, left, bottom: top + TILE, right: left + TILE }, this.bounds(scale));
  }

  /**
   * @param {number} scale
   * @param {number} row
   * @param {number} column
   */
  #tile(scale, row, column) {
    return this.cache.tiles.get(`${this.header.item} ${scale} ${row} ${column}`, () => {
      const kept = this.#kept(scale, row, column);
      return scale === this.geometry.levels ? this.#lowest(kept) : this.#joined(scale, kept);
    });
  }

  /** @param {Box} kept of the lowest band @returns {Promise<Planes>} */
  async #lowest(kept) {
    const [tier] = this.geometry.tiers;
    const scale = this.geometry.levels;
    const planes = this.#empty(sizeOf(kept));
    await Promise.all(
      this.geometry.blocksUnder(tier, kept, scale).map(async (number) => {
        const { top, left } = this.geometry.cut(tier, number, this.geometry.sizeAt(scale), scale);
        this.#copy((await this.#latents(tier, number)).low, top, left, planes, kept);
      }),
    );
    return planes;
  }

  /** @param {number} scale @param {Box} kept @returns {Promise<Planes>} */
  async #joined(scale, kept) {
    const [rows, columns] = this.geometry.sizeAt(scale);
    const start = (/** @type {number} */ at) => Math.max(0, at - MARGIN) & ~1;
    const stop = (/** @type {number} */ at, /** @type {number} */ most) =>
      Math.min(most, (at + MARGIN + 1) & ~1);
    const whole = {
      ...{ top: start(kept.top), left: start(kept.left) },
      ...{ bottom: stop(kept.bottom, rows), right: stop(kept.right, columns) },
    };
    const [low, ...details] = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ].map(([down, across]) => ({
      top: whole.top >> 1,
      left: whole.left >> 1,
      bottom: (whole.bottom + (down ? 0 : 1)) >> 1,
      right: (whole.right + (across ? 0 : 1)) >> 1,
    }));
    const parts = await Promise.all([
      this.window(scale + 1, low),
      ...details.map((box, band) => this.#details(scale + 1, band, box)),
    ]);
    const task = {
      channels: this.header.colors,
      low: parts[0],
      details: parts.slice(1),
      size: sizeOf(whole),
      kept: from(kept, whole.top, whole.left),
      scale: this.header.filtered && scale < FILTERS ? scale : null,
    };
    return this.runner.run("synthesize", task, this.networks);
  }

  /** @param {number} level @param {number} band @param {Box} box @returns {Promise<Planes>} */
  async #details(level, band, box) {
    const tier = this.geometry.tierOf(level);
    const planes = this.#empty(sizeOf(box));
    const factor = Math.fround(2 ** (this.header.offsets[level - 1] / 64));
    const place = 3 * tier.levels.indexOf(level) + band;
    await Promise.all(
      this.geometry.blocksUnder(tier, box, level).map(async (number) => {
        const { bands } = await this.#latents(tier, number);
        const cut = this.geometry.cut(tier, number, this.geometry.bandSizes(level)[band], level);
        this.#copy(bands[place], cut.top, cut.left, planes, box, factor);
      }),
    );
    return planes;
  }

  /**
   * A block with what it adds to, where it does.
   * @param {Tier} tier
   * @param {number} number
   * @returns {Promise<{low: Latents, bands: Latents[]}>}
   */
  async #latents(tier, number) {
    const { before, header } = this;
    const stream = this.geometry.streamOf(tier, number);
    const blocks = header.prediction?.blocks ?? [];
    if (!before || !((blocks[stream >> 3] >> (stream & 7)) & 1)) return this.#block(tier, number);
    const [own, base] = await Promise.all([
      this.#block(tier, number),
      before.#latents(tier, number),
    ]);
    return {
      low: added(own.low, base.low),
      bands: own.bands.map((band, k) => added(band, base.bands[k])),
    };
  }

  /** @param {Tier} tier @param {number} number @returns {Promise<Decoded>} */
  #block(tier, number) {
    const stream = this.geometry.streamOf(tier, number);
    return this.cache.blocks.get(`${this.header.item} ${stream}`, async () => {
      const [{ bytes, lost }, coarser] = await Promise.all([
        this.streams.get(stream),
        tier.index ? this.#coarser(tier, number) : null,
      ]);
      if (bytes[0] === 0) throw new FormatError(`stream ${stream} is padded`);
      const { geometry } = this;
      const size = (/** @type {Size} */ whole, /** @type {number} */ scale) =>
        sizeOf(geometry.cut(tier, number, whole, scale));
      const task = {
        stream: bytes,
        lost,
        channels: this.header.colors,
        finer: tier.scale,
        low: coarser ? [0, 0] : size(geometry.sizeAt(geometry.levels), geometry.levels),
        bands: tier.levels.flatMap((level) =>
          geometry.bandSizes(level).map((band) => size(band, level)),
        ),
        coarser,
        after: tier.scale ? size(geometry.sizeAt(tier.scale), tier.scale) : null,
      };
      return this.runner.run("decodeBlock", task, this.networks);
    });
  }

  /**
   * What is known before a block: of the one that it lies in.
   * @param {Tier} tier
   * @param {number} number
   */
  async #coarser(tier, number) {
    const { geometry } = this;
    const before = geometry.tiers[tier.index - 1];
    const above = geometry.parent(tier, number);
    const { bands, after } = await this.#block(before, above);
    const level = tier.levels[0];
    const part = (
      /** @type {Latents} */ planes,
      /** @type {Size} */ whole,
      /** @type {number} */ scale,
    ) => {
      const { top, left } = geometry.cut(before, above, whole, scale);
      const box = from(geometry.cut(tier, number, whole, scale), top, left);
      return cropped(planes, box, this.header.colors);
    };
    return {
      low: part(/** @type {Latents} */ (after), geometry.sizeAt(level), level),
      parents: geometry
        .bandSizes(level + 1)
        .map((whole, band) => part(bands[bands.length - 3 + band], whole, level + 1)),
    };
  }
}

/**
 * The sum of latents, which is limited.
 * @param {Latents} a
 * @param {Latents} b
 * @returns {Latents}
 */
const added = (a, b) => ({
  values: a.values.map((value, k) => Math.min(MOST, Math.max(-MOST, value + b.values[k]))),
  size: a.size,
});
