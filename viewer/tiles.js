/** Tiles of an image on a canvas: those that are there are drawn, others asked for. */

import { TILE } from "./geometry.js";

/**
 * How many samples an image has at a scale, and where the first one begins, in pixels of the image.
 * @typedef {{rows: number, columns: number, top: number, left: number}} Samples
 */

/**
 * What tiles come from.
 * @typedef {object} TileImage
 * @property {number} width
 * @property {number} height
 * @property {{coarsest: number, finest: number}} scales
 * @property {number} previewScale
 * @property {(scale: number) => Samples} samples
 * @property {(scale: number, row: number, column: number) => Promise<ImageBitmapSource>} bitmap
 * @property {() => Promise<ImageBitmapSource | null>} preview
 * @property {() => void} close
 */

/** @typedef {{bitmap: ImageBitmap, scale: number, row: number, column: number}} Tile */

const KEPT = 400;
/** Of a tile, at least: coarser scales are drawn larger by no more than 2^this. */
const SHARPNESS = 0.2;

export class Tiles {
  /** @type {Map<string, Tile>} */
  #tiles = new Map();
  /** @type {Set<string>} */
  #asked = new Set();
  /** Tiles that cannot be had. @type {Set<string>} */
  #lost = new Set();
  /** @type {Tile | null} */
  #whole = null;

  /**
   * @param {TileImage} image
   * @param {() => void} changed is called when there is something new to draw
   * @param {(error: unknown) => void} failed
   */
  constructor(image, changed, failed) {
    this.image = image;
    this.changed = changed;
    this.failed = failed;
    /** Whether all that is seen is drawn at its own scale. */
    this.settled = false;
  }

  /** Get the whole image at a coarse scale, from few bytes. */
  async start() {
    const source = await this.image.preview();
    if (!source) return;
    const bitmap = await createImageBitmap(source);
    this.#whole = { bitmap, scale: this.image.previewScale, row: 0, column: 0 };
    this.changed();
  }

  close() {
    for (const { bitmap } of this.#tiles.values()) bitmap.close();
    this.#whole?.bitmap.close();
    this.image.close();
  }

  /**
   * Draw what is seen.
   * @param {CanvasRenderingContext2D} context
   * @param {import("./view.js").View} view in pixels of the canvas
   * @param {number} together how many tiles are asked for at a time, at most
   * @returns {boolean} whether anything was drawn
   */
  draw(context, view, together) {
    const { coarsest, finest } = this.image.scales;
    const ideal = Math.floor(Math.log2(1 / view.zoom) + SHARPNESS);
    const scale = Math.min(coarsest, Math.max(finest, ideal));
    const { width, height } = view.window;
    context.fillRect(0, 0, width, height);
    context.imageSmoothingQuality = "low";
    const seen = this.#seen(view, scale);
    let drawn = 0;
    for (const place of seen) drawn += Number(this.#drawAt(context, view, scale, place));
    const missing = seen.filter(({ row, column }) => {
      const key = keyOf(scale, row, column);
      return !this.#tiles.has(key) && !this.#lost.has(key);
    });
    this.settled = missing.length === 0;
    this.#ask(scale, missing, together);
    return drawn > 0;
  }

  /**
   * Tiles that are seen at a scale, those in the middle first.
   * @param {import("./view.js").View} view
   * @param {number} scale
   */
  #seen(view, scale) {
    const side = TILE * 2 ** scale;
    const samples = this.image.samples(scale);
    const along = (
      /** @type {number} */ start,
      /** @type {number} */ stop,
      /** @type {number} */ from,
      /** @type {number} */ count,
    ) => {
      const [first, last] = [start, stop].map((at) => Math.floor((at - from) / side));
      return [Math.max(0, first), Math.min(Math.ceil(count / TILE) - 1, last)];
    };
    const [across, down] = [view.window.width, view.window.height].map((n) => n / view.zoom / 2);
    const [top, bottom] = along(view.y - down, view.y + down, samples.top, samples.rows);
    const [left, right] = along(view.x - across, view.x + across, samples.left, samples.columns);
    /** @type {{row: number, column: number, far: number}[]} */
    const seen = [];
    for (let row = top; row <= bottom; row++)
      for (let column = left; column <= right; column++) {
        const far = Math.hypot((row + 0.5) * side - view.y, (column + 0.5) * side - view.x);
        seen.push({ row, column, far });
      }
    return seen.sort((a, b) => a.far - b.far);
  }

  /**
   * Draw what is known of a tile's place: itself, or a part of a coarser one.
   * @param {CanvasRenderingContext2D} context
   * @param {import("./view.js").View} view
   * @param {number} scale
   * @param {{row: number, column: number}} place
   */
  #drawAt(context, view, scale, { row, column }) {
    const box = this.#extent(scale, row, column, TILE, TILE);
    for (let k = scale; k <= this.image.scales.coarsest; k++) {
      const [above, beside] = [row, column].map((place) => Math.floor(place / 2 ** (k - scale)));
      const key = keyOf(k, above, beside);
      const tile = this.#tiles.get(key);
      if (!tile) continue;
      this.#tiles.delete(key);
      this.#tiles.set(key, tile);
      this.#drawPart(context, view, tile, box);
      return true;
    }
    if (this.#whole) this.#drawPart(context, view, this.#whole, box);
    return this.#whole !== null;
  }

  /**
   * What a tile covers of the image, in its pixels; to the image's edges at these.
   * @param {number} scale
   * @param {number} row
   * @param {number} column
   * @param {number} rows
   * @param {number} columns
   */
  #extent(scale, row, column, rows, columns) {
    const samples = this.image.samples(scale);
    const along = (
      /** @type {number} */ first,
      /** @type {number} */ count,
      /** @type {number} */ all,
      /** @type {number} */ from,
      /** @type {number} */ size,
    ) => {
      const [start, stop] = [first, first + count].map((at) => at * 2 ** scale + from);
      return [first === 0 ? 0 : start, first + count >= all ? size : stop];
    };
    const { width, height } = this.image;
    const [top, bottom] = along(row * TILE, rows, samples.rows, samples.top, height);
    const [left, right] = along(column * TILE, columns, samples.columns, samples.left, width);
    return { left, top, right, bottom };
  }

