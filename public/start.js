// What is true from the first paint on, before any Rust runs: light or dark, and that nothing that is given is lost.
//
// The start screen is plain HTML (index.html). The page, Rust in WebAssembly and thirty times as large, is fetched at the
// first sign that it will be needed: files over the window, a hand on the drop zone, a paste, a sample, the key for help.
// What is asked for until it is there waits here, in its order. Files come this way at all times: from the file
// dialogue, a drop, the clipboard, a sample.
(() => {
  "use strict";

  // No Content-Security-Policy covers WebRTC, and nothing here needs it.
  for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection"]) Reflect.deleteProperty(globalThis, name);

  const element = (id) => document.getElementById(id);
  /** Shows or hides an element, if it is there already. */
  function show(id, is) {
    const found = element(id);
    if (found) found.hidden = !is;
  }
  /** The closest element around an event's target that a selector finds. */
  const around = (event, selector) => event.target.closest?.(selector);
  const parsed = new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
  parsed.then(() => performance.mark("strayline:interactive"));

  // ---- Light and dark ----

  const THEME = "strayline.theme";
  const system = matchMedia("(prefers-color-scheme: dark)");
  const systemTheme = () => (system.matches ? "dark" : "light");
  const root = document.documentElement;

  /** Calls a function with the small settings between visits, unless the browser refuses them. */
  function withStorage(use) {
    try {
      return use(localStorage);
    } catch {
      return null;
    }
  }

  /** The theme that was chosen against the system's. */
  let chosen = withStorage((storage) => storage.getItem(THEME));

  function applyTheme() {
    root.dataset.theme = chosen ?? systemTheme();
    dispatchEvent(new Event("strayline:theme"));
  }

  /** Changes between light and dark. Coming back to what the system says means to follow the system again. */
  function toggleTheme() {
    const now = root.dataset.theme === "dark" ? "light" : "dark";
    chosen = now === systemTheme() ? null : now;
    withStorage((storage) => (chosen ? storage.setItem(THEME, chosen) : storage.removeItem(THEME)));
    applyTheme();
  }

  system.addEventListener("change", applyTheme);
  applyTheme();

  // ---- The page ----

  /** What the page has not heard yet. */
  const waiting = [];
  /** The page's ear, once it is there. */
  let hear;
  let loading;
  let failures = 0;

  /** Tells the page, which is fetched for it if need be. */
  function tell(wish, value = null) {
    if (hear) return hear(wish, value);
    waiting.push([wish, value]);
    load();
  }

  /** The page calls this with its ear: it hears what it has missed. */
  function listen(ear) {
    hear = ear;
    // The bottom line is the page's own now.
    root.removeAttribute("data-busy");
    for (const [wish, value] of waiting.splice(0)) hear(wish, value);
  }

  /** A short message in the bottom line. */
  function say(text) {
    const line = element("status");
    if (hear) hear("say", text);
    else if (line) line.textContent = text;
  }

  /** Shows that something was asked for that has to wait for the page. */
  function busy(is) {
    root.toggleAttribute("data-busy", is);
    say(is ? "Loading…" : "");
  }

  /** Fetches and starts the page, once. After a failure it may be called again. */
  function load() {
    if (waiting.length > 0) busy(true);
    loading ??= parsed.then(start).catch((error) => {
      loading = undefined;
      failures += 1;
      excuse(error);
    });
  }

  async function start() {
    show("trouble", false);
    const meta = document.querySelector('meta[name="strayline:page"]');
    const url = (path) => new URL(path, document.baseURI).href;
    const fetched = fetch(url(meta.dataset.wasm)).then((response) => {
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      return response;
    });
    // Some browsers remember that a module could not be had: another address is asked for anew.
    const again = failures > 0 ? `?again=${failures}` : "";
    const [{ default: init }, wasm] = await Promise.all([import(url(meta.content) + again), fetched]);
    await init({ module_or_path: wasm });
  }

  /** Says that the page could not be loaded, and what to do. */
  function excuse(error) {
    const old = error instanceof WebAssembly.CompileError || error instanceof SyntaxError;
    const advice = old
      ? "It needs a browser of mid-2024 or later."
      : "Check the connection and try again; if that does not help, reload this page.";
    const kept = waiting.some(([wish]) => wish === "files") ? " What you gave is kept until then." : "";
    element("trouble").querySelector("span").textContent =
      `Strayline could not be loaded. ${advice}${kept} (${error.message ?? error})`;
    show("trouble", true);
    busy(false);
  }

  /** Files are likely to come: the page, and its workers. */
  function expectFiles() {
    if (hear) return;
    load();
    parsed.then(() => window.strayline.prepareWorkers?.());
  }

  // ---- Files ----

  /** How often files were given. */
  let gifts = 0;

  function give(files) {
    if (files.length === 0) return;
    gifts += 1;
    performance.mark("strayline:drop");
    expectFiles();
    tell("files", files);
  }

  /** Opens the browser's file dialogue. */
  function pick() {
    element("files").click();
  }

  /** Fetches a log that ships with the page. */
  async function openSample(file) {
    const before = gifts;
    expectFiles();
    say(`Fetching ${file}`);
    try {
      // Relative, because the page may be served from any folder.
      const response = await fetch(`samples/${file}`);
      if (!response.ok) throw new Error(response.status);
      const sample = new File([await response.blob()], file);
      // Files that came meanwhile were wanted later than the sample.
      if (gifts === before) give([sample]);
    } catch {
      say(`The sample ${file} could not be fetched`);
    }
  }

  /** Most files that a drop gives: a folder may hold a whole disk. */
  const MOST_FILES = 10_000;

  /** The files of a drop, those in folders too, in the order of their paths. */
  async function droppedFiles(transfer) {
    // Entries can only be had while the event is handled: before anything is awaited.
    const entries = [...transfer.items].filter((item) => item.kind === "file").map((item) => item.webkitGetAsEntry?.());
    if (!entries.some((entry) => entry?.isDirectory)) return [...transfer.files];
    const files = [];
    const unread = entries.filter(Boolean).reverse();
    while (unread.length > 0 && files.length < MOST_FILES) {
      const entry = unread.pop();
      if (entry.isFile) {
        // What can't be had is left out; the others are read.
        await new Promise((resolve) => entry.file((file) => resolve(files.push(file)), resolve));
        continue;
      }
      const reader = entry.createReader();
      const inside = [];
      for (let more = [null]; more.length > 0; inside.push(...more)) {
        more = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
      }
      unread.push(...inside.sort((a, b) => (a.name < b.name ? 1 : -1)));
    }
    return files;
  }

  // ---- What a person does ----

  /** What buttons with `data-ask` do; the page is told of any other name. */
  const asked = { pick, theme: toggleTheme, again: load };

  addEventListener("click", (event) => {
    const button = around(event, "[data-ask], [data-sample]");
    if (!button) return;
    const { ask, sample } = button.dataset;
    if (sample) openSample(sample);
    else if (Object.hasOwn(asked, ask)) asked[ask]();
    else tell(ask);
  });

  addEventListener("change", (event) => {
    if (event.target !== element("files")) return;
    give([...event.target.files]);
    // So that the same file can be picked again.
    event.target.value = "";
  });

  for (const sign of ["pointerdown", "focusin"]) {
    addEventListener(sign, (event) => {
      if (around(event, "#start button")) expectFiles();
    });
  }

  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files") ?? false;
  addEventListener("dragover", (event) => {
    // Without this the browser would open the file in place of the page.
    event.preventDefault();
    if (carriesFiles(event)) show("veil", true);
  });
  addEventListener("dragenter", (event) => {
    if (carriesFiles(event) && event.relatedTarget === null) expectFiles();
  });
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) show("veil", false);
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    show("veil", false);
    if (event.dataTransfer) droppedFiles(event.dataTransfer).then(give);
  });

  const typing = (event) => around(event, "input, textarea, select");
  addEventListener("paste", (event) => {
    if (typing(event) || !event.clipboardData) return;
    const files = [...event.clipboardData.files];
    const text = event.clipboardData.getData("text/plain");
    if (files.length === 0 && text !== "") files.push(new File([text], "pasted.log"));
    event.preventDefault();
    give(files);
  });

  // The page knows every key (src/ui/shortcuts.rs). Until it is there, these two have something to do.
  addEventListener("keydown", (event) => {
    if (hear || event.ctrlKey || event.metaKey || event.altKey || typing(event)) return;
    if (event.key === "t") toggleTheme();
    else if (event.key === "?") tell("help");
    else return;
    event.preventDefault();
  });

  // A link to a sample (`?sample=shop`).
  parsed.then(() => {
    const name = new URLSearchParams(location.search).get("sample");
    const samples = [...document.querySelectorAll("[data-sample]")].map((button) => button.dataset.sample);
    const file = samples.find((sample) => sample.split(".")[0] === name);
    if (file) openSample(file);
    // A link to a search or a row (src/ui/link.rs): the page says what it asks for.
    if (location.hash.length > 1) load();
  });

  // public/workers.js adds to this.
  window.strayline = { listen, pick, toggleTheme };
})();
