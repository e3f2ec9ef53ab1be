"use strict";

const part = (id) => document.getElementById(id);
const headers = () => {
  const key = part("key").value;
  return { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) };
};
const way = () => document.querySelector("input[name=way]:checked").value;
let asking = null;

/* Students: the list is asked for anew whenever it is opened, since it may change. */
async function listStudents() {
  const response = await fetch("v1/models", { headers: headers() });
  part("key-field").hidden = response.ok && !part("key").value;
  if (!response.ok) {
    part("about").textContent = await reason(response);
    return;
  }
  const { data } = await response.json();
  const select = part("model");
  const chosen = select.value;
  select.replaceChildren(...data.map((card) => new Option(card.id, card.id)));
  if (data.some((card) => card.id === chosen)) select.value = chosen;
  describe(data);
  select.onchange = () => describe(data);
}

function describe(cards) {
  const card = cards.find(({ id }) => id === part("model").value);
  part("about").textContent = card
    ? `${card.version}: ${card.method} on ${card.parent}, format ${card.format}`
    : "There is no student here.";
}

async function reason(response) {
  try {
    return (await response.json()).error.message;
  } catch {
    return `The server answered with status ${response.status}.`;
  }
}

/* One question: a card that grows. All that a model wrote is put in as text. */
function newCard(question) {
  const card = part("card").content.cloneNode(true).firstElementChild;
  const find = (name) => card.querySelector(name);
  find(".asked").textContent = question;
  card.classList.add("busy");
  part("answers").prepend(card);
  const show = (name, text) => {
    find(name).hidden = false;
    find(name).textContent = text;
  };
  return {
    steps(texts) {
      const list = find(".steps");
      texts.forEach((text, at) => {
        const item = list.children[at] ?? list.appendChild(document.createElement("li"));
        if (item.textContent !== text) item.textContent = text;
      });
      while (list.children.length > texts.length) list.lastChild.remove();
    },
    answer(text) {
      find(".answer").hidden = false;
      find(".answer output").textContent = text;
    },
    votes(counts) {
      const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
      const ranked = Object.entries(counts).sort((a, b) => b[1] - a[1]);
      find(".votes").hidden = !ranked.length;
      find(".votes").replaceChildren(...ranked.map(([text, n]) => row(text, n, total)));
    },
    facts: (text) => show(".facts", text),
    trouble: (text) => show(".trouble", text),
    done: () => card.classList.remove("busy"),
  };
}

function row(text, n, total) {
  const item = document.createElement("li");
  const meter = document.createElement("meter");
  meter.max = total;
  meter.value = n;
  meter.setAttribute("aria-label", `${n} of ${total} samples`);
  const [name, count] = [text, String(n)].map((said) => {
    const span = document.createElement("span");
    span.textContent = said;
    return span;
  });
  item.append(name, meter, count);
  return item;
}

function body(question) {
  const asked = {
    model: part("model").value,
    messages: [{ role: "user", content: question }],
    steps: true,
  };
  const temperature = part("temperature").valueAsNumber;
  const max_tokens = part("tokens").valueAsNumber;
  if (way() === "vote") {
    const samples = part("samples").valueAsNumber;
    return { ...asked, strategy: { kind: "self-consistency", samples, temperature, max_tokens } };
  }
  const stream = { stream: true, stream_options: { include_usage: true } };
  return { ...asked, ...stream, max_tokens, temperature: way() === "sample" ? temperature : 0 };
}

async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const found = (rest + value).split("\n\n");
    rest = found.pop();
    for (const event of found) {
      const data = event.slice("data: ".length);
      if (data !== "[DONE]") yield JSON.parse(data);
    }
  }
}

async function whole(response, card) {
  const told = await response.json();
  const { message, finish_reason: finish } = told.choices[0];
  card.steps(message.steps);
  if (message.content) card.answer(message.content);
  card.votes(told.strategy.votes);
  return { usage: told.usage, version: told.system_fingerprint, finish };
}

async function streamed(response, card) {
  const seen = { usage: null, version: "", finish: null };
  let content = "";
  for await (const chunk of events(response)) {
    if (chunk.error) throw new Error(chunk.error.message);
    seen.usage = chunk.usage ?? seen.usage;
    seen.version = chunk.system_fingerprint;
    for (const { delta, finish_reason: finish } of chunk.choices) {
      if (delta.steps) card.steps(delta.steps);
      if (delta.content) card.answer((content += delta.content));
      seen.finish = finish ?? seen.finish;
    }
  }
  return seen;
}

function told({ usage, version, finish }, seconds) {
  const speed = usage ? ` · ${(usage.completion_tokens / seconds).toFixed(0)} tokens/s` : "";
  const tokens = usage ? ` · ${usage.completion_tokens} tokens` : "";
  const cut = finish === "length" ? " · cut off: it may take more tokens than allowed" : "";
  return `${version}${tokens} · ${seconds.toFixed(2)} s${speed}${cut}`;
}

async function ask(question) {
  const card = newCard(question);
  const began = performance.now();
  asking = new AbortController();
  part("ask").disabled = true;
  part("stop").hidden = false;
  try {
    const response = await fetch("v1/chat/completions", {
      method: "POST", headers: headers(), body: JSON.stringify(body(question)), signal: asking.signal,
    });
    if (response.status === 401) part("key-field").hidden = false;
    if (!response.ok) throw new Error(await reason(response));
    const seen = await (way() === "vote" ? whole : streamed)(response, card);
    card.facts(told(seen, (performance.now() - began) / 1000));
  } catch (error) {
    card.trouble(error.name === "AbortError" ? "Stopped." : error.message);
  } finally {
    card.done();
    asking = null;
    part("ask").disabled = false;
    part("stop").hidden = true;
  }
}

function showFields() {
  part("temperature-field").hidden = way() === "greedy";
  part("samples-field").hidden = way() !== "vote";
}

part("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!asking) ask(part("question").value);
});
part("question").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) part("form").requestSubmit();
});
part("stop").addEventListener("click", () => asking?.abort());
part("ways").addEventListener("change", showFields);
part("model").addEventListener("focus", listStudents);
part("key").addEventListener("change", listStudents);
showFields();
listStudents();
