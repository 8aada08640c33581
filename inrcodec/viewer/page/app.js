/** The page of `inrcodec view`: a gallery, and a page for each signal. */

import { showAudio } from "./audio-page.js";
import { showImage } from "./image-page.js";
import { element, inBytes, sizeInWords } from "./words.js";

/**
 * A signal, as the server describes it.
 * @typedef {object} Signal
 * @property {number} number
 * @property {string} name
 * @property {"image" | "audio"} kind
 * @property {string} model
 * @property {number} bytes
 * @property {number} file
 * @property {number} place of the signal in its file
 * @property {number} [width]
 * @property {number} [height]
 * @property {number} [seconds]
 * @property {number} [rate]
 * @property {number} channels
 * @property {{name: string, bytes: number} | null} original
 */

/**
 * The parts of the page.
 * @typedef {{facts: HTMLElement, tools: HTMLElement, main: HTMLElement}} Page
 */

const find = (/** @type {string} */ selector) =>
  /** @type {HTMLElement} */ (document.querySelector(selector));
const page = { facts: find("#facts"), tools: find("#tools"), main: find("main") };

const response = await fetch("/catalog");
const { signals: listed, errors } = await response.json();
/** @type {Signal[]} */
const signals = listed.map((/** @type {Signal} */ one, /** @type {number} */ number) => ({
  ...one,
  number,
}));
/** What ends the page that is shown. */
let leave = () => {};

function show() {
  leave();
  leave = () => {};
  page.tools.replaceChildren();
  page.main.replaceChildren();
  const number = signals.length === 1 ? 0 : Number(location.hash.slice(1) || NaN);
  const signal = signals[number];
  find("#back").hidden = !signal || signals.length === 1;
  if (signal) showSignal(signal);
  else showGallery();
}

/** @param {Signal} signal */
function showSignal(signal) {
  find("h1").textContent = document.title = signal.name;
  page.facts.textContent = factsOf(signal);
  leave = signal.kind === "image" ? showImage(signal, page) : showAudio(signal, page);
  if (signals.length === 1) return;
  for (const [text, step] of /** @type {[string, number][]} */ ([
    ["‹", -1],
    ["›", 1],
  ])) {
    const next = (signal.number + step + signals.length) % signals.length;
    const link = element("a", { href: `#${next}`, title: signals[next].name }, text);
    page.tools.append(link);
  }
}

/** @param {Signal} signal */
function factsOf(signal) {
  const rate =
    signal.kind === "image"
      ? `${((8 * signal.bytes) / (Number(signal.width) * Number(signal.height))).toFixed(3)} bpp`
      : `${((8 * signal.bytes) / Number(signal.seconds) / 1000).toFixed(1)} kbit/s`;
  const model = signal.model === "grid" ? [] : [signal.model];
  return [sizeInWords(signal), inBytes(signal.bytes), rate, ...model].join(" · ");
}

function showGallery() {
  const total = signals.reduce((sum, { bytes }) => sum + bytes, 0);
  find("h1").textContent = document.title = "inrcodec";
  page.facts.textContent = `${signals.length} signals · ${inBytes(total)}`;
  const list = element("ul", { className: "gallery" });
  for (const signal of signals) {
    const source = `/signals/${signal.number}/thumbnail`;
    const picture =
      signal.kind === "image"
        ? element("img", { src: source, alt: "", loading: "lazy" })
        : element("span", { className: "note" }, "♪");
    const text = element("div", { className: "text" });
    text.append(element("b", {}, signal.name), element("small", {}, factsOf(signal)));
    const frame = element("div", { className: "picture" });
    frame.append(picture);
    const link = element("a", { href: `#${signal.number}` });
    link.append(frame, text);
    const row = element("li", {});
    row.append(link);
    list.append(row);
  }
  const faults = element("ul", { className: "errors" });
  for (const [name, error] of Object.entries(errors))
    faults.append(element("li", {}, `${name}: ${error}`));
  page.main.append(list, faults);
}

addEventListener("hashchange", show);
show();
