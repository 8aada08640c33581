/** Levels, bands, tiers and blocks of a grid (`formats/inr-v1-grid.md`, 3). */

/**
 * A part of a plane: rows from `top` to `bottom` - 1, columns from `left` to `right` - 1.
 * @typedef {{top: number, left: number, bottom: number, right: number}} Box
 */

/**
 * Levels that are coded together.
 * @typedef {object} Tier
 * @property {number} index
 * @property {number[]} levels the coarsest first
 * @property {number} scale of what they come to
 * @property {number} side of a block, in pixels
 * @property {number} first number of its first stream
 * @property {number} rows of blocks
 * @property {number} columns of blocks
 * @property {Box} kept of blocks, those that there are
 */

/** @typedef {[number, number]} Size rows and columns */

/** @param {Box} box @returns {Size} */
export const sizeOf = (box) => [box.bottom - box.top, box.right - box.left];

/** @param {Box} box @param {number} top @param {number} left @returns {Box} */
export const from = (box, top, left) => ({
  ...{ top: box.top - top, left: box.left - left },
  ...{ bottom: box.bottom - top, right: box.right - left },
});

/** @param {Box} a @param {Box} b @returns {Box} */
export const common = (a, b) => ({
  ...{ top: Math.max(a.top, b.top), left: Math.max(a.left, b.left) },
  ...{ bottom: Math.min(a.bottom, b.bottom), right: Math.min(a.right, b.right) },
});

/** @param {Box} box */
export const isEmpty = (box) => box.top >= box.bottom || box.left >= box.right;

/**
 * The fields of a header that decide a geometry; `boxes` are of the blocks of each tier that there are,
 * null for all.
 * @typedef {object} Fields
 * @property {number} height
 * @property {number} width
 * @property {number} levels
 * @property {number} block
 * @property {number} split
 * @property {Box[] | null} boxes
 */

export class Geometry {
  /** @param {Fields} fields */
  constructor({ height, width, levels, block, split, boxes }) {
    this.height = height;
    this.width = width;
    this.levels = levels;
    /** @type {Tier[]} */
    this.tiers = [];
    let first = 0;
    for (let index = 0; index <= split; index++) {
      const scale = split - index;
      const coarsest = index ? scale + 1 : levels;
      const side = block * 2 ** scale;
      const [rows, columns] = [Math.ceil(height / side), Math.ceil(width / side)];
      const own = Array.from({ length: coarsest - scale }, (_, k) => coarsest - k);
      const kept = boxes?.[index] ?? { top: 0, left: 0, bottom: rows, right: columns };
      this.tiers.push({ index, levels: own, scale, side, first, rows, columns, kept });
      const [down, across] = sizeOf(kept);
      first += down * across;
    }
    /** Of streams. */
    this.count = first;
  }

  /**
   * The number of a block's stream.
   * @param {Tier} tier
   * @param {number} number of the block in its tier
   */
  streamOf({ first, columns, kept }, number) {
    const [row, column] = [Math.floor(number / columns), number % columns];
    return first + (row - kept.top) * (kept.right - kept.left) + column - kept.left;
  }

  /** @param {number} level @returns {Tier} */
  tierOf(level) {
    const found = this.tiers.find((tier) => tier.levels.includes(level));
    if (!found) throw new RangeError(`there is no level ${level}`);
    return found;
  }

  /** The size of the image at a scale. @param {number} scale @returns {Size} */
  sizeAt(scale) {
    return [Math.ceil(this.height / 2 ** scale), Math.ceil(this.width / 2 ** scale)];
  }

  /** The sizes of a level's three bands. @param {number} level @returns {Size[]} */
  bandSizes(level) {
    const [rows, columns] = this.sizeAt(level - 1);
    const [lowRows, lowColumns] = this.sizeAt(level);
    const [highRows, highColumns] = [rows >> 1, columns >> 1];
    return [
      [lowRows, highColumns],
      [highRows, lowColumns],
      [highRows, highColumns],
    ];
  }

  /**
   * A block's part of a band of a size, whose samples are 2^scale pixels apart.
   * @param {Tier} tier
   * @param {number} number of the block in its tier
   * @param {Size} size
   * @param {number} scale
   * @returns {Box}
   */
  cut(tier, number, [rows, columns], scale) {
    const [row, column] = [Math.floor(number / tier.columns), number % tier.columns];
    const place = (/** @type {number} */ k, /** @type {number} */ most) =>
      Math.min(most, Math.floor((k * tier.side) / 2 ** scale));
    return {
      ...{ top: place(row, rows), left: place(column, columns) },
      ...{ bottom: place(row + 1, rows), right: place(column + 1, columns) },
    };
  }

  /**
   * The blocks that there are of a tier, and have a part of a band of one of its levels.
   * @param {Tier} tier
   * @param {Box} box in the band
   * @param {number} level
   * @returns {number[]}
   */
  blocksUnder(tier, box, level) {
    if (isEmpty(box)) return [];
    const { kept, side, columns } = tier;
    const place = (/** @type {number} */ index) => Math.floor((index * 2 ** level) / side);
    const touched = {
      ...{ top: place(box.top), left: place(box.left) },
      ...{ bottom: place(box.bottom - 1) + 1, right: place(box.right - 1) + 1 },
    };
    const { top, left, bottom, right } = common(touched, kept);
    const numbers = [];
    for (let row = top; row < bottom; row++)
      for (let column = left; column < right; column++) numbers.push(row * columns + column);
    return numbers;
  }

  /** The block of the tier before in which one lies. @param {Tier} tier @param {number} number */
  parent(tier, number) {
    const before = this.tiers[tier.index - 1];
    const [row, column] = [Math.floor(number / tier.columns), number % tier.columns];
    return (row >> 1) * before.columns + (column >> 1);
  }
}

/** Samples on a side of a tile. */
export const TILE = 256;

/**
 * What a tile covers of an image that is cut into tiles from its corner, and its rows and columns.
 * @param {{height: number, width: number}} image
 * @param {number} scale
 * @param {number} row
 * @param {number} column
 */
export function tileRegion({ height, width }, scale, row, column) {
  const side = TILE * 2 ** scale;
  const [x, y] = [column * side, row * side];
  const region = { x, y, width: Math.min(side, width - x), height: Math.min(side, height - y) };
  const size = [region.height, region.width].map((length) => Math.ceil(length / 2 ** scale));
  return { region, size: /** @type {Size} */ (size) };
}
