"use strict";
(() => {
  const PAPER = 680; // width of a chart on A4 in CSS pixels, and of the widest on a screen
  const config = JSON.parse(document.getElementById("config").textContent);
  const charts = [];

  for (const script of document.querySelectorAll("script[data-plot]")) {
    const chart = document.getElementById(script.dataset.plot);
    const plot = JSON.parse(script.textContent);
    // every control is an HTML one, so that a keyboard reaches it: none is drawn by Plotly
    delete plot.layout.updatemenus;
    delete plot.layout.sliders;
    plot.layout.dragmode = false;
    plot.layout.legend = { ...plot.layout.legend, itemclick: false, itemdoubleclick: false };
    charts.push(chart);
    Plotly.newPlot(chart, { data: plot.data, layout: plot.layout, frames: plot.frames || [], config });
  }

  for (const button of document.querySelectorAll("button.save")) {
    button.addEventListener("click", () => {
      const chart = document.getElementById(button.dataset.plot);
      Plotly.downloadImage(chart, { format: "png", scale: 2, filename: button.dataset.plot,
        width: chart.clientWidth, height: chart.clientHeight });
    });
  }

  for (const player of document.querySelectorAll(".player")) {
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
