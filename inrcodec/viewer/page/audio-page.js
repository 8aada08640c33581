/** Audio: a spectrogram, and what plays it. */

import { drawSpectrogram } from "./spectrogram.js";
import { element, inBytes, inMinutes, qualityOf } from "./words.js";

/** @typedef {import("./app.js").Signal} Signal */
/** @typedef {import("./app.js").Page} Page */

/**
 * Show an audio signal; returns what ends that.
 * @param {Signal} signal
 * @param {Page} page
 * @returns {() => void}
 */
export function showAudio(signal, page) {
  const url = `/signals/${signal.number}/audio.wav`;
  const ended = new AbortController();
  const seconds = Number(signal.seconds);
  const frame = element("div", { className: "audio" });
  const picture = element("div", { className: "picture" });
  const canvas = element("canvas", { width: 1600, height: 512 });
  const playhead = element("div", { className: "playhead" });
  const message = element("div", { className: "message" }, "…");
  const player = element("audio", { src: url, controls: true, preload: "metadata" });
  const scale = element("div", { className: "scale" });
  picture.append(canvas, message, playhead);
  scale.append(
    element("span", {}, "0:00"),
    element("span", {}, `0 to ${(Number(signal.rate) / 2000).toFixed(1)} kHz`),
    element("span", {}, inMinutes(seconds)),
  );
  frame.append(picture, scale, player);
  page.main.append(frame);

  const follow = () => {
    playhead.style.left = `${(100 * player.currentTime) / seconds}%`;
    if (!ended.signal.aborted) requestAnimationFrame(follow);
  };
  follow();
  picture.addEventListener("click", (event) => {
    const box = picture.getBoundingClientRect();
    player.currentTime = ((event.clientX - box.left) / box.width) * seconds;
  });
  drawSpectrogram(canvas, url, signal, ended.signal)
    .then(() => message.remove())
    .catch((error) => (message.textContent = ended.signal.aborted ? "" : error.message));
  if (signal.original) addOriginal(signal, page, player);
  return () => {
    ended.abort();
    player.removeAttribute("src");
    player.load();
    frame.remove();
  };
}

/**
 * A button that plays the original from the same place on.
 * @param {Signal} signal
 * @param {Page} page
 * @param {HTMLAudioElement} player
 */
function addOriginal(signal, page, player) {
  const decoded = player.src;
  const toggle = element(
    "button",
    { title: "Play the original, from the same place on" },
    "Original",
  );
  toggle.onclick = () => {
    const [time, plays] = [player.currentTime, !player.paused];
    const isOriginal = player.src !== decoded;
    player.src = isOriginal ? decoded : `/signals/${signal.number}/original`;
    player.currentTime = time;
    if (plays) player.play();
    toggle.setAttribute("aria-pressed", String(!isOriginal));
  };
  page.tools.append(toggle);
  qualityOf(signal.number).then((text) => {
    const { name, bytes } = /** @type {NonNullable<Signal["original"]>} */ (signal.original);
    if (player.isConnected) page.facts.textContent += ` · ${text} · ${name} ${inBytes(bytes)}`;
  });
}
