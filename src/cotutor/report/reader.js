"use strict";
// The trace reader: a list of problems, of which only the rows in sight exist, and one problem
// in full. All text of models and problems is set as text, never as markup.
(() => {
  const ROW = 56; // the height of a row of the list, as in the style sheet
  const PARTS = /[^]{1,20000}/gu; // of a long text; the first is shown at once
  const SIGNS = { right: "✓", wrong: "✗", truncated: "✂", unscored: "?" };
  const MARKS = { valid: "✓", invalid: "✗", unreadable: "?", unchecked: "·" };
  const byId = (id) => document.getElementById(id);
  const { arms, tasks, probes, problems } = JSON.parse(byId("reader-data").textContent);
  const keys = [...byId("arm-keys").content.children];
  const list = byId("list"), rows = byId("rows"), query = byId("query");
  const pills = [...document.querySelectorAll(".pills button")];
  const chosen = { task: "", arm: "", probe: "", tag: "", words: "" };
  let fitting = problems;
  let at = 0;

  function make(tag, className, text) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }

  // Which problems fit

  for (const problem of problems) {
    problem.haystack = [problem.id, problem.question, problem.gold]
      .concat(problem.attempts.flatMap(({ answer, pieces }) => [answer, ...pieces.flat()]))
      .join("\n").toLowerCase();
  }

  function isSeen(attempt) {
    return (chosen.arm === "" || attempt.arm === Number(chosen.arm)) &&
      (chosen.probe === "" || attempt.changed.some(([probe]) => probe === Number(chosen.probe)));
  }

  // Says whether an attempt is what a problem was picked for.
  function isWanted(attempt) {
    return (chosen.probe || chosen.tag) && isSeen(attempt) &&
      (!chosen.tag || attempt.tags.includes(chosen.tag));
  }

  function tagsOf(problem) {
    const tags = problem.attempts.filter(isSeen).flatMap((attempt) => attempt.tags);
    return new Set(tags.concat(problem.tags));
  }

  function filter(change) {
    Object.assign(chosen, change);
    const counts = new Map([["", 0]]);
    fitting = problems.filter((problem) => {
      if (chosen.task !== "" && problem.task !== Number(chosen.task)) return false;
      if (chosen.words && !problem.haystack.includes(chosen.words)) return false;
      if (!problem.attempts.some(isSeen)) return false;
      const tags = tagsOf(problem).add("");
      for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
      return tags.has(chosen.tag);
    });
    for (const pill of pills) {
      pill.ariaPressed = String(pill.dataset.tag === chosen.tag);
      pill.lastElementChild.textContent = (counts.get(pill.dataset.tag) ?? 0).toLocaleString("en");
    }
    byId("clear").hidden = Object.values(chosen).every((value) => value === "");
    rows.style.height = `${fitting.length * ROW}px`;
    list.scrollTop = 0;
    show(0);
  }

  // The list

  function row(problem, place) {
    const element = make("div", "row");
    element.id = `row-${place}`;
    element.style.top = `${place * ROW}px`;
    element.role = "option";
    element.ariaSelected = String(place === at);
    element.ariaSetSize = fitting.length;
    element.ariaPosInSet = place + 1;
    element.append(make("span", "ask", problem.question.slice(0, 200)));
    const below = make("span", "below");
    const verdicts = make("span", "verdicts");
    for (const { arm, verdict } of problem.attempts) {
      const sign = make("span", `sign ${verdict}`, SIGNS[verdict]);
      if (chosen.arm !== "" && arm !== Number(chosen.arm)) sign.classList.add("aside");
      sign.title = `${arms[arm].name}: ${verdict}`;
      sign.role = "img";
      sign.ariaLabel = sign.title;
      verdicts.append(sign);
    }
    below.append(make("bdi", "task", tasks[problem.task]), verdicts);
    element.append(below);
    element.addEventListener("click", () => show(place, true));
    return element;
  }

  function draw() {
    const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 4);
    const last = Math.ceil((list.scrollTop + list.clientHeight) / ROW) + 4;
    rows.replaceChildren(...fitting.slice(first, last).map((p, k) => row(p, first + k)));
    list.setAttribute("aria-activedescendant", fitting.length ? `row-${at}` : "");
  }

  function bringIntoSight() {
    const top = at * ROW, bottom = top + ROW;
    if (top < list.scrollTop) list.scrollTop = top;
    if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
  }

  function show(place, isAsked = false) {
    at = Math.max(0, Math.min(place, fitting.length - 1));
    const problem = fitting[at];
    byId("found").textContent = problem
      ? `${(at + 1).toLocaleString("en")} of ${fitting.length.toLocaleString("en")} problems`
      : "No problem fits all of these filters.";
    bringIntoSight();
    draw();
    byId("problem").replaceChildren(...(problem ? inFull(problem) : []));
    if (problem && isAsked) history.replaceState(null, "", link(problem));
  }

  // One problem

  function link(problem) {
    return `#problem=${encodeURIComponent(problem.id)}`;
  }

  function inFull(problem) {
    const question = make("div", "question");
    const where = make("p", "eyebrow");
    const id = make("a", "id", problem.id);
    id.href = link(problem);
    where.append(make("bdi", "", tasks[problem.task]), " · ", id);
    const asked = make("p", "text", problem.question);
    asked.dir = "auto";
    const gold = make("p", "gold", "Gold answer ");
    const answer = make("b");
    answer.append(make("bdi", "", problem.gold));
    gold.append(answer);
    question.append(where, asked, gold);
    const attempts = make("div", "attempts");
    const first = ({ arm }) => (arm === Number(chosen.arm || -1) ? 0 : 1);
    attempts.append(...[...problem.attempts].sort((a, b) => first(a) - first(b)).map(card));
    return [question, attempts];
  }

  function card(attempt) {
    const element = make("section", `attempt ${arms[attempt.arm].style}`);
    element.classList.toggle("fits", Boolean(isWanted(attempt)));
    const who = make("div", "who");
    const verdict = `${SIGNS[attempt.verdict]} ${attempt.verdict}`;
    who.append(keys[attempt.arm].cloneNode(true));
    who.append(make("span", `verdict ${attempt.verdict}`, verdict));
    const text = make("div", "text");
    text.dir = "auto";
    text.tabIndex = 0;
    text.append(...attempt.pieces.map(piece));
    if (attempt.pieces.length === 0) text.append(make("p", "none", "nothing was written"));
    const read = make("p", "read");
    if (attempt.answer === null) read.append("no answer read");
    else {
      const answer = make("b");
      answer.append(make("bdi", "", attempt.answer));
      read.append("answer read: ", answer);
    }
    if (attempt.reason) read.append(" · ", make("bdi", "", attempt.reason));
    element.append(who, text, read);
    if (attempt.changed.length) element.append(changedBy(attempt.changed));
    return element;
  }

  function changedBy(changed) {
    const told = make("p", "read", "answer changed by ");
    changed.forEach(([probe, places, more], n) => {
      told.append(n ? "; " : "", probes[probe], " (");
      places.forEach(([where, answer], k) => {
        const after = make("bdi", "", answer ?? "no answer");
        told.append(k ? ", " : "", where && `${where}: `, after);
      });
      told.append(more ? `, ${more} more)` : ")");
    });
    return told;
  }

  function piece([text, mark, fault]) {
    if (mark === undefined) return said(make("p", "said"), text);
    const step = make("p", `step ${mark}`);
    const sign = make("span", `sign ${mark}`, MARKS[mark]);
    sign.role = "img";
    sign.ariaLabel = `${mark}: `;
    step.append(sign);
    said(step, text);
    if (fault) step.append(make("span", "fault", fault));
    return step;
  }

  function said(element, text) {
    const [first, ...rest] = text.match(PARTS) ?? [""];
    element.append(make("span", "", first));
    if (rest.length) {
      const all = `show all ${text.length.toLocaleString("en")} characters`;
      const more = make("button", "more", all);
      more.type = "button";
      more.addEventListener("click", () =>
        more.replaceWith(...rest.map((part) => make("span", "part", part))));
      element.append(more);
    }
    return element;
  }

  // What a person does

  function onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || byId("help").open) return;
    const isTyping = event.target.closest("input, select, textarea");
    if (event.key === "Escape" && event.target === query) {
      query.value = "";
      filter({ words: "" });
      query.blur();
      return;
    }
    if (isTyping) return;
    const page = Math.floor(list.clientHeight / ROW);
    const inList = event.target === list ? {
      ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page,
      Home: 0, End: fitting.length - 1,
    } : {};
    const place = { j: at + 1, k: at - 1, ...inList }[event.key];
    if (place !== undefined) {
      show(place, true);
      byId("reader").scrollIntoView({ block: "nearest" });
    } else if (event.key === "/") query.focus();
    else if (event.key === "?") byId("help").showModal();
    else return;
    event.preventDefault();
  }

  function follow() {
    const wanted = /^#problem=(.*)$/.exec(location.hash);
    if (!wanted) return;
    const named = problems.findIndex((problem) => link(problem) === location.hash);
    if (named < 0) return;
    if (!fitting.includes(problems[named])) clear();
    show(fitting.indexOf(problems[named]));
    byId("traces").scrollIntoView();
  }

  function clear() {
    for (const control of document.querySelectorAll(".controls select, #query")) control.value = "";
    filter({ task: "", arm: "", probe: "", tag: "", words: "" });
  }

  query.addEventListener("input", () => filter({ words: query.value.toLowerCase() }));
  for (const part of ["task", "arm", "probe"]) {
    const choice = byId(`of-${part}`);
    choice?.addEventListener("change", () => filter({ [part]: choice.value }));
  }
  for (const pill of pills) {
    pill.addEventListener("click", () => filter({ tag: pill.dataset.tag }));
  }
  byId("clear").addEventListener("click", () => {
    clear();
    list.focus();
  });
  byId("open-help").addEventListener("click", () => byId("help").showModal());
  byId("close-help").addEventListener("click", () => byId("help").close());
  list.addEventListener("scroll", draw, { passive: true });
  new ResizeObserver(draw).observe(list);
  document.addEventListener("keydown", onKey);
  window.addEventListener("hashchange", follow);
  filter({});
  follow();
})();
