// The form of a year: what differs from what the room holds, what another device of the team changed, what is wrong.
const OWN = ["csrf", "year", "done", "seen"];
const drafts = new Map();

const held = (form) => JSON.parse(form.elements.namedItem("seen").value);
const boxes = (form, name) => [...form.elements].filter((e) => e.name === name && e.type === "checkbox");

function typed(form) {
  const found = {};
  for (const [name, value] of new FormData(form)) {
    if (value && !OWN.includes(name)) (found[name] ||= []).push(value);
  }
  return found;
}

function same(a = [], b = []) {
  if (a.length !== b.length) return false;
  return a.every((v, i) => v === b[i] || (v !== "" && b[i] !== "" && Number(v) === Number(b[i])));
}

// names of the fields that are not as the room holds them
export function changed(form) {
  const [mine, base] = [typed(form), held(form)];
  return [...new Set([...Object.keys(mine), ...Object.keys(base)])].filter((name) => !same(mine[name], base[name]));
}

function words(form, name) {
  if (name === "ask") return "Schools nearby";
  const end = name.endsWith("_low") ? " (from)" : name.endsWith("_high") ? " (to)" : "";
  const field = form.querySelector(`[name="${name}"]`);
  const label = end ? field?.closest("fieldset").querySelector("legend") : form.querySelector(`label[for="f-${name}"]`);
  return `${label ? label.textContent.trim() : name}${end}`;
}

function put(form, name, values = []) {
  const ticks = boxes(form, name);
  for (const box of ticks) box.checked = values.includes(box.value);
  const field = form.querySelector(`[name="${name}"]`);
  if (!ticks.length && field) field.value = values[0] ?? "";
}

// the form says two things of itself: what became of what was typed here, and what came from another device. Neither
// takes the other's place, whichever comes first; what is typed next ends both
export function note(text) { spell({ own: text }); }

function spell(parts) {
  const box = document.getElementById("saved");
  Object.assign(box.dataset, parts);
  const text = [box.dataset.own, box.dataset.others].filter(Boolean).join(" ");
  if (box.textContent !== text) box.textContent = text;
}

// what the room holds by now comes into the form; what is being changed here stays. Gives the names of both
function adopt(form, now, base) {
  const mine = typed(form);
  const [theirs, both] = [[], []];
  for (const name of new Set([...Object.keys(now), ...Object.keys(base)])) {
    if (same(now[name], base[name]) || same(now[name], mine[name])) continue;
    if (name === "ask") {
      const [n, b, m] = [now, base, mine].map((of) => of.ask || []);
      put(form, "ask", [...n.filter((v) => m.includes(v) || !b.includes(v)), ...m.filter((v) => !b.includes(v))]);
    } else if (same(mine[name], base[name])) {
      put(form, name, now[name]);
    } else {
      both.push(name);
      continue;
    }
    theirs.push(name);
  }
  form.elements.namedItem("seen").value = JSON.stringify(now);
  return [theirs, both];
}

function told(form, theirs, both) {
  for (const name of theirs) (form.querySelector(`[name="${name}"]`)?.closest("p, ul") || form).classList.add("theirs");
  const list = (names) => names.map((name) => words(form, name)).join("; ");
  const said = [];
  if (theirs.length) said.push(`Changed on another device of your team: ${list(theirs)}.`);
  if (both.length) said.push(`Also changed there, but what you typed here stands: ${list(both)}.`);
  if (said.length) spell({ others: said.join(" ") });
  return said.join(" ");
}

// another page of the same year has come: take what it holds
export function meet(form, next) {
  return told(form, ...adopt(form, held(next), held(form)));
}

// what came of saving
export function settle(form, answer, body, fine) {
  mistakes(form, answer.wrong);
  if (!fine) {
    note(answer.wrong[""] ? `Not saved: ${answer.wrong[""]}` : "Not saved yet: what is marked is not right.");
    return "";
  }
  // what was sent is what the room holds now, but for what others changed; what was typed meanwhile stays
  const sent = {};
  for (const [name, value] of body) if (value && !OWN.includes(name)) (sent[name] ||= []).push(value);
  const found = adopt(form, answer.fields, sent).map((names) => names.filter((name) => answer.others.includes(name)));
  note("Saved.");
  return told(form, ...found);
}

function mistakes(form, wrong) {
  for (const old of form.querySelectorAll(".wrong")) if (!wrong[old.id.slice(2)]) clear(form, old.id.slice(2));
  for (const [name, text] of Object.entries(wrong)) {
    if (!name) continue;
    const field = document.getElementById(`f-${name}`);
    if (!field) continue;
    let said = document.getElementById(`e-${name}`);
    if (!said) {
      said = Object.assign(document.createElement("p"), { id: `e-${name}`, className: "wrong" });
      (field.closest("p") || field).after(said);
    }
    if (said.textContent !== text) said.textContent = text;
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", said.id);
    for (let up = field.closest("details"); up; up = up.parentElement.closest("details")) up.open = true;
  }
}

function clear(form, name) {
  document.getElementById(`e-${name}`)?.remove();
  const field = document.getElementById(`f-${name}`);
  field?.removeAttribute("aria-invalid");
  field?.removeAttribute("aria-describedby");
}

// a field was filled in: what it means for others is shown at once, as the room would understand it
export function marked(form, field) {
  spell({ own: "", others: "" });
  field.closest(".theirs")?.classList.remove("theirs");
  const [growth, where] = ["growth", "where"].map((n) => form.elements.namedItem(n));
  if (field.name === "target" && field.value && !growth.value) growth.value = "grow";
  if (field.name === "ask" && field.checked && !where.value) where.value = "ask";
  if (field.name === "place" && field.value && !where.value) where.value = "near";
  clear(form, field.name);
}

// what is not saved yet outlives the form, and the page

const key = (team) => `matsim-draft-${team}`;

export function keepDraft(form, team) {
  const names = changed(form);
  if (!names.length) return dropDraft(team);
  const mine = typed(form);
  const fields = Object.fromEntries(names.map((name) => [name, mine[name] || []]));
  const draft = { year: form.dataset.year, fields, words: names.map((name) => words(form, name)).join("; ") };
  drafts.set(team, draft);
  try { sessionStorage.setItem(key(team), JSON.stringify(draft)); } catch { /* then it outlives the form alone */ }
}

export function draftOf(team) {
  if (!team) return null;
  if (drafts.has(team)) return drafts.get(team);
  try { return JSON.parse(sessionStorage.getItem(key(team))); } catch { return null; }
}

export function dropDraft(team) {
  drafts.delete(team);
  try { sessionStorage.removeItem(key(team)); } catch { /* none was kept */ }
}

export function restore(form, draft) {
  for (const [name, values] of Object.entries(draft.fields)) put(form, name, values);
}

// whether a field of another form holds something that was typed and not sent
export function awaiting(field) {
  if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
  const first = [...field.options].findIndex((o) => o.defaultSelected);
  return field.selectedIndex !== Math.max(first, 0);
}