  /**
   * Draw the part of a tile that lies in a box of the image.
   * @param {CanvasRenderingContext2D} context
   * @param {import("./view.js").View} view
   * @param {Tile} tile
   * @param {{left: number, top: number, right: number, bottom: number}} box
   */
  #drawPart(context, view, { bitmap, scale, row, column }, box) {
    const own = this.#extent(scale, row, column, bitmap.height, bitmap.width);
    // Edges at whole pixels of the canvas: tiles neither overlap nor leave gaps.
    const [left, top] = view.place(box.left, box.top).map(Math.round);
    const [right, bottom] = view.place(box.right, box.bottom).map(Math.round);
    if (right <= left || bottom <= top) return;
    const [across, down] = [
      bitmap.width / (own.right - own.left),
      bitmap.height / (own.bottom - own.top),
    ];
    const from = [(box.left - own.left) * across, (box.top - own.top) * down];
    const size = [(box.right - box.left) * across, (box.bottom - box.top) * down];
    context.drawImage(
      bitmap,
      from[0],
      from[1],
      size[0],
      size[1],
      left,
      top,
      right - left,
      bottom - top,
    );
  }

  /**
   * Ask for the first of those that are missing, as far as not too many are on their way.
   * @param {number} scale
   * @param {{row: number, column: number}[]} missing
   * @param {number} together
   */
  #ask(scale, missing, together) {
    for (const { row, column } of missing) {
      if (this.#asked.size >= together) return;
      const key = keyOf(scale, row, column);
      if (this.#asked.has(key)) continue;
      this.#asked.add(key);
      this.image
        .bitmap(scale, row, column)
        .then((source) => createImageBitmap(source))
        .then((bitmap) => this.#put(key, { bitmap, scale, row, column }))
        .catch((error) => {
          this.#lost.add(key);
          this.failed(error);
        })
        .finally(() => {
          this.#asked.delete(key);
          this.changed();
        });
    }
  }

  /**
   * @param {string} key
   * @param {Tile} tile
   */
  #put(key, tile) {
    this.#tiles.set(key, tile);
    if (this.#tiles.size <= KEPT) return;
    const [[oldest, { bitmap }]] = this.#tiles;
    bitmap.close();
    this.#tiles.delete(oldest);
  }
}

/**
 * @param {number} scale
 * @param {number} row
 * @param {number} column
 */
const keyOf = (scale, row, column) => `${scale} ${row} ${column}`;
