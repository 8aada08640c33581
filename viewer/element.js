/**
 * `<inr-image src="photo.inr">`: an image of an `.inr` file that can be zoomed.
 *
 * Attributes: `src`; `item`, of an album the place, from 1, or the name; `fallback`, the URL of a
 * server that renders what is not decoded here. Events: `open`, `paint` (the first time), `view`,
 * `settle` and `error`.
 */

import { loadDecoder } from "./decoder.js";
import { UnsupportedError } from "./errors.js";
import { listen } from "./gestures.js";
import { Pace } from "./pace.js";
import { DecodedImage, ServedImage } from "./tile-images.js";
import { Tiles } from "./tiles.js";
import { View } from "./view.js";

/** @typedef {import("./tiles.js").TileImage} TileImage */

const STYLE = `
  :host { display: block; position: relative; overflow: hidden; touch-action: none; cursor: grab;
          aspect-ratio: var(--inr-ratio, 3 / 2); }
  :host(:active) { cursor: grabbing; }
  canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
`;
/** Of the way to a new zoom, what is left after a frame of a sixtieth of a second. */
const LEFT_OF_ZOOM = 0.75;
const TRANSPARENT = /^(transparent|rgba\(.*, 0\))$/;

export class InrImageElement extends HTMLElement {
  static observedAttributes = ["src", "item", "fallback"];

  /** @type {View | null} */
  view = null;
  /** @type {TileImage | null} */
  image = null;
  /** @type {Tiles | null} */
  #tiles = null;
  /** @type {{zoom: number, left: number, top: number} | null} */
  #aim = null;
  #frame = 0;
  #last = 0;
  #opening = 0;
  #painted = false;
  #pace = new Pace();

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.innerHTML = `<style>${STYLE}</style><canvas></canvas>`;
    this.canvas = /** @type {HTMLCanvasElement} */ (root.querySelector("canvas"));
    this.context = /** @type {CanvasRenderingContext2D} */ (
      this.canvas.getContext("2d", { alpha: false })
    );
    this.resizing = new ResizeObserver(() => this.#resize());
    listen(this, {
      zoomBy: (factor, left, top) => this.zoomBy(factor, left, top),
      pan: (left, top) => this.#change((view) => view.pan(left, top)),
      fit: () => this.fit(),
    });
  }

  connectedCallback() {
    if (!this.hasAttribute("tabindex")) this.tabIndex = 0;
    if (!this.hasAttribute("role")) this.setAttribute("role", "img");
    this.resizing.observe(this);
    if (!this.image) this.#open();
  }

  disconnectedCallback() {
    this.resizing.disconnect();
    this.#close();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#open();
  }

  /** Bytes that have been transferred of the file so far. */
  get fetched() {
    return this.image instanceof DecodedImage ? this.image.source.fetched : 0;
  }

  /** Show all of the image. */
  fit() {
    this.#aim = null;
    this.#change((view) => view.fit());
  }

