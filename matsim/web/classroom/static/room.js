// A page of the room: hears what changes and shows it in place, keeps what is typed, and outlives a lost server.
import { awaiting, changed, draftOf, dropDraft, keepDraft, marked, meet, note, restore, settle } from "./deciding.js";

const at = (id) => document.getElementById(id);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const [news, lostBox, kept] = [at("news"), at("lost"), at("kept")];
let room = at("room");
let version = Number(room.dataset.version);
let mark = "";
let leaving = false;
let lost = false;
let source = null;
let polling = 0;
let due = 0;
let timer = 0;
let work = Promise.resolve(); // saving and showing, one after the other

addEventListener("pagehide", () => { leaving = true; });
addEventListener("pageshow", (event) => { leaving = false; if (event.persisted) ask(); });
addEventListener("popstate", () => location.reload());
document.addEventListener("visibilitychange", () => { if (!document.hidden && "place" in room.dataset) ask(); });

function say(text) {
  news.textContent = "";
  setTimeout(() => { news.textContent = text; }, 100);
}

// the server, and what to do without it

async function reach(address, options = {}) {
  try {
    const answer = await fetch(address, { cache: "no-store", ...options });
    find();
    return answer;
  } catch (error) {
    if (!leaving) lose();
    throw error;
  }
}

async function lose() {
  if (lost) return;
  lost = true;
  lostBox.textContent = "The connection to the room is lost; trying again. What you typed stays on this device.";
  lostBox.hidden = false;
  while (lost) {
    await wait(1500);
    await ask();
  }
}

function find() {
  if (!lost) return;
  lost = false;
  lostBox.hidden = true;
  lostBox.textContent = "";
  say("Connected again.");
  save();
}

async function ask() {
  const place = room.dataset.place;
  try {
    const headers = { accept: "application/json" };
    const answer = await reach(`${place ?? ""}/now`, { headers, signal: AbortSignal.timeout(8000) });
    if (answer.ok) hear(await answer.json());
    else if (place !== undefined && [403, 404].includes(answer.status)) location.reload(); // another session, or none
  } catch { /* said by `lose` */ }
}

function listen() {
  if (source || !("place" in room.dataset)) return;
  source = new EventSource(`${room.dataset.place}/events`);
  source.addEventListener("open", () => {
    clearInterval(polling);
    polling = 0;
    ask();
  });
  source.addEventListener("changed", (event) => hear(JSON.parse(event.data)));
  source.addEventListener("gone", () => { source.close(); location.assign("/"); });
  source.addEventListener("error", () => {
    if (leaving) return;
    if (source.readyState === EventSource.CLOSED) { // refused: there are too many streams
      source = null;
      polling = polling || setInterval(ask, 3000);
      setTimeout(listen, 30000);
    }
    ask();
  });
}

function hear(told) {
  if (told.mark === mark) return;
  mark = told.mark;
  if (told.version <= version) return;
  clearTimeout(due);
  due = setTimeout(() => { save(); then(update); }, 60);
}

// showing: the same page with other numbers, or another page in its place

const then = (what) => (work = work.then(what, what));

