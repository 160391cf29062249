// Teams on the phone: who holds it is remembered here and said with every tap, and whose items a sheet shows first.
(() => {
  "use strict";
  const person = document.getElementById("person");
  if (person) {
    person.value ||= taps.who().name;
    person.addEventListener("change", () => taps.who({ name: person.value.trim() }));
    taps.ontap.push((data) => {
      const { teams } = taps.who(), joined = data.get("join"), [left, ...name] = (data.get("leave") ?? "").split(" ");
      if (joined) taps.who({ name: data.get("person").trim(), teams: [...new Set([...teams, joined])] });
      else if (left && name.join(" ") === taps.who().name) taps.who({ teams: teams.filter((team) => team !== left) });
    });
    taps.onshow.push((waiting) => {
      for (const old of document.querySelectorAll(".member.unsent")) old.remove();
      for (const tap of waiting) {
        const data = new URLSearchParams(tap.body), list = document.querySelector(`#team-${CSS.escape(data.get("join") ?? "")} ul`);
        if (list) {
          const made = document.createElement("li");
          made.className = "member unsent waiting";
          made.dataset.waiting = taps.sync.dataset.unsent;
          made.textContent = data.get("person");
          list.append(made);
        }
        const leaving = data.get("leave") && document.querySelector(`button[value="${CSS.escape(data.get("leave"))}"]`)?.closest("li");
        if (leaving) { leaving.classList.add("waiting"); leaving.dataset.waiting = taps.sync.dataset.unsent; }
      }
    });
  }
  // a sheet begins with the items of the teams that this phone's holder is in
  const boxes = [...document.querySelectorAll("[data-team-box]")];
  const asked = boxes.filter((box) => `#${box.value}` === location.hash);
  for (const box of boxes) box.checked = asked.length ? asked.includes(box) : taps.who().teams.includes(box.value);
})();
