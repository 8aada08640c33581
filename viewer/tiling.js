/** An image cut into tiles of samples (`formats/inr-v1-pixels.md`, 1). */

import { FormatError } from "./errors.js";

/** @typedef {import("./geometry.js").Box} Box */

export class Tiling {
  /**
   * @param {{height: number, width: number}} image
   * @param {number} tileHeight
   * @param {number} tileWidth
   * @param {Box | null} kept of the tiles that there are; null for all
   */
  constructor({ height, width }, tileHeight, tileWidth, kept = null) {
    this.image = { height, width };
    this.tileHeight = tileHeight;
    this.tileWidth = tileWidth;
    this.rows = Math.ceil(height / tileHeight);
    this.columns = Math.ceil(width / tileWidth);
    this.kept = kept ?? { top: 0, left: 0, bottom: this.rows, right: this.columns };
  }

  /** How many tiles there are. */
  get count() {
    return (this.kept.bottom - this.kept.top) * (this.kept.right - this.kept.left);
  }

  /** What a box of tiles covers of the image. @param {Box} tiles @returns {Box} */
  covered({ top, left, bottom, right }) {
    return {
      ...{ top: top * this.tileHeight, left: left * this.tileWidth },
      bottom: Math.min(bottom * this.tileHeight, this.image.height),
      right: Math.min(right * this.tileWidth, this.image.width),
    };
  }

  /**
   * The tiles that a part of the image touches, and what each covers.
   * @param {Box} box
   * @returns {{row: number, column: number, covered: Box}[]}
   */
  touching({ top, left, bottom, right }) {
    const found = [];
    for (let row = Math.floor(top / this.tileHeight); row * this.tileHeight < bottom; row++)
      for (
        let column = Math.floor(left / this.tileWidth);
        column * this.tileWidth < right;
        column++
      ) {
        const tile = { top: row, left: column, bottom: row + 1, right: column + 1 };
        found.push({ row, column, covered: this.covered(tile) });
      }
    return found;
  }

  /** A tile's place among those that there are. @param {number} row @param {number} column */
  placeOf(row, column) {
    const { top, left, bottom, right } = this.kept;
    if (row < top || row >= bottom || column < left || column >= right)
      throw new FormatError("a crop has left a tile out that is looked at");
    return (row - top) * (right - left) + column - left;
  }
}
