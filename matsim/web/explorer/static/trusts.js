// A click on a trust's mark opens its story; the list beside the map does the same for everybody.
const box = document.querySelector("[data-click]");
if (box) {
  const chart = box.querySelector(".chart");
  const wait = setInterval(() => {
    if (!chart.on) return;
    clearInterval(wait);
    chart.on("plotly_click", (event) => { location.href = box.dataset.click + event.points[0].customdata; });
  }, 50);
}
