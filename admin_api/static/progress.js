// Moves the bar of a backtest while its page is open; without scripts, reloading the page does the same.
const place = document.getElementById("progress");

async function look() {
  try {
    const answer = await fetch(place.dataset.progress, { headers: { Accept: "application/json" } });
    const run = await answer.json();
    if (run.state !== "running") {
      window.location.reload();
      return;
    }
    document.getElementById("bar").value = run.percent;
    document.getElementById("progress-words").textContent = `${run.done} of ${run.total || "all"}`;
  } catch {
    // the console is away for a moment: the next look will tell
  }
  window.setTimeout(look, 1000);
}

if (place) window.setTimeout(look, 1000);
