/** Images of `.inr` files in a page: importing this defines `<inr-image>`. */

import { InrImageElement } from "./element.js";

export { loadDecoder } from "./decoder.js";
export { InrImageElement } from "./element.js";
export { FormatError, UnsupportedError } from "./errors.js";
export { InrImage } from "./image.js";
export { MemorySource, RangeSource } from "./source.js";
export { inrTileSource } from "./tile-source.js";

if (!customElements.get("inr-image")) customElements.define("inr-image", InrImageElement);
