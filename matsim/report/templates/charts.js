// What a report and the pages of the web room do alike. No module: a report holds it inside its one script.

// every control is an HTML one, so that a keyboard reaches it: none is drawn by Plotly
function bare(layout) {
  const { updatemenus, sliders, ...rest } = layout;
  return { ...rest, dragmode: false, legend: { ...rest.legend, itemclick: false, itemdoubleclick: false } };
}

// the button and the slider of an animation
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
