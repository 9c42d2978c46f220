// Follows a run: every year's counts, map, sizes, means and moves as they come.
import { draw } from "./figures.js";

const page = document.getElementById("watch");
const bands = JSON.parse(page.dataset.bands);
const at = (id) => document.getElementById(id);
const KINDS = [ // a shape and a colour each, as on the figures of a result
  { name: "maintained", mark: { symbol: "circle-open", size: 5, color: "#7a8188" } },
  { name: "single-academy trust", mark: { symbol: "square-open", size: 6, color: "#d0560a" } },
  { name: "MAT", mark: { symbol: "triangle-up", size: 6, color: "#08305e" } },
];
const DASHES = ["dot", "dash", "solid"];
const number = new Intl.NumberFormat("en-GB");
const academic = (year) => `${year}/${String((year + 1) % 100).padStart(2, "0")}`;
const share = (value) => (value === null ? "–" : `${(100 * value).toFixed(1)}%`);
const decimal = (value, places) => (value === null ? "–" : value.toFixed(places).replace("-", "−"));
let places = null;
let years = [];
let seen = 0;
let waiting = false;

const axis = (more) => ({ gridcolor: "#dfe3e8", zeroline: false, linecolor: "#595f66", automargin: true, ...more });
const layout = (height, more) => ({
  height, margin: { l: 10, r: 12, t: 36, b: 10 }, font: { family: "system-ui, sans-serif", size: 12, color: "#1f2328" },
  paper_bgcolor: "#ffffff", plot_bgcolor: "#ffffff",
  legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" }, xaxis: axis({}), yaxis: axis({}), ...more,
});

function map(kinds) {
  const data = KINDS.map(({ name, mark }, kind) => {
    const own = [...kinds].flatMap((k, i) => (Number(k) === kind ? [i] : []));
    return { type: "scatter", mode: "markers", name, marker: mark, hoverinfo: "skip",
      x: own.map((i) => places.x[i]), y: own.map((i) => places.y[i]) };
  });
  draw(at("map"), { data, layout: layout(440, {
    xaxis: axis({ title: { text: "Easting (km)" }, constrain: "domain" }),
    yaxis: axis({ title: { text: "Northing (km)" }, constrain: "domain", scaleanchor: "x", scaleratio: 1 }) }) });
}

function line(id, series, title, format) {
  const x = years.map((y) => academic(y.year));
  const data = series.map(({ name, values }, i) => ({ type: "scatter", mode: "lines+markers", name, x, y: values,
    line: { color: KINDS[(i + 3 - series.length) % 3].mark.color, dash: DASHES[(i + 3 - series.length) % 3], width: 2 },
    marker: { size: 5 } }));
  draw(at(id), { data, layout: layout(230, { showlegend: series.length > 1, xaxis: axis({ type: "category", nticks: 6 }),
    yaxis: axis({ title: { text: title }, tickformat: format }) }) });
}

function drawYears() {
  waiting = false;
  const last = years[years.length - 1];
  if (places) map(last.kinds);
  line("runs", [
    { name: "maintained", values: years.map((y) => y.system.maintained) },
    { name: "single-academy trusts", values: years.map((y) => y.system.single_academies) },
    { name: "MATs", values: years.map((y) => y.system.academies_in_mats) },
  ], "Schools", ",.0f");
  line("outcomes", [{ name: "outcomes", values: years.map((y) => y.system.mean_outcome) }], "sd", ".2f");
  line("costs", [
    { name: "primary", values: years.map((y) => y.system.backoffice_per_pupil_primary) },
    { name: "secondary", values: years.map((y) => y.system.backoffice_per_pupil_secondary) },
  ], "£ per pupil", ",.0f");
  draw(at("sizes"), { data: [{ type: "bar", x: bands, y: last.sizes, marker: { color: "#08305e" } }],
    layout: layout(230, { xaxis: axis({ type: "category", title: { text: `Schools in the trust, ${academic(last.year)}` } }),
      yaxis: axis({ title: { text: "Trusts" } }) }) });
}

