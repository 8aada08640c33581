/** Where tiles come from: an image that is decoded here, or a server that decodes it. */

import { InrImage } from "./image.js";
import { TILE } from "./geometry.js";
import { RangeSource } from "./source.js";

/** @typedef {import("./tiles.js").TileImage} TileImage */

/**
 * @param {import("./image.js").Pixels} found
 * @returns {ImageData}
 */
const imageData = ({ pixels, size: [rows, columns] }) => new ImageData(pixels, columns, rows);

/**
 * An image that is decoded in this page.
 * @implements {TileImage}
 */
export class DecodedImage {
  /**
   * @param {InrImage} image
   * @param {import("./source.js").Source} source
   */
  constructor(image, source) {
    this.image = image;
    this.source = source;
    this.width = image.width;
    this.height = image.height;
    this.scales = image.scales;
    this.previewScale = image.previewScale;
  }

  /**
   * @param {string} url
   * @param {import("./image.js").Decoder} decoder
   * @param {string | number} place of an album: a place, from 1, or a name
   */
  static async open(url, decoder, place) {
    const source = await RangeSource.open(url);
    return new DecodedImage(await InrImage.open(source, decoder, place), source);
  }

  /** @param {number} scale */
  samples(scale) {
    return this.image.samples(scale);
  }

  /**
   * @param {number} scale
   * @param {number} row
   * @param {number} column
   */
  async bitmap(scale, row, column) {
    return imageData(await this.image.tile(scale, row, column));
  }

  async preview() {
    const found = await this.image.preview();
    return found && imageData(found);
  }

  close() {
    this.image.close();
  }
}

/**
 * An image that a server renders, tile by tile: `URL?scale=…&row=…&column=…` is a PNG or the like of
 * what `TILE` samples on a side cover, 2^scale pixels apart.
 * @implements {TileImage}
 */
export class ServedImage {
  /**
   * @param {string} url
   * @param {number} width
   * @param {number} height
   */
  constructor(url, width, height) {
    this.url = url;
    this.width = width;
    this.height = height;
    this.scales = {
      coarsest: Math.max(0, Math.ceil(Math.log2(Math.max(width, height) / TILE))),
      finest: -5,
    };
    this.previewScale = this.scales.coarsest;
  }

  /** @param {string} url which has its size: `URL?size` is `{"width": …, "height": …}` */
  static async open(url) {
    const response = await fetch(`${url}?size`);
    if (!response.ok) throw new Error(await response.text());
    const { width, height } = await response.json();
    return new ServedImage(url, width, height);
  }

  /** @param {number} scale */
  samples(scale) {
    const [rows, columns] = [this.height, this.width].map((n) => Math.ceil(n / 2 ** scale));
    return { rows, columns, top: 0, left: 0 };
  }

  /**
   * @param {number} scale
   * @param {number} row
   * @param {number} column
   */
  async bitmap(scale, row, column) {
    const response = await fetch(`${this.url}?scale=${scale}&row=${row}&column=${column}`);
    if (!response.ok) throw new Error(await response.text());
    return response.blob();
  }

  async preview() {
    return null;
  }

  close() {}
}
