/** Which part of an image is seen, and how large. */

const MOST_ZOOM = 64;
/** An image can be zoomed out to this share of what fits, and to its own pixels. */
const LEAST_SHARE = 0.5;

/**
 * The view of an image in a window: its center in pixels of the image, and how many pixels of the
 * window one of the image has.
 */
export class View {
  /**
   * @param {number} width of the image
   * @param {number} height
   */
  constructor(width, height) {
    this.image = { width, height };
    this.window = { width: 1, height: 1 };
    this.x = width / 2;
    this.y = height / 2;
    this.zoom = 1;
    this.fitted = true;
  }

  /** The zoom at which all of the image is seen. */
  get fitting() {
    const { width, height } = this.window;
    return Math.min(width / this.image.width, height / this.image.height);
  }

  /**
   * The same part of the image in a window of another resolution.
   * @param {number} width of that window
   * @param {number} height
   * @param {number} ratio of its resolution to this one's
   * @returns {View}
   */
  over(width, height, ratio) {
    const view = new View(this.image.width, this.image.height);
    const [x, y, zoom] = [this.x, this.y, this.zoom * ratio];
    return Object.assign(view, { x, y, zoom, window: { width, height }, fitted: false });
  }

  fit() {
    this.fitted = true;
    this.zoom = this.fitting;
    this.x = this.image.width / 2;
    this.y = this.image.height / 2;
  }

  /**
   * @param {number} width of the window
   * @param {number} height
   */
  resize(width, height) {
    this.window = { width: Math.max(1, width), height: Math.max(1, height) };
    if (this.fitted) this.fit();
  }

  /**
   * Change the zoom, and keep a point of the window where it is.
   * @param {number} zoom
   * @param {number} [left] of the point in the window
   * @param {number} [top]
   */
  zoomTo(zoom, left = this.window.width / 2, top = this.window.height / 2) {
    const least = Math.min(1, this.fitting * LEAST_SHARE);
    const bounded = Math.min(MOST_ZOOM, Math.max(least, zoom));
    const [dx, dy] = [left - this.window.width / 2, top - this.window.height / 2];
    this.moveTo(this.x + dx / this.zoom - dx / bounded, this.y + dy / this.zoom - dy / bounded);
    this.zoom = bounded;
  }

  /**
   * Move by so many pixels of the window.
   * @param {number} left
   * @param {number} top
   */
  pan(left, top) {
    this.moveTo(this.x - left / this.zoom, this.y - top / this.zoom);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  moveTo(x, y) {
    this.fitted = false;
    this.x = Math.min(this.image.width, Math.max(0, x));
    this.y = Math.min(this.image.height, Math.max(0, y));
  }

  /**
   * The place of a pixel of the image in the window.
   * @param {number} x
   * @param {number} y
   * @returns {[number, number]}
   */
  place(x, y) {
    const { width, height } = this.window;
    return [width / 2 + (x - this.x) * this.zoom, height / 2 + (y - this.y) * this.zoom];
  }
}
