// Keeps the pages below one address in the phone or tablet, so that they open without a network: a facility's, a survey
// team's. Its scope is where it lies: it sees no other page. Names are among what is kept: nothing is kept longer than
// {{ hours }} hours after the town was last reached, and all of it goes at once when the link has run out, at sign-out,
// or by the button on the page. The page asks for it by web/keep.js.
"use strict";
const SCOPE = new URL("./", location.href).pathname;
const PAGES = `{{ kind }} ${SCOPE}`, FILES = `{{ kind }}-files {{ fingerprint }}`, LONGEST = {{ hours }} * 3600000, PATIENCE = 6000;
const OURS = [{% for file in files %}"{% static file %}"{% if not forloop.last %}, {% endif %}{% endfor %}];
const STAMP = "x-kept-at";

const forget = () => caches.delete(PAGES);
const stale = (answer) => Date.now() - Number(answer.headers.get(STAMP)) > LONGEST;
const sweep = async () => {
  const cache = await caches.open(PAGES);
  for (const request of await cache.keys()) {
    const answer = await cache.match(request);
    if (answer && stale(answer)) await cache.delete(request);
  }
};
const put = async (address, answer) => {
  const headers = new Headers(answer.headers);
  headers.set(STAMP, String(Date.now()));
  headers.delete("set-cookie");
  await (await caches.open(PAGES)).put(address, new Response(await answer.blob(), { status: 200, headers }));
};

// the town first; what is kept only where it cannot be reached
const ask = async (address, patience) => {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(patience), redirect: "manual", cache: "no-store" });
    if (answer.ok) await put(address, answer.clone());
    // the link has run out, the role was taken away, or nobody is signed in: nothing stays
    else if ([401, 403, 404].includes(answer.status) || answer.type === "opaqueredirect") await forget();
    return answer;
  } catch (error) {
    const cache = await caches.open(PAGES), whole = new URL(address);
    if (!whole.searchParams.has("part")) whole.search = ""; // of a page that is asked for in one phase, the page: its list follows
    const kept = await cache.match(address) || await cache.match(whole.href);
    if (kept && !stale(kept)) return kept;
    await sweep();
    throw error;
  }
};

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(FILES).then((cache) => cache.addAll(OURS)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((n) => n.startsWith("{{ kind }}-files ") && n !== FILES).map((n) => caches.delete(n))))
    .then(sweep).then(() => self.clients.claim()));
});
self.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (OURS.includes(url.pathname + url.search)) {
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  } else if (url.pathname.startsWith(SCOPE) && !/\.(js|webmanifest)$/.test(url.pathname)) {
    event.respondWith(ask(request.url, PATIENCE).catch(() => request.mode !== "navigate" ? Response.error() : new Response(
      "<!doctype html><html lang=ja><meta charset=utf-8><meta name=viewport content='width=device-width'><title>つながりません</title>" +
      "<h1>つながりません</h1><p>{{ kept_ja|escapejs }}<p lang=en>{{ kept_en|escapejs }}",
      { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } })));
  }
});
self.addEventListener("message", (event) => {
  const { keep, wipe } = event.data;
  const reply = (told) => event.ports[0]?.postMessage(told);
  if (wipe) event.waitUntil(forget().then(() => reply("wiped")));
  if (keep) {
    event.waitUntil((async () => {
      reply("heard");
      for (const address of keep) {
        try { await ask(new URL(address, self.registration.scope).href, 15000); } catch { return reply("later"); }
      }
      reply("kept");
    })());
  }
});
