// One live stream a page, and none for a page that nobody looks at: a browser allows six connections to a server, and
// people leave tabs open. Whoever comes back to a tab is told what it missed. htmx's extension gets this in place of EventSource.
"use strict";
(() => {
  const GRACE = 10000;
  const streams = new Set();

  class Live {
    constructor(url) {
      this.url = url;
      this.last = "";
      this.names = new Map();
      this.onopen = this.onerror = null;
      streams.add(this);
      if (!document.hidden) this.open();
    }

    get readyState() { return this.real ? this.real.readyState : this.closed ? EventSource.CLOSED : EventSource.CONNECTING; }

    open() {
      if (this.real || this.closed) return;
      const address = new URL(this.url, location.href);
      if (this.last) address.searchParams.set("after", this.last);
      const real = this.real = new EventSource(address);
      real.onopen = (event) => this.onopen?.(event);
      real.onerror = (event) => { if (this.real === real) this.onerror?.(event); };
      for (const name of this.names.keys()) this.listen(name);
    }

    listen(name) {
      this.real.addEventListener(name, (event) => {
        this.last = event.lastEventId || this.last;
        for (const told of [...this.names.get(name)]) told(event);
      });
    }

    pause() {
      this.real?.close();
      this.real = null;
    }

    addEventListener(name, told) {
      if (!this.names.has(name)) {
        this.names.set(name, new Set());
        if (this.real) this.listen(name);
      }
      this.names.get(name).add(told);
    }

    removeEventListener(name, told) { this.names.get(name)?.delete(told); }

    close() {
      this.closed = true;
      this.pause();
      streams.delete(this);
    }
  }

  let leaving;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(leaving);
    if (document.hidden) leaving = setTimeout(() => streams.forEach((s) => s.pause()), GRACE);
    else streams.forEach((s) => s.open());
  });
  htmx.createEventSource = (url) => new Live(url);
})();
