/** An image that can be zoomed, beside its original. */

import "./viewer/index.js";
import { element, inBytes, qualityOf } from "./words.js";

/** @typedef {import("./app.js").Signal} Signal */
/** @typedef {import("./app.js").Page} Page */
/** @typedef {import("./viewer/element.js").InrImageElement} InrImage */

/**
 * Show an image; returns what ends that.
 * @param {Signal} signal
 * @param {Page} page
 * @returns {() => void}
 */
export function showImage(signal, page) {
  const stage = element("div", { className: "stage" });
  const image = /** @type {InrImage} */ (document.createElement("inr-image"));
  image.setAttribute("src", `/files/${signal.file}`);
  image.setAttribute("item", String(signal.place));
  image.setAttribute("fallback", `/signals/${signal.number}/tile`);
  image.setAttribute("aria-label", signal.name);
  const message = element("div", { className: "message" }, "…");
  stage.append(image, message);
  page.main.append(stage);
  image.addEventListener("paint", () => {
    message.textContent = "";
    message.classList.add("fault");
  });
  image.addEventListener("error", (event) => {
    message.textContent = /** @type {ErrorEvent} */ (event).message;
  });
  addZoom(image, page.tools);
  if (signal.original) {
    addOriginal(signal, image, stage, page);
    qualityOf(signal.number).then((text) => {
      const { name, bytes } = /** @type {NonNullable<Signal["original"]>} */ (signal.original);
      if (image.isConnected) page.facts.textContent += ` · ${text} · ${name} ${inBytes(bytes)}`;
    });
  }
  image.focus();
  return () => stage.remove();
}

/**
 * @param {InrImage} image
 * @param {HTMLElement} tools
 */
function addZoom(image, tools) {
  const zoom = element("span", { id: "zoom" });
  image.addEventListener("view", () => {
    const percent = 100 * (image.view?.zoom ?? 0) * devicePixelRatio;
    zoom.textContent = `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
  });
  const atOwnPixels = () => image.zoomBy(1 / devicePixelRatio / (image.view?.zoom ?? 1));
  /** @type {[string, string, () => void][]} */
  const actions = [
    ["Fit", "The whole image (0)", () => image.fit()],
    ["1:1", "A pixel for a pixel", atOwnPixels],
    ["−", "Zoom out (−)", () => image.zoomBy(0.5)],
    ["+", "Zoom in (+)", () => image.zoomBy(2)],
  ];
  tools.append(zoom);
  for (const [text, title, onclick] of actions)
    tools.append(element("button", { title, onclick }, text));
}

/**
 * The original over the left part of the image, up to a handle.
 * @param {Signal} signal
 * @param {InrImage} image
 * @param {HTMLElement} stage
 * @param {Page} page
 */
function addOriginal(signal, image, stage, page) {
  const cover = element("div", { className: "original", hidden: true });
  const picture = element("img", { alt: "", draggable: false });
  const handle = element("div", { className: "handle", hidden: true });
  const left = element("span", { className: "side left", hidden: true }, "original");
  const right = element("span", { className: "side right", hidden: true }, "inr");
  cover.append(picture);
  stage.append(cover, handle, left, right);
  let share = 0.5;
  const place = () => {
    const { view } = image;
    if (!view) return;
    const [x, y] = view.place(0, 0);
    picture.style.width = `${view.image.width}px`;
    picture.style.height = `${view.image.height}px`;
    picture.style.transform = `translate(${x}px, ${y}px) scale(${view.zoom})`;
    picture.style.imageRendering = view.zoom * devicePixelRatio >= 3 ? "pixelated" : "auto";
    cover.style.clipPath = `inset(0 ${100 - 100 * share}% 0 0)`;
    handle.style.left = `${100 * share}%`;
  };
  const moved = (/** @type {PointerEvent} */ event) => {
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const box = stage.getBoundingClientRect();
    share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    place();
  };
  handle.addEventListener("pointerdown", (event) => handle.setPointerCapture(event.pointerId));
  handle.addEventListener("pointermove", moved);
  image.addEventListener("view", place);
  const compare = element(
    "button",
    { title: "Original on the left, file on the right" },
    "Compare",
  );
  const toggle = (/** @type {boolean} */ on) => {
    if (on && !picture.src) picture.src = `/signals/${signal.number}/original`;
    for (const part of [cover, handle, left, right]) part.hidden = !on;
    compare.setAttribute("aria-pressed", String(on));
    place();
  };
  compare.onclick = () => toggle(cover.hidden);
  picture.onload = () => {
    const { width, height } = image.view?.image ?? signal;
    if (picture.naturalWidth === width && picture.naturalHeight === height) return;
    toggle(false);
    compare.disabled = true;
    compare.title = "The original has another size";
  };
  page.tools.append(compare);
  toggle(new URLSearchParams(location.search).has("compare"));
}
