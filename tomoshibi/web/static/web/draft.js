// Nothing typed is lost: a form marked data-draft is kept in the browser until its fact is recorded, and a send that
// fails is tried again. The fact's id travels in the form, so that trying again records it once.
"use strict";
(() => {
  const english = document.documentElement.lang === "en";
  const say = (ja, en) => (english ? en : ja);
  const world = document.body.dataset.prefix || "real";
  const waits = [1, 2, 4, 8, 15, 30];
  const keyOf = (form) => `draft:${world}:${form.dataset.draft}`;
  const filled = (form) => [...form.elements].filter((e) => e.name && !["hidden", "submit", "button", "file"].includes(e.type));
  const store = {
    get(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* full or forbidden: work goes on */ } },
    drop(key) { try { localStorage.removeItem(key); } catch { /* as above */ } },
  };
  const isSwitch = (e) => e.type === "checkbox" || e.type === "radio";
  // a form that was refused shows what was sent, which is not recorded: what it showed before that is kept here
  const before = new WeakMap();
  const placeOf = (e) => `${e.name}#${filled(e.form).filter((o) => o.name === e.name).indexOf(e)}`;
  const shownOf = (e) => before.get(e.form)?.get(placeOf(e)) ?? (isSwitch(e) ? e.defaultChecked : e.tagName === "SELECT"
    ? ([...e.options].find((o) => o.defaultSelected) || e.options[0] || {}).value ?? "" : e.defaultValue);
  const now = (e) => (isSwitch(e) ? e.checked : e.value);

  function keep(form) {
    const touched = filled(form).filter((e) => now(e) !== shownOf(e)).map((e) => [e.name, isSwitch(e) ? e.value : null, now(e)]);
    if (touched.length) store.set(keyOf(form), { id: form.elements.id.value, at: Date.now(), touched });
    else store.drop(keyOf(form));
  }

  function restore(form) {
    const draft = store.get(keyOf(form));
    if (!draft || form.querySelector(".said.error")) return;
    form.elements.id.value = draft.id;
    for (const [name, value, to] of draft.touched) {
      for (const e of filled(form)) if (e.name === name && (value === null || e.value === value)) {
        if (isSwitch(e)) e.checked = to; else e.value = to;
      }
    }
    const note = document.createElement("p");
    note.className = "draft";
    note.textContent = say("まだ記録していない下書きを戻しました。", "A draft that is not recorded yet was put back. ");
    const drop = document.createElement("button");
    drop.type = "button";
    drop.textContent = say("下書きを捨てる", "Discard it");
    drop.addEventListener("click", () => { store.drop(keyOf(form)); location.reload(); });
    note.append(" ", drop);
    form.prepend(note);
  }

  async function send(form) {
    const body = form.enctype === "multipart/form-data" ? new FormData(form) : new URLSearchParams(new FormData(form));
    const line = form.querySelector(".sending");
    const button = form.querySelector("button.main");
    button.disabled = true;
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Draft": "1" }, credentials: "same-origin", signal: AbortSignal.timeout(20000) });
        if (answer.redirected && new URL(answer.url).pathname.endsWith("/accounts/login/")) {
          location.assign(answer.url); // the session has ended: the draft waits
          return;
        }
        const recorded = (answer.headers.get("Content-Type") || "").startsWith("application/json") && answer.ok;
        if (recorded || answer.redirected) {
          store.drop(keyOf(form));
          location.assign(recorded ? (await answer.json()).next : answer.url);
          return;
        }
        if (answer.status < 500) {
          const page = new DOMParser().parseFromString(await answer.text(), "text/html");
          const fresh = page.querySelector(`form[data-draft="${CSS.escape(form.dataset.draft)}"]`)
            || page.querySelector(`form[action="${CSS.escape(new URL(form.action).pathname)}"]`) || page.querySelector("form.fact");
          const refused = page.querySelector("main .said.error");
          if (fresh) {
            for (const chosen of form.querySelectorAll("input[type=file]")) {
              const again = fresh.elements[chosen.name];
              if (again) again.files = chosen.files; // the server cannot send them back
            }
            if (refused && !fresh.contains(refused)) fresh.prepend(refused); // only the form is taken over
            before.set(fresh, new Map(filled(form).map((e) => [placeOf(e), shownOf(e)])));
            form.replaceWith(fresh);
            watch(fresh);
            keep(fresh);
            (fresh.querySelector("[aria-invalid], .said.error") || fresh).scrollIntoView({ block: "center" });
            const wrong = fresh.querySelector("[aria-invalid]");
            if (wrong) wrong.focus();
          } else {
            line.hidden = false;
            line.textContent = (refused || page.querySelector("main h1"))?.textContent || say("記録できません。", "It cannot be recorded.");
            button.disabled = false;
          }
          return;
        }
        throw new Error(String(answer.status));
      } catch {
        const wait = waits[Math.min(attempt, waits.length - 1)];
        line.hidden = false;
        line.textContent = say(`未送信: まだ記録できていません。内容はこの端末に残っています。${wait}秒後にもう一度送ります。`,
          `Not sent yet. What you typed is kept on this device. Trying again in ${wait} s.`);
        await new Promise((done) => setTimeout(done, wait * 1000));
        line.textContent = say("送っています…", "Sending…");
      }
    }
  }

  function watch(form) {
    form.addEventListener("input", () => keep(form));
    form.addEventListener("change", () => keep(form));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!form.querySelector("button.main").disabled) { keep(form); send(form); }
    });
  }

  const start = (root) => {
    for (const form of root.querySelectorAll("form[data-draft]:not([data-watched])")) {
      form.dataset.watched = "1";
      restore(form);
      watch(form);
    }
  };
  start(document);
  document.addEventListener("htmx:load", (event) => start(event.target));
})();
