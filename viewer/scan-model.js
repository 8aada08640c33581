/** The pretrained model of samples, as kernels take it (`formats/inr-v1-pixels.md`, 8). */

import { readModel } from "./npz.js";

/** @typedef {import("./kernels.js").Kernels} Kernels */
/** @typedef {import("./kernels.js").Field} Field */

const SHA256 = "6955dc7b6061861d33c14826fabb84aa85e48120c76b062e47517b0c06fa39b9";
/** Arrays in the order of `inr_scan_model`. */
const ARRAYS = ["first", "second", "third", "whitening", "sigmoid", "logarithm", "power"];

/** @typedef {Record<string, import("./npz.js").Numbers>} ScanModel */

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<ScanModel>}
 */
export const readScanModel = (bytes) => readModel(bytes, SHA256);

/** @param {Kernels} kernels @param {ScanModel} model @returns {number} the address of the structure */
export const putScanModel = (kernels, model) =>
  kernels.struct(ARRAYS.map((name) => /** @type {Field} */ (["u32", kernels.put(model[name])])));
