/** Elements and numbers, in short. */

/**
 * Build an element.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]>} properties
 * @param {string} [text]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, properties, text) {
  const made = Object.assign(document.createElement(tag), properties);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** @param {number} count */
export function inBytes(count) {
  if (count < 1000) return `${count} B`;
  return count < 1e6 ? `${(count / 1000).toFixed(1)} kB` : `${(count / 1e6).toFixed(2)} MB`;
}

/** @param {import("./app.js").Signal} signal */
export function sizeInWords(signal) {
  if (signal.kind === "image") return `${signal.width}×${signal.height}`;
  return `${inMinutes(Number(signal.seconds))} at ${signal.rate} Hz`;
}

/** @param {number} seconds */
export function inMinutes(seconds) {
  const whole = Math.floor(seconds);
  const rest = String(whole % 60).padStart(2, "0");
  return seconds < 10 ? `${seconds.toFixed(2)} s` : `${Math.floor(whole / 60)}:${rest}`;
}

/**
 * The quality of a signal beside its original, in words.
 * @param {number} number of the signal
 * @returns {Promise<string>}
 */
export async function qualityOf(number) {
  const response = await fetch(`/signals/${number}/quality`);
  if (!response.ok) return await response.text();
  const [measure] = Object.entries(await response.json());
  if (!measure) return "";
  const [name, value] = measure;
  const label = name.replace(/_db$/, "").toUpperCase();
  return value === null ? "lossless" : `${label} ${value.toFixed(2)} dB`;
}
