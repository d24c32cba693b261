// Keeps the list of cases as it is now: new ones appear within the second, ages move on.
import { announce, fetched, listen, oneAtATime, swap } from "./live.js";

const OFTEN = 60_000;

function references(list) {
  return new Set([...list.querySelectorAll("[data-case]")].map((row) => row.dataset.case));
}

const refresh = oneAtATime(async () => {
  const old = document.getElementById("queue");
  const page = await fetched(old.dataset.rows);
  const fresh = page && page.getElementById("queue");
  if (!fresh) return;
  const before = references(old);
  const added = [...fresh.querySelectorAll("[data-case]")].filter((row) => !before.has(row.dataset.case));
  for (const row of added) row.classList.add("cairn-row--new");
  swap(old, fresh);
  document.title = fresh.dataset.title;
  if (added.length > 0) {
    const first = added[0].querySelector("[data-headline]").textContent.trim().replace(/\s+/g, " ");
    announce(added.length === 1 ? `New case. ${first}` : `${added.length} new cases. First: ${first}`);
  }
});

if (document.getElementById("queue")) {
  listen(refresh, refresh);
  setInterval(refresh, OFTEN);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) refresh();
  });
}
