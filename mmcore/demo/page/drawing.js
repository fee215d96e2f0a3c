// A picture that is drawn with a pointer or with the keyboard, or uploaded.
"use strict";
import { element } from "./elements.js";

const SIDE = 196; // least pixels of the screen along the longer side

/** Return {body, read, write}: `read` returns a PNG file in base64, or null while nothing is drawn. */
export const pictureInput = (modality, changed) => {
  const [channels, height, width] = modality.shape;
  const canvas = element("canvas", {
    width, height, tabIndex: 0, class: "drawing", role: "img",
    "aria-label": `Picture of ${modality.name}: draw with the pointer, or move with the arrow keys and`
      + " draw with the space bar",
  });
  const scale = Math.max(1, Math.ceil(SIDE / Math.max(width, height)));
  canvas.style.width = `${width * scale}px`;
  canvas.style.height = `${height * scale}px`;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const color = element("input", { type: "color", value: "#ffffff", "aria-label": "Color of the pen" });
  const place = { x: width / 2, y: height / 2 };
  let drawn = false;

  const clear = () => {
    pen.fillStyle = "#000000";
    pen.fillRect(0, 0, width, height);
    drawn = false;
  };
  const line = (from, to) => {
    pen.strokeStyle = channels === 1 ? "#ffffff" : color.value;
    pen.lineWidth = Math.max(1.5, Math.max(width, height) / 12);
    pen.lineCap = "round";
    pen.beginPath();
    pen.moveTo(from.x, from.y);
    pen.lineTo(to.x + 0.01, to.y);
    pen.stroke();
    drawn = true;
  };
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return {
      x: (event.clientX - box.left) * width / box.width,
      y: (event.clientY - box.top) * height / box.height,
    };
  };
  let last = null;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = at(event);
    line(last, last);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (last === null) return;
    const next = at(event);
    line(last, next);
    last = next;
  });
  const end = () => {
    if (last !== null) changed();
    last = null;
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);

  // With the keyboard: the arrow keys move a place, the space bar turns the pen on and off.
  let down = false;
  const help = element("span", { class: "about", role: "status" });
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    if (event.key === " ") {
      down = !down;
      if (down) line(place, place);
      else changed();
    } else if (move) {
      const next = {
        x: Math.min(width - 1, Math.max(0, place.x + move[0])),
        y: Math.min(height - 1, Math.max(0, place.y + move[1])),
      };
      if (down) line(place, next);
      Object.assign(place, next);
    } else return;
    event.preventDefault();
    help.textContent = `pen ${down ? "down" : "up"}, column ${Math.round(place.x)}, row ${Math.round(place.y)}`;
  });

  const show = async (source) => {
    const picture = new Image();
    picture.src = source;
    await picture.decode();
    clear();
    // The whole picture is shown; the rest stays black.
    const fit = Math.min(width / picture.width, height / picture.height);
    const size = [picture.width * fit, picture.height * fit];
    pen.drawImage(picture, (width - size[0]) / 2, (height - size[1]) / 2, ...size);
    drawn = true;
  };
  const file = element("input", { type: "file", accept: "image/*", id: `file-${modality.name}` });
  file.addEventListener("change", async () => {
    if (!file.files.length) return;
    const address = URL.createObjectURL(file.files[0]);
    try {
      await show(address);
      changed();
    } catch {
      help.textContent = "This file is no picture; choose a PNG or JPEG file.";
    } finally {
      URL.revokeObjectURL(address);
      file.value = "";
    }
  });
  const erase = element("button", { type: "button" }, "Clear");
  erase.addEventListener("click", () => { clear(); changed(); });
  clear();
  return {
    body: element("div", {},
      canvas,
      element("div", { class: "bar" },
        ...(channels === 1 ? [] : [color]), erase,
        element("label", { class: "button", htmlFor: file.id }, "Upload a picture"), file, help)),
    read: () => (drawn ? canvas.toDataURL("image/png").split(",")[1] : null),
    write: (value) => (value === null ? clear() : show(`data:image/png;base64,${value}`)),
  };
};
