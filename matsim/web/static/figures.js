// Draws the charts of a page from its data blocks. Plotly's own script must be loaded before this module.
// `bare` and `play` are those of a report: matsim.web.pages puts its charts.js below what stands here.
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
  const layout = bare(plot.layout);
  // Plotly takes its height from the page when a window changes size: so the page has to know it
  if (layout.height) chart.style.height = `${layout.height}px`;
  sizes.observe(chart);
  return Plotly.react(chart, { data: plot.data, layout, frames: plot.frames || [], config: CONFIG });
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
