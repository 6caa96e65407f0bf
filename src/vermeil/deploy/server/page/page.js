// The page's whole script. Whatever comes from a text, a model or the server is only ever put in as textContent.
"use strict";

const at = (id) => document.getElementById(id);
const PAUSE = 600; // milliseconds after the last key
let labels = [];
let asked = null; // the request under way
let shown = null; // the text whose names or classes are shown

function made(tag, text, className = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  return element;
}

const percent = (score) => (score === null ? "" : `${Math.round(100 * score)} %`);
const tint = (label) => `t${Math.max(0, labels.indexOf(label)) % 8}`;

function say(text, bad = false) {
  at("status").textContent = text;
  at("status").className = bad ? "bad" : "";
}

function marked(span) {
  const mark = made("mark", span.text, tint(span.label));
  const note = made("bdi", `${span.label} ${percent(span.score)}`.trim(), "label");
  mark.append(" ", note);
  return mark;
}

function row(span) {
  const line = document.createElement("tr");
  const name = document.createElement("td");
  name.append(made("bdi", span.text));
  line.append(name, made("td", span.label), made("td", percent(span.score)), made("td", `${span.start}–${span.end}`));
  return line;
}

function showSpans(text, spans) {
  const characters = Array.from(text); // spans count code points, JavaScript's strings do not
  const parts = [];
  let end = 0;
  for (const span of spans) {
    parts.push(characters.slice(end, span.start).join(""), marked(span));
    end = span.end;
  }
  parts.push(characters.slice(end).join(""));
  at("marked").replaceChildren(...parts);
  at("rows").replaceChildren(...spans.map(row));
  at("names").hidden = spans.length === 0;
}

function bar({ label, score }) {
  const line = document.createElement("li");
  const meter = document.createElement("meter");
  meter.value = score ?? 1;
  meter.setAttribute("aria-label", `how sure it is of ${label}`);
  line.append(made("mark", label, tint(label)), " ", meter, " ", made("span", percent(score)));
  return line;
}

function showClasses(text, classes) {
  at("classes").replaceChildren(...classes.map(bar));
  at("classes").hidden = classes.length === 0;
}

const sayClasses = (classes) =>
  classes.length === 0 ? "It is in no class." : `It is in: ${classes.map((each) => `${each.label} ${percent(each.score)}`.trim()).join(", ")}.`;

// how a model's labels are shown, by the key that they have in a result
const VIEWS = { spans: { show: showSpans, say: saySpans }, classes: { show: showClasses, say: sayClasses } };

function show(text, result) {
  const [[key, found]] = Object.entries(result);
  VIEWS[key].show(text, found);
  at("found").hidden = false;
  shown = text;
  say(VIEWS[key].say(found));
}

function saySpans(spans) {
  if (spans.length === 0) return "No names found.";
  const counts = new Map();
  for (const span of spans) counts.set(span.label, (counts.get(span.label) ?? 0) + 1);
  const each = [...counts].map(([label, count]) => `${count} ${label}`).join(", ");
  return `${spans.length} ${spans.length === 1 ? "name" : "names"} found: ${each}.`;
}

async function answer(response) {
  const content = await response.json().catch(() => ({ error: `the server answered ${response.status}` }));
  if (!response.ok) throw new Error(content.error);
  return content;
}

async function find() {
  const text = at("text").value;
  asked?.abort();
  if (text === shown && !at("status").className) return;
  if (!text.trim()) {
    at("found").hidden = true;
    shown = null;
    say("");
    return;
  }
  const mine = (asked = new AbortController());
  try {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch("/predict", { method: "POST", headers, body: JSON.stringify({ text }), signal: mine.signal });
    const [result] = (await answer(response)).results;
    show(text, result);
  } catch (error) {
    if (mine.signal.aborted) return;
    at("found").hidden = true;
    shown = null;
    say(error instanceof TypeError ? "The server cannot be reached; is it still running?" : error.message, true);
  }
}

function sortTexts() {
  at("does").textContent = "sorts texts into";
  document.querySelector("button").textContent = "Find the class";
  at("found-title").textContent = "Class of the text";
  at("marked").hidden = at("names").hidden = true;
}

async function introduce() {
  try {
    const health = await answer(await fetch("/health"));
    labels = health.labels;
    if (health.kind !== "spans") sortTexts();
    at("model").textContent = health.model || "in memory";
    document.title = health.model ? `${health.model} · vermeil` : "vermeil";
    at("labels").replaceChildren(...labels.flatMap((label) => [made("mark", label, tint(label)), " "]));
  } catch (error) {
    say(error.message, true);
  }
}

let timer;
at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(timer);
  find();
});
at("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) at("form").requestSubmit();
});
at("text").addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(find, PAUSE);
});
introduce();
