"use strict";
(() => {
const $ = (id) => document.getElementById(id);
const data = JSON.parse($("data").textContent);
const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0)).buffer;
const section = new Uint16Array(bytes(data.section)), kind = new Uint8Array(bytes(data.kind));
const word = new Uint8Array(bytes(data.word)), cost = new Float32Array(bytes(data.cost));
const corners = new Uint8Array(bytes(data.corners)), points = new Uint16Array(bytes(data.points));
const areas = data.areas.map((text) => new Uint16Array(bytes(text)));
const names = data.names, count = names.length, MOST = 65535, ROW = 30;
if (!count && !areas.length) return;
$("explorer").hidden = false;

// Where each tile is: its first corner in `points`, the box around it, its middle; in shares of the map.
const first = new Uint32Array(count), left = new Float32Array(count), top = new Float32Array(count);
const right = new Float32Array(count), bottom = new Float32Array(count);
let placed = 0, size = 0, cheapest = Infinity, dearest = -Infinity;
for (let tile = 0, at = 0; tile < count; tile++) {
  first[tile] = at;
  let x0 = MOST, y0 = MOST, x1 = 0, y1 = 0;
  for (let corner = 0; corner < corners[tile]; corner++, at += 2) {
    x0 = Math.min(x0, points[at]); x1 = Math.max(x1, points[at]);
    y0 = Math.min(y0, points[at + 1]); y1 = Math.max(y1, points[at + 1]);
  }
  left[tile] = x0 / MOST; right[tile] = x1 / MOST; top[tile] = y0 / MOST; bottom[tile] = y1 / MOST;
  if (corners[tile]) { placed++; size += right[tile] - left[tile]; }
  if (cost[tile] === cost[tile]) { cheapest = Math.min(cheapest, cost[tile]); dearest = Math.max(dearest, cost[tile]); }
}
size = placed ? size / placed : 0;
const units = (value) => value !== value ? "" : value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);

const canvas = $("map"), pen = canvas.getContext("2d");
const view = { scale: 1, x: 0, y: 0 };
let chosen = -1, hovered = -1, waits = false, width = 1, height = 1;
let shown = Uint32Array.from({ length: count }, (_, tile) => tile);
const pictures = data.pictures.map((place) => ({ image: $(`picture-${place[0]}`), place }));
$("pictures-label").hidden = !pictures.length;

// The map's plane is as wide as its shape says; it is fitted into the canvas, then moved and scaled.
const fitted = () => Math.min(width / data.shape, height) * 0.98;
const toX = (share) => (share * data.shape * fitted() + (width - data.shape * fitted()) / 2) * view.scale + view.x;
const toY = (share) => (share * fitted() + (height - fitted()) / 2) * view.scale + view.y;
const fromX = (x) => ((x - view.x) / view.scale - (width - data.shape * fitted()) / 2) / (data.shape * fitted());
const fromY = (y) => ((y - view.y) / view.scale - (height - fitted()) / 2) / fitted();
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const later = () => { if (!waits) { waits = true; requestAnimationFrame(() => { waits = false; draw(); }); } };