function tiles(year) {
  const told = [
    ["Year", academic(year.year)],
    ["Schools in MATs", `${(100 * year.system.academies_in_mats / Math.max(year.system.schools, 1)).toFixed(1)}%`],
    ["MATs of 2 or more schools", number.format(year.system.mats_with_2_or_more)],
    ["Pupil outcomes", `${decimal(year.system.mean_outcome, 2)} sd`],
    ["Reserves over income", share(year.system.reserves_share)],
  ];
  at("tiles").replaceChildren(...told.map(([label, value]) => {
    const box = document.createElement("div");
    const [dt, dd] = ["dt", "dd"].map((tag) => document.createElement(tag));
    dt.textContent = label;
    dd.textContent = value;
    box.append(dt, dd);
    return box;
  }));
}

function row(year) {
  const tr = document.createElement("tr");
  const th = document.createElement("th");
  th.scope = "row";
  th.textContent = academic(year.year);
  const { system } = year;
  const whole = (value) => (value === null ? "–" : number.format(Math.round(value)));
  const cells = [system.maintained, system.single_academies, system.academies_in_mats, system.mats_with_2_or_more].map(whole);
  cells.push(decimal(system.mean_outcome, 2), whole(system.backoffice_per_pupil_primary), whole(system.backoffice_per_pupil_secondary), share(system.reserves_share));
  tr.append(th, ...cells.map((text) => {
    const td = document.createElement("td");
    td.className = "n";
    td.textContent = text;
    return td;
  }));
  at("years").append(tr);
}

function feed(year) {
  const h = document.createElement("h3");
  h.textContent = academic(year.year);
  const ul = document.createElement("ul");
  ul.append(...year.feed.map((text) => {
    const li = document.createElement("li");
    li.textContent = text;
    return li;
  }));
  at("feed").prepend(h, ul);
}

const source = new EventSource(page.dataset.stream);
// a stream that was refused, or a run that is gone with its server, has a page that says more than this one can
async function lost() {
  at("lost").hidden = false;
  if (source.readyState !== EventSource.CLOSED) return;
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    const running = answer.ok && (await answer.text()).includes('id="watch"');
    if (!running) return location.reload();
    at("lost").textContent = "Too many pages are open for this one to follow the run: it looks every two seconds.";
  } catch { /* still away */ }
  setTimeout(lost, 2000);
}
source.addEventListener("error", lost);
source.addEventListener("open", () => { at("lost").hidden = true; });
source.addEventListener("stage", (event) => { at("stage").textContent = `${JSON.parse(event.data)} …`; });
source.addEventListener("places", (event) => {
  places = JSON.parse(event.data);
  const drawn = places.x.length;
  at("map-note").textContent = drawn < places.of ? `An even choice of ${number.format(drawn)} of ${number.format(places.of)} schools and sites.` : "";
  map(places.kinds);
});
const PACE = 250; // ms: a small area runs faster than anybody can watch
const queue = [];
let timer = 0;

function show(year) {
  years.push(year);
  at("stage").textContent = `Year ${year.done} of ${year.years}: ${academic(year.year)}`;
  at("progress").max = year.years;
  at("progress").value = year.done;
  tiles(year);
  row(year);
  feed(year);
  if (!waiting) {
    waiting = true;
    requestAnimationFrame(drawYears);
  }
}
function next() {
  if (queue.length) show(queue.shift());
  timer = queue.length ? setTimeout(next, PACE) : 0;
}
source.addEventListener("year", (event) => {
  const year = JSON.parse(event.data);
  if (year.done <= seen) return; // sent again after a pause in the line
  seen = year.done;
  queue.push(year);
  if (!timer) timer = setTimeout(next, years.length ? PACE : 0);
});
source.addEventListener("end", (event) => {
  source.close();
  if (JSON.parse(event.data).status !== "done") return location.reload();
  at("ended").hidden = false;
  at("stop").hidden = true;
});
