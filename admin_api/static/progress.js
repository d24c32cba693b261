// Moves the bar of a backtest while its page is open; without scripts, reloading the page does the same.
import { announce } from "./live.js";

const OFTEN = 1000;
const place = document.getElementById("progress");
let said = 0;

async function look() {
  try {
    const answer = await fetch(place.dataset.progress, { headers: { "X-Cairn-Live": "1" }, redirect: "manual" });
    if (answer.type === "opaqueredirect") return; // signed out
    const run = await answer.json();
    if (run.state !== "running") {
      window.location.reload();
      return;
    }
    document.getElementById("bar").value = run.percent;
    document.getElementById("progress-words").textContent = `${run.done} of ${run.total || "all"}`;
    if (run.percent >= said + 25) {
      said = run.percent;
      announce(`${run.percent}% judged`);
    }
  } catch {
    // The console is away for a moment: the next look will tell.
  }
  window.setTimeout(look, OFTEN);
}

if (place) window.setTimeout(look, OFTEN);