async function update() {
  try {
    const answer = await reach(location.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("room");
    if (leaving) return;
    if (!fresh) return location.reload();
    if (answer.redirected) history.replaceState(null, "", answer.url); // led back: what this page was about is undone
    version = Math.max(version, Number(fresh.dataset.version));
    const [form, next] = [at("deciding"), fresh.querySelector("#deciding")];
    const same = form && next ? form.dataset.year === next.dataset.year : fresh.dataset.stamp === room.dataset.stamp;
    const charts = fresh.querySelector(".chart") && !room.querySelector(".chart");
    if (same && !charts) refresh(page, fresh, form, next);
    else show(page, fresh, true);
  } catch { /* said by `lose`, and asked for again */ }
}

// a place to come back to with the keyboard: what it was, though it is made anew
const name = (e) => e.id || [e.tagName, e.name, e.value, e.textContent.trim()].join("|");
const focusable = "a[href], button, input, select, textarea, summary, [tabindex]";
function focused() {
  const e = document.activeElement;
  const inside = e && e !== document.body && (room.contains(e) || e.closest("header.bar"));
  return inside ? name(e) : "";
}
function refocus(was, otherwise) {
  const found = was && [...document.querySelectorAll(focusable)].find((e) => name(e) === was && e.checkVisibility());
  if (found) return found.focus({ preventScroll: true });
  if (!otherwise) return;
  otherwise.tabIndex = -1;
  otherwise.focus();
}

const served = new WeakMap(); // what a part was when it came: opening a fold in it is no news
function exchange(part, next) {
  const text = next.innerHTML;
  if ((served.get(part) ?? part.innerHTML) === text) return;
  served.set(part, text);
  const open = folds(part);
  part.innerHTML = text;
  unfold(part, open);
}
const folds = (part) => [...part.querySelectorAll("details[open] > summary")].map((s) => s.textContent);
function unfold(part, open) {
  for (const s of part.querySelectorAll("details > summary")) if (open.includes(s.textContent)) s.parentElement.open = true;
}
for (const part of room.querySelectorAll("[data-live]")) served.set(part, part.innerHTML);

function heading(page) {
  document.title = page.title;
  const [old, next] = [document.querySelector("header.bar"), page.querySelector("header.bar")];
  if (old && next && old.outerHTML !== next.outerHTML) old.replaceWith(next);
  else if (!old && next) at("main").before(next);
}

function refresh(page, fresh, form, next) {
  const was = focused();
  const [phase, told] = [room.dataset.phase, room.dataset.news];
  heading(page);
  for (const part of room.querySelectorAll("[data-live]")) {
    const other = fresh.querySelector(`#${part.id}`);
    if (other) exchange(part, other);
  }
  Object.assign(room.dataset, fresh.dataset);
  if (was && document.activeElement === document.body) refocus(was, room.querySelector("h1"));
  const other = form && next ? meet(form, next) : "";
  if (other) say(other);
  else if (phase !== room.dataset.phase && told !== room.dataset.news) say(room.dataset.news);
  if (form && changed(form).length) save();
  count();
}

function show(page, fresh, pushed, form = null) {
  const [was, open, typed] = [focused(), folds(room), pushed || form ? carried(form) : []];
  const moved = fresh.dataset.phase !== room.dataset.phase;
  heading(page);
  document.body.className = page.body.className;
  room.replaceWith(fresh);
  room = fresh;
  version = Math.max(version, Number(room.dataset.version));
  for (const part of room.querySelectorAll("[data-live]")) served.set(part, part.innerHTML);
  for (const [id, value] of typed) if (at(id)) at(id).value = value;
  if (!moved) unfold(room, open);
  restored();
  paint();
  count();
  if (source && !("place" in room.dataset)) {
    source.close();
    source = null;
  }
  listen();
  const wrong = at("wrong");
  const place = form?.dataset.then && document.querySelector(form.dataset.then);
  if (wrong) wrong.focus();
  else if (place) refocus("", place);
  else if (!pushed || moved || was) refocus(moved ? "" : was, room.querySelector("h1"));
  if (moved && room.dataset.news) say(room.dataset.news);
}

// what is typed into other forms than the one that was sent
function carried(sent) {
  const fields = [...room.querySelectorAll("form:not(#deciding) :is(input[id], select[id])")];
  return fields.filter((f) => f.form !== sent && f.type !== "checkbox" && f.type !== "radio" && awaiting(f)).map((f) => [f.id, f.value]);
}

// what was typed for the year and not yet saved comes back with the form, or is said to wait or to be too late
function restored() {
  const draft = draftOf(room.dataset.team);
  const form = at("deciding");
  let text = "";
  if (draft && Number(draft.year) < Number(room.dataset.year)) {
    text = `The year was played before this device could save: ${draft.words}.`;
    dropDraft(room.dataset.team);
  } else if (draft && form && draft.year === room.dataset.year) {
    restore(form, draft);
    save();
  } else if (draft) {
    text = `Not saved yet: ${draft.words}. It is kept on this device, and is there again when you decide.`;
  }
  kept.textContent = text;
  kept.hidden = !text;
}

let plotly = null;
async function paint() {
  if (!room.querySelector(".chart")) return;
  const { plotly: address, figures } = at("plots").dataset;
  plotly = plotly || new Promise((done, failed) => {
    document.head.append(Object.assign(document.createElement("script"), { src: address, onload: done, onerror: failed }));
  });
  try {
    await plotly;
    (await import(figures)).drawAll(room);
  } catch {
    plotly = null;
  }
}

// forms and links: sent from here, so that a page is never lost to the browser's own page of errors

const sending = new Set(); // a second press of the same button is none
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  event.preventDefault();
  if (sending.has(form)) return;
  if (form.id === "deciding" && event.submitter?.value !== "1") return void save(true);
  const body = new URLSearchParams(new FormData(form, event.submitter));
  clearTimeout(timer);
  sending.add(form);
  room.setAttribute("aria-busy", "true");
  then(async () => {
    try {
      const answer = await reach(form.action, { method: "POST", body });
      if (form.id === "deciding" && answer.ok) dropDraft(room.dataset.team);
      await deliver(answer, form);
    } catch {
      if (form.id === "deciding") note("Not saved yet: it is tried again as soon as the room is reached.");
      kept.textContent = "What you pressed last may not have been sent: see whether it was done, else press again.";
      kept.hidden = false;
    } finally {
      sending.delete(form);
      if (!sending.size) room.removeAttribute("aria-busy");
    }
  });
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const there = new URL(link.href);
  if (there.origin !== location.origin || link.target || (there.pathname === location.pathname && there.hash)) return;
  if (link.hasAttribute("download")) {
    if (lost) event.preventDefault();
    return;
  }
  event.preventDefault();
  save();
  then(async () => {
    try { await deliver(await reach(link.href), null); } catch { /* said by `lose` */ }
  });
});

