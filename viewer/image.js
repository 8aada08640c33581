/** An image of a file: any part of it at any resolution. */

import { Container } from "./container.js";
import { sizeOf, tileRegion } from "./geometry.js";
import { GridRenderer } from "./grid-renderer.js";
import { readHeader } from "./headers.js";
import { itemOf, openGrid } from "./opening.js";
import { openSamples } from "./samples-renderer.js";

/** @typedef {import("./headers.js").Header} Header */
/** @typedef {import("./tiles.js").Samples} Samples */

/**
 * RGBA, row by row.
 * @typedef {{pixels: Uint8ClampedArray<ArrayBuffer>, size: [number, number]}} Pixels
 */

/**
 * A part of an image, in its pixels.
 * @typedef {{x: number, y: number, width: number, height: number}} Region
 */

/**
 * What runs tasks, and the pretrained models, each read when an image first needs it.
 * @typedef {object} Decoder
 * @property {import("./pool.js").Runner} runner
 * @property {() => Promise<import("./model.js").Pretrained>} grid
 * @property {() => Promise<import("./scan-model.js").ScanModel>} samples
 */

/**
 * What draws an image of a kind; scales are of 0 or more.
 * @typedef {object} Renderer
 * @property {number} coarsest scale that there are tiles of
 * @property {number} previewScale
 * @property {(scale: number) => Samples} samples
 * @property {(scale: number, row: number, column: number) => Promise<Pixels>} tile
 * @property {() => Promise<Pixels | null>} preview
 * @property {(region: Region, size: [number, number]) => Promise<Pixels>} render
 * @property {() => void} close
 */

const FINEST = -5;

export class InrImage {
  /**
   * @param {Header} header
   * @param {Renderer} renderer
   */
  constructor(header, renderer) {
    this.header = header;
    this.renderer = renderer;
    const [height, width] = sizeOf(header.visible);
    this.height = height;
    this.width = width;
  }

  /**
   * Open an image; of it, only headers and the index are read.
   *
   * Throws `UnsupportedError` where it is neither a latent grid nor samples, `FormatError` where its
   * file is damaged.
   * @param {import("./source.js").Source} source
   * @param {Decoder} decoder
   * @param {number | string} [place] of an album: its place, from 1, or its name
   */
  static async open(source, decoder, place = 1) {
    const container = await Container.open(source);
    const header = await readHeader(container, await itemOf(container, place));
    return new InrImage(header, await rendererOf(container, header, decoder));
  }

  /** Scales that there are tiles of: the coarsest, and the finest. */
  get scales() {
    return { coarsest: this.renderer.coarsest, finest: FINEST };
  }

  /**
   * How many samples there are at a scale, and where the first one begins, in pixels.
   * @param {number} scale
   * @returns {Samples}
   */
  samples(scale) {
    if (scale > 0) return this.renderer.samples(scale);
    const [rows, columns] = [this.height * 2 ** -scale, this.width * 2 ** -scale];
    return { rows, columns, top: 0, left: 0 };
  }

  /** Let go of what workers keep. */
  close() {
    this.renderer.close();
  }

  /**
   * A tile of the image at a scale, whose samples are 2^scale pixels apart: see `samples`.
   * @param {number} scale
   * @param {number} row
   * @param {number} column
   * @returns {Promise<Pixels>}
   */
  async tile(scale, row, column) {
    if (scale >= 0) return this.renderer.tile(scale, row, column);
    const { region, size } = tileRegion(this, scale, row, column);
    return this.render(region, size);
  }

  /** The scale that a preview has. */
  get previewScale() {
    return this.renderer.previewScale;
  }

  /**
   * The whole image as its first bytes tell it, at `previewScale`; where the first streams are a small
   * part of the file, or it is small, exactly; of a grid and samples, the grid alone. Null of a large
   * image that has no coarse scale, of one that follows others, and of samples alone.
   * @returns {Promise<Pixels | null>}
   */
  async preview() {
    return this.renderer.preview();
  }

  /**
   * Pixels of a part of the image, as `image.render` of Python gives them.
   * @param {Region} region in pixels of the image
   * @param {[number, number]} size rows and columns of the output
   * @returns {Promise<Pixels>}
   */
  async render(region, size) {
    return this.renderer.render(region, size);
  }
}

/**
 * @param {Container} container
 * @param {Header} header
 * @param {Decoder} decoder
 * @returns {Promise<Renderer>}
 */
async function rendererOf(container, header, decoder) {
  if (header.samples) return openSamples(container, header, decoder);
  const grid = /** @type {import("./headers.js").GridHeader} */ (header.grid);
  return new GridRenderer(container, await openGrid(container, grid, decoder), decoder.runner);
}
