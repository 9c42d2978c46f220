// Sliders beside numbers, a search over all settings, and a mark on what is changed. The form works without.
for (const input of document.querySelectorAll("input.number[data-low]")) {
  const range = document.createElement("input");
  range.type = "range";
  range.min = input.dataset.low;
  range.max = input.dataset.high;
  range.step = input.dataset.step;
  range.value = input.value;
  // the number beside it is the same control for keyboards and screen readers
  range.tabIndex = -1;
  range.setAttribute("aria-hidden", "true");
  const shown = range.value;
  range.addEventListener("input", () => { input.value = range.value; mark(input); });
  input.addEventListener("input", () => { range.value = input.value; mark(input); });
  input.after(range);
  if (shown === "") range.remove();
}

function mark(field) {
  const changed = field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
  field.closest(".control").classList.toggle("changed", changed);
}
for (const field of document.querySelectorAll(".control input:not([type=hidden], [type=range])")) {
  field.addEventListener("change", () => mark(field));
}

const search = document.getElementById("search");
const found = document.getElementById("found");
const groups = [...document.querySelectorAll("details.group")];
const opened = new Map(groups.map((g) => [g, g.open]));
search.closest(".search").hidden = false;
search.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const control of document.querySelectorAll(".control")) {
    const fits = words.every((w) => control.dataset.search.includes(w));
    control.hidden = !fits;
    count += fits;
  }
  for (const group of groups) {
    const some = group.querySelector(".control:not([hidden])");
    group.hidden = !some;
    group.open = words.length ? Boolean(some) : opened.get(group);
  }
  found.textContent = words.length ? `${count} ${count === 1 ? "setting" : "settings"}` : "";
});
search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
document.getElementById("problems")?.focus();