async function deliver(answer, form) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const moved = (answer.redirected || !form) && new URL(answer.url).pathname !== location.pathname;
  if (moved) history.pushState(null, "", answer.url);
  let fresh = page.getElementById("room");
  if (!fresh) { // a page that says no
    fresh = room.cloneNode(false);
    fresh.append(...page.querySelector("main").childNodes);
  }
  show(page, fresh, false, form);
}

// saving, as the form is filled in

function save(asked = false) { return then(() => send(asked)); }

async function send(asked) {
  clearTimeout(timer);
  const form = at("deciding");
  if (!form || !changed(form).length) {
    if (form && asked) note("Saved.");
    return;
  }
  const body = new URLSearchParams(new FormData(form));
  body.set("done", "0");
  try {
    const answer = await reach(form.action, { method: "POST", body, headers: { accept: "application/json" } });
    const told = await answer.json();
    if (!told.fields) return note(`Not saved: ${(told.problems || ["load the page again"]).join(" ")}`);
    const others = settle(form, told, body, answer.ok);
    if (answer.ok) [room.dataset.stamp, version] = [told.stamp, Math.max(version, told.version)];
    if (others) say(others);
    keepDraft(form, room.dataset.team);
  } catch {
    note("Not saved yet: it is tried again as soon as the room is reached.");
  }
}

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.id !== "deciding") return;
  marked(form, event.target);
  keepDraft(form, room.dataset.team);
  clearTimeout(timer);
  timer = setTimeout(save, 600);
});

// the clock counts by itself from what was left when the page was made
const clocks = new WeakMap();
let called = -1;
function count() {
  for (const clock of document.querySelectorAll(".clock")) {
    if (!clocks.has(clock)) clocks.set(clock, performance.now() + Number(clock.dataset.left));
    const seconds = Math.max(Math.round((clocks.get(clock) - performance.now()) / 1000), 0);
    clock.querySelector(".digits").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    clock.classList.toggle("late", seconds <= 60);
    if (seconds !== called && seconds === 60) say("One minute left.");
    if (seconds !== called && seconds === 0) say("Time is up.");
    called = seconds;
  }
}

count();
setInterval(count, 1000);
restored();
paint();
listen();
at("wrong")?.focus();