function outline(tile) {
  for (let corner = 0, at = first[tile]; corner < corners[tile]; corner++, at += 2) {
    const x = toX(points[at] / MOST), y = toY(points[at + 1] / MOST);
    if (corner) pen.lineTo(x, y); else pen.moveTo(x, y);
  }
  pen.closePath();
}
function mixed(from, to, share) {
  const part = (text, at) => parseInt(text.slice(at, at + 2), 16);
  return `rgb(${[1, 3, 5].map((at) => Math.round(part(from, at) + share * (part(to, at) - part(from, at)))).join(",")})`;
}
function groups() {
  const byCost = document.querySelector("input[name=by]:checked").value === "cost" && dearest >= cheapest;
  const steps = byCost ? 8 : data.kinds.length, found = Array.from({ length: steps + 1 }, () => []);
  for (let index = 0; index < shown.length; index++) {
    const tile = shown[index];
    if (!corners[tile] || toX(right[tile]) < 0 || toX(left[tile]) > width || toY(bottom[tile]) < 0 || toY(top[tile]) > height) continue;
    const share = dearest > cheapest ? (cost[tile] - cheapest) / (dearest - cheapest) : 0.5;
    found[!byCost ? kind[tile] : share === share ? Math.min(7, Math.floor(share * 8)) : 8].push(tile);
  }
  const paint = (step) => byCost ? (step < 8 ? mixed(colour("cheap"), colour("dear"), step / 7) : colour("waiting")) : colour(data.kinds[step][0]);
  return found.map((tiles, step) => ({ tiles, step, byCost, paint: step < steps || byCost ? paint(step) : "" })).filter((one) => one.tiles.length).reverse();
}
function draw() {
  const ratio = window.devicePixelRatio || 1;
  width = canvas.clientWidth; height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const withPictures = pictures.length && $("pictures").checked;
  if (withPictures) for (const { image, place } of pictures) {
    if (image.complete && image.naturalWidth) pen.drawImage(image, toX(place[1]), toY(place[2]), toX(place[3]) - toX(place[1]), toY(place[4]) - toY(place[2]));
  }
  const pixels = size * data.shape * fitted() * view.scale;
  if ($("outlines").checked) for (const { tiles, step, byCost, paint } of groups()) {
    const done = !byCost && data.kinds[step][0] === "done", failed = !byCost && data.kinds[step][0] === "failed";
    pen.fillStyle = pen.strokeStyle = paint;
    pen.globalAlpha = failed ? 0.75 : withPictures ? (done ? 0.1 : 0.55) : 0.6;
    if (pixels < 3) for (const tile of tiles) {
      const x = toX(left[tile]), y = toY(top[tile]);
      pen.fillRect(x, y, Math.max(1, toX(right[tile]) - x), Math.max(1, toY(bottom[tile]) - y));
    } else {
      const clear = pen.globalAlpha;
      pen.lineWidth = failed ? 2 : 1;
      // one path of all of them takes many seconds to be filled
      for (let from = 0; from < tiles.length; from += 100) {
        const some = tiles.slice(from, from + 100);
        pen.beginPath();
        some.forEach(outline);
        pen.globalAlpha = clear;
        pen.fill();
        if (failed) for (const tile of some) {
          pen.moveTo(toX(left[tile]), toY(top[tile])); pen.lineTo(toX(right[tile]), toY(bottom[tile]));
          pen.moveTo(toX(left[tile]), toY(bottom[tile])); pen.lineTo(toX(right[tile]), toY(top[tile]));
        }
        pen.globalAlpha = 1;
        pen.stroke();
      }
    }
    pen.globalAlpha = 1;
  }
  pen.strokeStyle = colour("soft"); pen.lineWidth = 1.5; pen.setLineDash([5, 4]);
  pen.beginPath();
  for (const ring of areas) {
    for (let at = 0; at < ring.length; at += 2) pen[at ? "lineTo" : "moveTo"](toX(ring[at] / MOST), toY(ring[at + 1] / MOST));
    pen.closePath();
  }
  pen.stroke(); pen.setLineDash([]);
  for (const tile of [hovered, chosen]) if (tile >= 0 && corners[tile]) {
    pen.beginPath(); outline(tile);
    pen.lineWidth = 5; pen.strokeStyle = colour("paper"); pen.stroke();
    pen.lineWidth = 3; pen.strokeStyle = colour("ink"); pen.stroke();
  }
}
function legend() {
  const byCost = document.querySelector("input[name=by]:checked").value === "cost";
  const part = (text, swatch) => {
    const one = document.createElement("span");
    if (swatch) { const mark = document.createElement("span"); mark.className = swatch; mark.setAttribute("aria-hidden", "true"); one.append(mark); }
    one.append(text);
    return one;
  };
  const there = data.kinds.filter((_, number) => kind.includes(number));
  const parts = byCost && dearest >= cheapest ? [part(`${units(cheapest)} to ${units(dearest)} PU a tile`, "ramp"), part("grey: not told", "swatch waiting")]
    : byCost ? [part("The service tells no cost of single tiles.")]
      : there.map(([name, text]) => part(text + (name === "failed" ? " (crossed)" : ""), `swatch ${name}`));
  $("legend").replaceChildren(...parts, ...(areas.length ? [part("dashed: area of interest")] : []));
}
function told(tile, separator) {
  const parts = [names[tile], data.sections[section[tile]], data.words[word[tile]]];
  if (cost[tile] === cost[tile]) parts.push(`${units(cost[tile])} PU`);
  if (data.errors[tile]) parts.push(data.errors[tile]);
  return parts.join(separator);
}
// What is under a point, and what is next to a tile.
function tileAt(x, y) {
  const px = fromX(x), py = fromY(y);
  for (let index = 0; index < shown.length; index++) {
    const tile = shown[index];
    if (!corners[tile] || px < left[tile] || px > right[tile] || py < top[tile] || py > bottom[tile]) continue;
    let inside = false;
    for (let corner = 0, before = corners[tile] - 1; corner < corners[tile]; before = corner++) {
      const ax = points[first[tile] + 2 * corner] / MOST, ay = points[first[tile] + 2 * corner + 1] / MOST;
      const bx = points[first[tile] + 2 * before] / MOST, by = points[first[tile] + 2 * before + 1] / MOST;
      if ((ay > py) !== (by > py) && px < ax + (py - ay) / (by - ay) * (bx - ax)) inside = !inside;
    }
    if (inside) return tile;
  }
  return -1;
}
function nextTo(tile, dx, dy) {
  let best = -1, least = Infinity;
  const middle = (one) => [(left[one] + right[one]) / 2 * data.shape, (top[one] + bottom[one]) / 2];
  const [x, y] = middle(tile);
  for (let index = 0; index < shown.length; index++) {
    const other = shown[index];
    if (other === tile || !corners[other]) continue;
    const [ox, oy] = middle(other), along = (ox - x) * dx + (oy - y) * dy, across = Math.abs((ox - x) * dy) + Math.abs((oy - y) * dx);
    if (along > size / 4 && across <= along && along + 2 * across < least) { least = along + 2 * across; best = other; }
  }
  return best;
}
function choose(tile, { follow = true } = {}) {
  chosen = tile;
  $("detail").textContent = tile < 0 ? "No tile is chosen." : told(tile, "; ");
  if (tile >= 0 && corners[tile] && follow) {
    const x = toX((left[tile] + right[tile]) / 2), y = toY((top[tile] + bottom[tile]) / 2);
    if (x < 0 || x > width) view.x += width / 2 - x;
    if (y < 0 || y > height) view.y += height / 2 - y;
  }
  later();
}
function zoom(factor, x = width / 2, y = height / 2) {
  const scale = Math.min(400, Math.max(1, view.scale * factor)), by = scale / view.scale;
  view.x = scale === 1 ? 0 : x - (x - view.x) * by;
  view.y = scale === 1 ? 0 : y - (y - view.y) * by;
  view.scale = scale;
  later();
}

