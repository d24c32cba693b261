// Shows the entry as parents will read it while it is being written.
import { oneAtATime } from "./live.js";

const PAUSE = 400;
const form = document.getElementById("entry-form");
const place = document.getElementById("entry-preview");

const refresh = oneAtATime(async () => {
  const given = new FormData(form);
  try {
    const answer = await fetch("/guide-desk/preview", {
      method: "POST",
      body: new URLSearchParams(given),
      headers: { "X-CSRF-Token": given.get("csrf_token") },
      redirect: "manual",
    });
    if (answer.ok) place.innerHTML = await answer.text();
  } catch {
    // The last preview stays; saving says what is wrong.
  }
});

if (form && place) {
  let pause;
  form.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(refresh, PAUSE);
  });
}
