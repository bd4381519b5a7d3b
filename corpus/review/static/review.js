// One row at a time. What comes from the corpus is set as text and never as HTML.
"use strict";

const token = location.pathname.split("/")[1];
const at = (id) => document.getElementById(id);
const ABOUT = {
  accurate: ["Accurate", "What it says is true."],
  helpful: ["Helpful", "It answers what was asked."],
  idiomatic: ["Idiomatic", "As one who knows the language writes."],
  complete: ["Complete", "Nothing is missing that belongs in it."],
};
const SAID = new Map([[null, ["mixed", "–", "not said"]], [true, ["true", "yes", "yes"]], [false, ["false", "no", "no"]]]);
const AFTER = new Map([[null, true], [true, false], [false, null]]);

let state = null; // of the sample: rows, next, progress
let row = null; // that is shown, or null at the end
let busy = false;
let spent = 0; // milliseconds that the row was looked at before it was hidden
let since = null;
const drafts = new Map(); // what was typed on rows that have no verdict yet, by id

function node(tag, properties = {}, children = []) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const spans = (runs) => runs.map(([kind, text]) => (kind ? node("span", { className: kind, textContent: text }) : text));

async function ask(path, body) {
  const init = { headers: { "x-review-token": token }, credentials: "omit", cache: "no-store" };
  if (body !== undefined) {
    init.method = "POST";
    init.headers["content-type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(`api/${path}`, init);
  } catch {
    throw new Error("Nobody answers: `corpus review` was stopped. What you have judged is saved; start it again to go on.");
  }
  const text = await answer.text();
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    throw new Error(text || `The page answered ${answer.status}.`);
  }
  if (!answer.ok) throw Object.assign(new Error(found.error), { status: answer.status });
  return found;
}

function complain(error) {
  at("problem").textContent = error ? error.message : "";
  at("problem").hidden = !error;
}

// Do one thing at a time: a key that is held down is one key.
async function once(work) {
  if (busy) return;
  busy = true;
  try {
    complain(null);
    await work();
  } catch (error) {
    complain(error);
    if (error.status === 409 && row) await show(row.index).catch(complain); // said in another window
  } finally {
    busy = false;
  }
}

// ── looking at a row

async function show(index, words = "") {
  keep();
  row = await ask(`rows/${index}`);
  const draft = row.said ?? drafts.get(row.id);
  at("finish").hidden = true;
  for (const id of ["row", "around-part", "form", "reveal"]) at(id).hidden = false;
  at("title").textContent = row.title;
  at("place").textContent = row.place;
  at("commit").textContent = row.commit ? `@ ${row.commit}` : "";
  at("facts").replaceChildren(...row.facts.map((fact) => node("li", { textContent: fact })));
  at("parts").replaceChildren(...row.parts.map(part));
  for (const name of state.criteria) answer(name, draft?.[name] ?? null);
  at("note").value = draft?.note ?? "";
  at("correction").value = draft?.correction ?? row.answer ?? "";
  at("edit").hidden = draft?.correction == null;
  window.scrollTo(0, 0);
  settle();
  spent = 0;
  since = document.visibilityState === "visible" ? performance.now() : null;
  at("title").focus({ preventScroll: true });
  tell(`${words} Row ${row.index + 1} of ${state.rows}.`);
  around(row.index);
}

function part({ label, blocks, replaced, more }) {
  const inner = blocks.map(({ code, runs }) =>
    code ? node("pre", {}, spans(runs)) : node("div", { className: "prose", dir: "auto" }, spans(runs)));
  if (!inner.length) inner.push(node("p", { className: "muted", textContent: "Empty." }));
  const told = [];
  if (replaced) told.push(`${replaced} characters that could deceive a reader are shown as \uFFFD.`);
  if (more) told.push(`${more} more characters are not shown; the answer cannot be edited here.`);
  if (told.length) inner.push(node("p", { className: "told", textContent: told.join(" ") }));
  return node("section", { className: label === "Answer" ? "part answer" : "part" },
    [node("h2", { textContent: label }), node("div", { className: "sheet" }, inner)]);
}

