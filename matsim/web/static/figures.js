// Draws the charts of a page from its data blocks. Plotly's own script must be loaded before this module.
const CONFIG = {
  showSendToCloud: false, plotlyServerURL: "", displaylogo: false, scrollZoom: false,
  displayModeBar: false,
};

// Plotly's own answer to a new width leaves a legend whose rows have changed where it was: hence drawing once more
const widths = new Map();
const waits = new Map();
const sizes = new ResizeObserver((entries) => {
  for (const { target: chart, contentRect: { width } } of entries) {
    if (!width || widths.get(chart) === width) continue;
    const first = !widths.has(chart);
    widths.set(chart, width);
    clearTimeout(waits.get(chart));
    if (!first) waits.set(chart, setTimeout(async () => { await Plotly.Plots.resize(chart); Plotly.redraw(chart); }, 120));
  }
});

export function draw(chart, plot) {
  // every control is an HTML one, so that a keyboard reaches it: none is drawn by Plotly
  const layout = { ...plot.layout, dragmode: false };
  delete layout.updatemenus;
  delete layout.sliders;
  // Plotly takes its height from the page when a window changes size: so the page has to know it
  if (layout.height) chart.style.height = `${layout.height}px`;
  layout.legend = { ...layout.legend, itemclick: false, itemdoubleclick: false };
  sizes.observe(chart);
  return Plotly.react(chart, { data: plot.data, layout, frames: plot.frames || [], config: CONFIG });
}

function play(player) {
  const chart = document.getElementById(player.dataset.plot);
  const range = player.querySelector("input");
  const button = player.querySelector("button");
  const names = JSON.parse(range.dataset.names);
  let timer = 0;
  const show = (place) => {
    range.value = place;
    range.setAttribute("aria-valuetext", names[place]);
    player.querySelector("output").textContent = names[place];
    Plotly.animate(chart, [names[place]],
      { mode: "immediate", frame: { duration: 0, redraw: true }, transition: { duration: 0 } });
  };
  const stop = () => { clearInterval(timer); timer = 0; button.textContent = "Play"; };
  const step = () => { const next = Number(range.value) + 1; if (next < names.length) show(next); else stop(); };
  range.addEventListener("input", () => { stop(); show(Number(range.value)); });
  button.addEventListener("click", () => {
    if (timer) return stop();
    if (Number(range.value) === names.length - 1) show(0);
    button.textContent = "Pause";
    timer = setInterval(step, 800);
  });
}

export function drawAll(within = document) {
  for (const script of within.querySelectorAll("script[data-plot]:not([data-drawn])")) {
    script.dataset.drawn = "";
    draw(document.getElementById(script.dataset.plot), JSON.parse(script.textContent));
  }
  for (const player of within.querySelectorAll(".player:not([data-ready])")) {
    player.dataset.ready = "";
    play(player);
  }
}

drawAll();
