// A page of the room: hears that something changed, looks at itself again, and saves a form as it is filled in.
const room = document.getElementById("room");
const news = document.getElementById("news");
const form = document.getElementById("deciding");
const saved = document.getElementById("saved");
let version = Number(room.dataset.version);
let saving = Promise.resolve();
let dirty = false;
let timer = 0;
let due = 0;

async function save() {
  clearTimeout(timer);
  if (!form || !dirty) return;
  dirty = false;
  const body = new URLSearchParams(new FormData(form));
  body.set("done", "0");
  try {
    const answer = await fetch(form.dataset.save, { method: "POST", body, headers: { accept: "application/json" } });
    const told = await answer.json();
    if (told.stamp) {
      room.dataset.stamp = told.stamp;
      version = Math.max(version, told.version);
    }
    saved.textContent = answer.ok ? "Saved." : `Not saved: ${(told.problems || ["try again"]).join(" ")}`;
  } catch {
    dirty = true;
    saved.textContent = "Not saved: the room cannot be reached; it is tried again.";
    timer = setTimeout(() => { saving = saving.then(save); }, 3000);
  }
}

if (form) {
  form.addEventListener("input", () => {
    dirty = true;
    saved.textContent = "";
    clearTimeout(timer);
    timer = setTimeout(() => { saving = saving.then(save); }, 900);
  });
  form.addEventListener("submit", () => { dirty = false; clearTimeout(timer); });
}

// a form that is on its way brings a new page by itself: to load this one again would call it off
let leaving = false;
document.addEventListener("submit", () => { leaving = true; });
addEventListener("pageshow", () => { leaving = false; });

// another page has to be shown: but not while somebody fills in the form, unless the year itself has moved on
async function turn(phase) {
  await saving;
  if (leaving) return;
  if (phase === room.dataset.phase && form && form.contains(document.activeElement)) {
    saved.textContent = "Another device of your team has changed something; load the page again to see it.";
  } else if (location.pathname === "/team/otherwise") {
    location.assign("/team/debrief");
  } else {
    location.reload();
  }
}

// the same page with other numbers: only the parts that live are exchanged
async function refresh() {
  let page;
  try {
    const answer = await fetch(location.pathname === "/team/otherwise" ? "/team/debrief" : location.href);
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return;
  }
  const fresh = page.getElementById("room");
  if (leaving || !fresh) return;
  version = Math.max(version, Number(fresh.dataset.version));
  if (fresh.dataset.stamp !== room.dataset.stamp) return turn(fresh.dataset.phase);
  if (fresh.querySelector(".chart") && !room.querySelector(".chart")) return turn("");
  for (const part of room.querySelectorAll("[data-live]")) {
    const next = fresh.querySelector(`#${part.id}`);
    if (next && next.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) part.innerHTML = next.innerHTML;
  }
  count();
}

const source = new EventSource(room.dataset.events);
source.addEventListener("changed", async (event) => {
  const told = JSON.parse(event.data);
  await saving;
  if (leaving || told.version <= version) return;
  clearTimeout(due);
  due = setTimeout(() => (told.stamp === room.dataset.stamp ? refresh() : turn(told.phase)), 60);
});

source.addEventListener("gone", () => { source.close(); leaving = true; location.assign("/"); });

// the clock counts by itself from what was left when the page was made
const clocks = new Map();
function count() {
  for (const clock of document.querySelectorAll(".clock")) {
    if (!clocks.has(clock)) clocks.set(clock, performance.now() + Number(clock.dataset.left));
    const seconds = Math.max(Math.round((clocks.get(clock) - performance.now()) / 1000), 0);
    clock.querySelector(".digits").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    clock.classList.toggle("late", seconds <= 60);
    if (seconds === 60 && news) news.textContent = "One minute left.";
    if (seconds === 0 && news) news.textContent = "Time is up.";
  }
}
count();
setInterval(count, 1000);
document.getElementById("wrong")?.focus();
