// One listener for the live feed. `heard(facts)` is called for each case that is new or has changed, and
// `look()` whenever something may have been missed. When the session ends the page says so.
export function listen(heard, look) {
  const feed = new EventSource("/live");
  let before = false;
  feed.addEventListener("ready", () => {
    look(before);
    before = true;
  });
  feed.addEventListener("look", () => look(true));
  feed.addEventListener("case", (event) => heard(JSON.parse(event.data)));
  feed.addEventListener("end", () => {
    feed.close();
    signedOut();
  });
}

function signedOut() {
  if (document.getElementById("signed-out")) return;
  const note = document.createElement("div");
  note.id = "signed-out";
  note.className = "cairn-news";
  note.innerHTML =
    '<p class="govuk-body"><strong>You are signed out.</strong> This page is no longer kept fresh. ' +
    '<a class="govuk-link" href="/sign-in">Sign in again</a></p>';
  document.getElementById("main-content").prepend(note);
  announce("You are signed out. This page is no longer kept fresh.");
}

// Runs `work` at once; calls that come while it runs lead to one more run, not many.
export function oneAtATime(work) {
  let running = false;
  let again = false;
  return async function run() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      do {
        again = false;
        await work();
      } while (again);
    } finally {
      running = false;
    }
  };
}

// The page at `address` as a document; null when it cannot be had (signed out, no network).
export async function fetched(address) {
  try {
    const answer = await fetch(address, { headers: { "X-Cairn-Live": "1" }, redirect: "manual" });
    if (answer.type === "opaqueredirect") signedOut();
    if (!answer.ok) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null;
  }
}

// Says something to people who listen to the page rather than look at it.
export function announce(words) {
  const place = document.getElementById("announcer");
  if (place) place.textContent = words;
}

// Puts `fresh` in place of `old` and gives the focus back to the link or button that had it.
export function swap(old, fresh) {
  const held = document.activeElement;
  const href = held && old.contains(held) ? held.getAttribute("href") : null;
  old.replaceWith(document.adoptNode(fresh));
  if (href) {
    const link = [...fresh.querySelectorAll("a")].find((one) => one.getAttribute("href") === href);
    if (link) link.focus({ preventScroll: true });
  }
}
