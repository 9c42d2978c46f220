(() => {
  const PAPER = 680; // width of a chart on A4 in CSS pixels, and of the widest on a screen
  const config = JSON.parse(document.getElementById("config").textContent);
  const charts = [];

  for (const script of document.querySelectorAll("script[data-plot]")) {
    const chart = document.getElementById(script.dataset.plot);
    const plot = JSON.parse(script.textContent);
    charts.push(chart);
    Plotly.newPlot(chart, { data: plot.data, layout: bare(plot.layout), frames: plot.frames || [], config });
  }

  for (const button of document.querySelectorAll("button.save")) {
    button.addEventListener("click", () => {
      const chart = document.getElementById(button.dataset.plot);
      Plotly.downloadImage(chart, { format: "png", scale: 2, filename: button.dataset.plot,
        width: chart.clientWidth, height: chart.clientHeight });
    });
  }

  for (const player of document.querySelectorAll(".player")) play(player);

  // on paper everything is open, and charts have the width of the sheet
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open]):not(.screen)")];
    for (const details of opened) details.open = true;
    // zoom and not a new layout: that would be animated, and the sheet does not wait
    for (const chart of charts) if (chart.clientWidth < PAPER) chart.style.zoom = PAPER / chart.clientWidth;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
    for (const chart of charts) chart.style.zoom = "";
  });
})();