  /**
   * Zoom in a few frames, about a point of the element.
   * @param {number} factor
   * @param {number} [left]
   * @param {number} [top]
   */
  zoomBy(factor, left, top) {
    if (!this.view) return;
    const { width, height } = this.view.window;
    const zoom = (this.#aim?.zoom ?? this.view.zoom) * factor;
    this.#aim = { zoom, left: left ?? width / 2, top: top ?? height / 2 };
    this.#ask();
  }

  /**
   * Show a part of the image at once.
   * @param {number} x of the center, in pixels of the image
   * @param {number} y
   * @param {number} zoom pixels of the page for each
   */
  show(x, y, zoom) {
    this.#aim = null;
    this.#change((view) => {
      view.zoomTo(zoom);
      view.moveTo(x, y);
    });
  }

  #close() {
    this.#opening++;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#tiles?.close();
    this.#tiles = this.image = this.view = null;
    this.#painted = false;
  }

  async #open() {
    this.#close();
    const number = this.#opening;
    const src = this.getAttribute("src");
    if (!src) return;
    try {
      const image = await this.#read(src);
      if (number !== this.#opening) return image.close();
      this.image = image;
      this.style.setProperty("--inr-ratio", `${image.width} / ${image.height}`);
      this.view = new View(image.width, image.height);
      const failed = (/** @type {unknown} */ error) => this.#fail(number, error);
      this.#tiles = new Tiles(image, () => this.#ask(), failed);
      this.dispatchEvent(new CustomEvent("open"));
      await this.#tiles.start().catch(failed);
      if (number === this.#opening) this.#resize();
    } catch (error) {
      this.#fail(number, error);
    }
  }

  /**
   * @param {string} src
   * @returns {Promise<TileImage>}
   */
  async #read(src) {
    const url = new URL(src, this.baseURI).href;
    const fallback = this.getAttribute("fallback");
    try {
      return await DecodedImage.open(url, await loadDecoder(), this.getAttribute("item") ?? 1);
    } catch (error) {
      if (!(error instanceof UnsupportedError) || !fallback) throw error;
      return ServedImage.open(new URL(fallback, this.baseURI).href);
    }
  }

  /**
   * @param {number} number
   * @param {unknown} error
   */
  #fail(number, error) {
    if (number !== this.#opening) return;
    const message = error instanceof Error ? error.message : String(error);
    this.dispatchEvent(new ErrorEvent("error", { message, error }));
  }

  #resize() {
    this.#change((view) => view.resize(this.clientWidth, this.clientHeight));
  }

  /** @param {(view: View) => void} change */
  #change(change) {
    if (!this.view) return;
    change(this.view);
    this.#pace.change(performance.now());
    this.dispatchEvent(new CustomEvent("view"));
    this.#ask();
  }

  /** Ask for a frame. */
  #ask() {
    if (!this.#frame) this.#frame = requestAnimationFrame((time) => this.#paint(time));
  }

  /** @param {number} time */
  #paint(time) {
    this.#frame = 0;
    if (!this.view || !this.#tiles) return;
    if (this.#aim) this.#approach(Math.min(4, Math.max(0.5, (time - this.#last) * 0.06)));
    this.#last = time;
    this.#pace.frame(time);
    const view = this.#fitCanvas(window.devicePixelRatio * this.#pace.share);
    // Of few cores, one is left to what moves.
    const cores = navigator.hardwareConcurrency || 2;
    const together = this.#pace.moves ? Math.max(1, cores - 1) : cores + 2;
    const drawn = this.#tiles.draw(this.context, view, together);
    if (drawn && !this.#painted) {
      this.#painted = true;
      this.dispatchEvent(new CustomEvent("paint"));
    }
    if (this.#pace.moves) this.#ask();
    else if (this.#tiles.settled) this.dispatchEvent(new CustomEvent("settle"));
  }

  /**
   * Give the canvas so many pixels for one of the page.
   * @param {number} ratio
   * @returns {View} in pixels of the canvas
   */
  #fitCanvas(ratio) {
    const [width, height] = [this.clientWidth, this.clientHeight].map((n) => Math.round(n * ratio));
    if (this.canvas.width !== width || this.canvas.height !== height)
      Object.assign(this.canvas, { width, height });
    const { backgroundColor } = getComputedStyle(this);
    this.context.fillStyle = TRANSPARENT.test(backgroundColor) ? "white" : backgroundColor;
    return /** @type {View} */ (this.view).over(width, height, ratio);
  }

  /**
   * Go some of the way to the zoom that is aimed at.
   * @param {number} frames of a sixtieth of a second
   */
  #approach(frames) {
    const aim = /** @type {{zoom: number, left: number, top: number}} */ (this.#aim);
    this.#change((view) => {
      const left = Math.log(aim.zoom / view.zoom) * LEFT_OF_ZOOM ** frames;
      const before = view.zoom;
      const isThere = Math.abs(left) < 0.002;
      view.zoomTo(isThere ? aim.zoom : aim.zoom / Math.exp(left), aim.left, aim.top);
      if (isThere || view.zoom === before) this.#aim = null;
    });
  }
}