async function around(index) {
  at("around").hidden = true;
  at("around-why").textContent = "Reading the source …";
  at("around-part").setAttribute("aria-busy", "true");
  let found;
  try {
    found = await ask(`rows/${index}/context`);
  } catch (error) {
    found = { lines: [], why: error.message };
  }
  if (row?.index !== index) return; // another row is shown by now
  at("around-why").textContent = found.why;
  at("around").replaceChildren(...found.lines.map(({ number, inside, runs }) =>
    node("div", { className: inside ? "inside" : "" }, [node("span", { textContent: number }), node("span", {}, spans(runs))])));
  at("around").hidden = !found.lines.length;
  at("around-part").setAttribute("aria-busy", "false");
}

// The panel, as what was said of the row has it.
function settle() {
  const status = row.said?.status ?? "open";
  const done = status !== "open";
  at("fields").disabled = done;
  at("correction").disabled = at("restore").disabled = done;
  at("edit-button").disabled = row.answer === null;
  if (done && row.said.correction === null) at("edit").hidden = true; // nothing was corrected after all
  for (const name of ["good", "bad"]) {
    at(name).setAttribute("aria-pressed", String(row.said?.verdict === name));
    at(name).disabled = done;
    at(name).hidden = done && row.said.verdict !== name;
  }
  at("skip").disabled = done;
  at("skip").hidden = status === "judged";
  at("next").hidden = !done;
  at("next").firstChild.data = state.next === null ? "Finish " : "Next row ";
  at("previous").disabled = row.index === 0;
  at("following").disabled = row.index + 1 >= state.rows;
  reveal(row.reveal);
  measure();
}

function reveal(found) {
  // The names stand there from the beginning, so that nothing moves when the numbers come.
  const rows = found ? [["quality", found.quality], ...found.signals] : ["quality", ...state.signals].map((name) => [name, null]);
  at("reveal-told").textContent = found ? "What the library had computed." : "Shown once you have said what you think.";
  at("signals").dataset.shown = String(Boolean(found));
  const words = (value) => (value !== null ? value.toFixed(2) : found ? "none" : "–");
  at("signal-rows").replaceChildren(...rows.map(([name, value]) => line(name.replaceAll("_", " "), value, words(value))));
}

function measure() {
  const { rows, done, judged, skipped, categories } = state.progress;
  at("reviewer").textContent = `· ${state.reviewer}`;
  at("count").textContent = `${done} of ${rows}`;
  at("fill").style.width = `${(100 * done) / rows}%`;
  at("track").setAttribute("aria-valuemax", rows);
  at("track").setAttribute("aria-valuenow", done);
  at("undo").disabled = done === 0;
  at("finish-count").textContent = `${judged} judged, ${skipped} skipped.`;
  at("categories").replaceChildren(...categories.map((one) => line(one.category, one.done / one.rows, `${one.done} of ${one.rows}`)));
  document.title = `Review: ${done} of ${rows}`;
}

function line(name, share, text) {
  const fill = node("div");
  fill.style.width = `${100 * (share ?? 0)}%`;
  return node("tr", {}, [
    node("th", { scope: "row", textContent: name }),
    node("td", { className: "bar" }, share === null ? [] : [node("div", {}, [fill])]),
    node("td", { textContent: text }),
  ]);
}

function tell(words) {
  at("status").textContent = words.trim();
}

function finish() {
  keep();
  row = null;
  for (const id of ["row", "around-part", "form", "reveal"]) at(id).hidden = true;
  at("finish").hidden = false;
  measure();
  at("finish-title").focus({ preventScroll: true });
  tell("Every row has been seen.");
}

// ── saying something

function answers() {
  return Object.fromEntries(state.criteria.map((name) => [name, at(name).answer]));
}

function answer(name, value) {
  const [checked, shown] = SAID.get(value);
  at(name).answer = value;
  at(name).setAttribute("aria-checked", checked);
  at(name).querySelector(".say").textContent = shown;
}

function corrected() {
  return row.answer !== null && !at("edit").hidden && at("correction").value !== row.answer.replaceAll("\r\n", "\n") ? at("correction").value : null;
}

// What is typed on a row without a verdict stays while this page is open.
function keep() {
  if (row && (row.said?.status ?? "open") === "open") {
    drafts.set(row.id, { ...answers(), note: at("note").value, correction: corrected() });
    if (row.said) row.said = null;
  }
}