// The list: only the rows that can be seen are in the page.
const scroll = $("scroll"), room = $("room");
let active = 0, held = null;
function list(focus = false) {
  room.style.height = `${shown.length * ROW}px`;
  const start = Math.max(0, Math.floor(scroll.scrollTop / ROW) - 6), end = Math.min(shown.length, start + Math.ceil(scroll.clientHeight / ROW) + 12);
  const had = room.contains(document.activeElement), rows = [];
  const wanted = new Set(Array.from({ length: Math.max(0, end - start) }, (_, index) => start + index));
  if (had && active < shown.length) wanted.add(active);
  for (const index of [...wanted].sort((a, b) => a - b)) {
    const tile = shown[index], row = document.createElement("div");
    row.setAttribute("role", "row");
    row.setAttribute("aria-rowindex", index + 2);
    row.setAttribute("aria-selected", tile === chosen);
    row.tabIndex = index === active ? 0 : -1;
    row.dataset.index = index;
    row.style.top = `${index * ROW}px`;
    [names[tile], data.sections[section[tile]], data.words[word[tile]] + (data.errors[tile] ? `: ${data.errors[tile]}` : ""), units(cost[tile])].forEach((text, column) => {
      const cell = document.createElement("span");
      cell.setAttribute("role", "gridcell");
      if (column === 3) cell.className = "n";
      cell.textContent = text;
      row.append(cell);
    });
    rows.push(row);
  }
  room.replaceChildren(...rows);
  if (focus || had) room.querySelector(`[data-index="${active}"]`)?.focus({ preventScroll: true });
}
function go(index, focus = true) {
  if (!shown.length) return;
  active = Math.min(shown.length - 1, Math.max(0, index));
  if (active * ROW < scroll.scrollTop) scroll.scrollTop = active * ROW;
  if ((active + 1) * ROW > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = (active + 1) * ROW - scroll.clientHeight;
  choose(shown[active]);
  list(focus);
}
function sift() {
  const text = $("find").value.trim().toLowerCase(), wantedKind = $("by-kind").value, wantedSection = $("by-section").value;
  const kept = [];
  for (let tile = 0; tile < count; tile++) {
    if (wantedKind !== "" && kind[tile] !== +wantedKind || wantedSection !== "" && section[tile] !== +wantedSection) continue;
    if (!text || names[tile].toLowerCase().includes(text) || (data.errors[tile] || "").toLowerCase().includes(text)) kept.push(tile);
  }
  shown = Uint32Array.from(kept);
  active = 0; scroll.scrollTop = 0; hovered = -1;
  if (chosen >= 0 && !kept.includes(chosen)) choose(-1);
  const all = count.toLocaleString("en");
  $("shown").textContent = (kept.length === count ? `${all} tiles` : `${kept.length.toLocaleString("en")} of ${all} tiles`) + ", the worst first";
  $("tiles").setAttribute("aria-rowcount", kept.length + 1);
  canvas.setAttribute("aria-label", `Map of ${kept.length.toLocaleString("en")} tiles: ` + data.kinds.map(([, said], number) => [kept.reduce((sum, tile) => sum + (kind[tile] === number), 0), said]).filter(([number]) => number).map(([number, said]) => `${number.toLocaleString("en")} ${said}`).join(", "));
  list(); later();
}

room.addEventListener("click", (event) => { const row = event.target.closest("[data-index]"); if (row) go(+row.dataset.index); });
room.addEventListener("keydown", (event) => {
  const page = Math.floor(scroll.clientHeight / ROW) - 1;
  const to = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + page, PageUp: active - page, Home: 0, End: shown.length - 1, Enter: active, " ": active }[event.key];
  if (to !== undefined) { event.preventDefault(); go(to); }
});
room.addEventListener("focusin", (event) => { const row = event.target.closest("[data-index]"); if (row && shown[+row.dataset.index] !== chosen) choose(shown[+row.dataset.index]); });
scroll.addEventListener("scroll", () => list(), { passive: true });
canvas.addEventListener("pointerdown", (event) => { held = { x: event.clientX, y: event.clientY, moved: false }; canvas.setPointerCapture(event.pointerId); });
canvas.addEventListener("pointerup", (event) => {
  if (held && !held.moved) { const at = shown.indexOf(tileAt(event.offsetX, event.offsetY)); if (at >= 0) go(at, false); }
  held = null;
});
canvas.addEventListener("pointermove", (event) => {
  const tip = $("tip");
  if (held) {
    const dx = event.clientX - held.x, dy = event.clientY - held.y;
    if (held.moved || Math.abs(dx) + Math.abs(dy) > 4) { view.x += dx; view.y += dy; held = { x: event.clientX, y: event.clientY, moved: true }; tip.hidden = true; later(); }
    return;
  }
  const tile = tileAt(event.offsetX, event.offsetY);
  if (tile !== hovered) { hovered = tile; later(); }
  tip.hidden = tile < 0;
  if (tile >= 0) {
    tip.textContent = told(tile, "\n");
    tip.style.left = `${Math.min(event.offsetX + 14, Math.max(0, width - tip.offsetWidth - 8))}px`;
    tip.style.top = `${Math.min(event.offsetY + 14, Math.max(0, height - tip.offsetHeight - 8))}px`;
  }
});
canvas.addEventListener("pointerleave", () => { hovered = -1; $("tip").hidden = true; later(); });
canvas.addEventListener("wheel", (event) => { if (event.ctrlKey || document.activeElement === canvas) { event.preventDefault(); zoom(event.deltaY < 0 ? 1.25 : 0.8, event.offsetX, event.offsetY); } }, { passive: false });
canvas.addEventListener("keydown", (event) => {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  const by = { "+": 1.5, "=": 1.5, "-": 1 / 1.5, "0": 1e-9 }[event.key];
  if (way && shown.length) {
    const from = chosen >= 0 && corners[chosen] ? chosen : -1, to = from < 0 ? shown[0] : nextTo(from, ...way);
    if (to >= 0) go(shown.indexOf(to), false);
  } else if (by) zoom(by);
  else if (event.key === "Enter" && chosen >= 0) go(shown.indexOf(chosen));
  else return;
  event.preventDefault();
});
$("in").addEventListener("click", () => zoom(1.5));
$("out").addEventListener("click", () => zoom(1 / 1.5));
$("whole").addEventListener("click", () => zoom(1e-9));
for (const input of document.querySelectorAll("input[name=by], #pictures, #outlines")) input.addEventListener("change", () => { legend(); later(); });
for (const id of ["find", "by-kind", "by-section"]) $(id).addEventListener("input", sift);
data.kinds.forEach(([, text], number) => { if (kind.includes(number)) $("by-kind").append(new Option(text, number)); });
data.sections.forEach((text, number) => $("by-section").append(new Option(text, number)));
$("by-section-label").hidden = data.sections.length < 2;
$("tiles").classList.toggle("single", data.sections.length < 2);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", later);
new ResizeObserver(() => { later(); list(); }).observe(canvas);
for (const { image } of pictures) image.addEventListener("load", later);
legend(); sift();
document.documentElement.dataset.ready = "yes";
})();
