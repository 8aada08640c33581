/** A tile's stream to its samples (`formats/inr-v1-pixels.md`, 1). */

import { FormatError } from "./errors.js";
import { emptySamples, enlarged } from "./samples.js";
import { putScanModel } from "./scan-model.js";

/** @typedef {import("./kernels.js").Kernels} Kernels */
/** @typedef {import("./geometry.js").Size} Size */
/** @typedef {import("./samples.js").Samples} Samples */

/**
 * A tile to be decoded.
 * @typedef {object} TileTask
 * @property {Uint8Array} stream
 * @property {Size} size
 * @property {number} channels
 * @property {number} bits of a sample
 * @property {number} coded bits of a sample as it is coded
 * @property {number} step
 * @property {number} magnification pixels on a side of a square that is coded as one
 * @property {Uint16Array[] | null} levels that there are of each channel; null for all
 * @property {Uint8Array | null} kept which pixels there are; null for all
 */

/**
 * Decode a tile; samples are 0 where there are no pixels.
 * @param {Kernels} kernels of the module for samples
 * @param {TileTask} task
 * @param {import("./scan-model.js").ScanModel} model
 * @returns {Samples}
 */
export function decodeTile(kernels, task, model) {
  const { stream, size, channels, bits, coded, step, magnification, levels, kept } = task;
  if (stream.length % 4) throw new FormatError("a tile's stream is not of whole words");
  const [rows, columns] = size.map((length) => Math.ceil(length / magnification));
  const count = rows * columns * channels;
  const samples = kernels.zeros(2 * count);
  const tile = kernels.struct([
    ["u32", samples],
    ["u32", kept ? kernels.put(kept) : 0],
    ["i32", rows],
    ["i32", columns],
    ["i32", channels],
    ["i32", coded],
    ["i32", step],
  ]);
  const bytes = kernels.allocate(8);
  kernels.call("inr_scan_room", tile, bytes);
  const needed = kernels.long(bytes);
  kernels.call(
    "inr_decode_scan",
    kernels.put(stream),
    BigInt(stream.length / 4),
    ...[tile, putScanModel(kernels, model), kernels.zeros(needed)],
    BigInt(needed),
  );
  const found = kernels.words(samples, count);
  const { values } = emptySamples([rows, columns], channels, bits);
  values.set(found);
  levels?.forEach((own, channel) => {
    // A number beyond the last level stands for that.
    for (let k = channel; k < count; k += channels)
      values[k] = own[Math.min(found[k], own.length - 1)];
  });
  return enlarged({ values, size: [rows, columns] }, magnification, size);
}