const seconds = () => (spent + (since === null ? 0 : performance.now() - since)) / 1000;

const open = () => row && (row.said?.status ?? "open") === "open";

const judge = (verdict) => once(async () => {
  if (!open()) return;
  const found = await ask("verdict", { id: row.id, verdict, criteria: answers(), note: at("note").value, correction: corrected(), seconds: seconds() });
  drafts.delete(row.id);
  take(found);
  row.said = found.said;
  row.reveal = found.reveal;
  settle();
  at("next").focus({ preventScroll: true });
  tell(`Saved: ${verdict}. Quality ${found.reveal.quality === null ? "unknown" : found.reveal.quality.toFixed(2)}.`);
});

const skip = () => once(async () => {
  if (!open()) return;
  const found = await ask("skip", { id: row.id, seconds: seconds() });
  drafts.delete(row.id);
  take(found);
  row.said = found.said;
  await go("Skipped.");
});

const undo = () => once(async () => {
  const found = await ask("undo", {});
  if (found.index === null) {
    tell("There is nothing to take back.");
    return;
  }
  take(found);
  await show(found.index, "Taken back.");
});

function take(found) {
  state = { ...state, next: found.next, progress: found.progress };
}

async function go(words = "") {
  if (state.next === null) finish();
  else await show(state.next, words);
}

const next = () => once(async () => {
  if (row && open()) return;
  await go();
});

const move = (by) => once(async () => {
  const index = row === null ? state.rows - 1 : row.index + by;
  if (index >= 0 && index < state.rows) await show(index);
});

function toggle(number) {
  const name = state.criteria[number];
  if (!open()) return;
  answer(name, AFTER.get(at(name).answer));
  tell(`${ABOUT[name][0]}: ${SAID.get(at(name).answer)[2]}.`);
}

function edit() {
  if (!open() || row.answer === null) return;
  at("edit").hidden = false;
  at("correction").focus();
}

function restore() {
  at("correction").value = row.answer;
  at("edit").hidden = true;
  at("edit-button").focus();
}

function note() {
  if (open()) at("note").focus();
}

function help() {
  at("help").showModal();
}

// ── keys

const KEYS = {
  g: () => judge("good"), b: () => judge("bad"), s: skip, u: undo, n: note, e: edit, "?": help,
  1: () => toggle(0), 2: () => toggle(1), 3: () => toggle(2), 4: () => toggle(3),
  ArrowLeft: () => move(-1), ArrowRight: () => move(1), Enter: next,
};

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || at("help").open) return;
  const typing = event.target.matches("textarea, input");
  if (event.key === "Escape" && typing) {
    at("title").focus({ preventScroll: true });
    return;
  }
  if (typing || !at("keys").checked) return;
  if (event.key === "Enter" && event.target.matches("button, a")) return; // it presses what is focused
  const action = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!action || event.repeat) return;
  event.preventDefault();
  action();
}

function watch() {
  if (document.visibilityState === "visible") since ??= performance.now();
  else if (since !== null) {
    spent += performance.now() - since;
    since = null;
  }
}

function begin() {
  at("criteria").append(...state.criteria.map((name, index) => {
    const [title, about] = ABOUT[name];
    const made = node("button", { type: "button", id: name, className: "criterion", role: "checkbox", "aria-keyshortcuts": index + 1 }, [
      node("b", {}, [`${title} `, node("kbd", { textContent: index + 1, "aria-hidden": "true" })]),
      node("small", { textContent: about }),
      node("span", { className: "say", "aria-hidden": "true" }),
    ]);
    made.addEventListener("click", () => toggle(index));
    return made;
  }));
  const clicks = { good: () => judge("good"), bad: () => judge("bad"), skip, undo, next, restore, "edit-button": edit, "help-button": help, "finish-undo": undo,
    previous: () => move(-1), following: () => move(1), "help-close": () => at("help").close() };
  for (const [id, action] of Object.entries(clicks)) at(id).addEventListener("click", action);
  at("form").addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", pressed);
  document.addEventListener("visibilitychange", watch);
}

once(async () => {
  state = await ask("state");
  begin();
  await go();
});
