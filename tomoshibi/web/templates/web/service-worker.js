// A page that cannot be reached says so, instead of the browser's dinosaur. Records are never kept here: what is on the
// screen stays, drafts are in draft.js, and everything else is asked from the server.
"use strict";
const CACHE = "shell-{{ fingerprint }}";
const OFFLINE = "{% url 'offline' %}";
const FILES = [OFFLINE, "{% static 'web/shell.css' %}", "{% static 'web/offline.js' %}", "{% static 'web/lamp.svg' %}"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((name) => name.startsWith("shell-") && name !== CACHE).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  // what keeper.js holds for whoever is signed in goes at sign-out; what a signed link brought stays
  if (request.method === "POST" && new URL(request.url).pathname.endsWith("/accounts/logout/")) {
    event.waitUntil(caches.keys().then((names) => Promise.all(
      names.filter((name) => /^(facility .*\/facilities|field .*\/relief\/field)\//.test(name)).map((name) => caches.delete(name)))));
    return;
  }
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
  else if (FILES.includes(new URL(request.url).pathname + new URL(request.url).search)) {
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  }
});
