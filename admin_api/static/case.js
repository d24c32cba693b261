// Brings in what is new in the case on show. What somebody is typing is left alone.
import { announce, fetched, listen, oneAtATime, swap } from "./live.js";

const file = document.getElementById("case-file");

const refresh = oneAtATime(async () => {
  const page = await fetched(location.pathname);
  const fresh = page && page.getElementById("case-file");
  if (!fresh || Number(fresh.dataset.events) <= Number(file.dataset.events)) return;
  file.dataset.events = fresh.dataset.events;
  for (const old of document.querySelectorAll("[data-live]")) {
    const now = page.getElementById(old.id);
    if (now) swap(old, now);
  }
  const line = page.querySelector("#timeline .cairn-timeline__text");
  const words = line ? line.textContent.trim().replace(/\s+/g, " ") : "Something new came in";
  const note = document.getElementById("case-news");
  note.hidden = false;
  note.querySelector("[data-news]").textContent = words;
  announce(`New in this case: ${words}`);
});

// Each look at a case is noted in the audit, so nothing is fetched that was not announced: on the first
// "ready" the page is as fresh as its own request.
if (file) {
  listen(
    (facts) => {
      if (facts.case === file.dataset.case) refresh();
    },
    (again) => {
      if (again) refresh();
    },
  );
}
