// Starts analysis workers and readers: `strayline.spawnWorker()` and `strayline.spawnReader()`.
//
// Kept outside of Rust for what must be true before any Rust runs: that an analysis worker can't reach the network.

// ---- Analysis workers ----

/**
 * Takes from a worker everything that could send or fetch. Runs inside the worker, before any Rust and any log byte.
 *
 * The Content-Security-Policy, which a `blob:` worker inherits, already refuses foreign origins; this also closes
 * those that it must leave open to the page, and what a browser may forget to check.
 */
function lockdown() {
  const names = [
    "fetch", "fetchLater", "XMLHttpRequest", "WebSocket", "WebSocketStream", "WebTransport", "EventSource",
    "RTCPeerConnection", "RTCDataChannel", "importScripts", "Worker", "SharedWorker", "BroadcastChannel",
    "caches", "CacheStorage", "Cache", "FontFace", "FontFaceSet", "fonts", "Notification",
  ];
  const strip = (object, name) => {
    for (let at = object; at; at = Object.getPrototypeOf(at)) Reflect.deleteProperty(at, name);
    if (name in object) throw new Error(`this browser would not give up ${name}`);
  };
  for (const name of names) strip(globalThis, name);
  for (const name of ["sendBeacon", "serviceWorker"]) strip(navigator, name);
}

/** What a worker runs first. One message gives it the script's address and the compiled WebAssembly. */
async function loader() {
  const given = await new Promise((resolve) => addEventListener("message", resolve, { once: true }));
  try {
    const { default: init } = await import(given.data.script);
    lockdown();
    await init({ module_or_path: given.data.module });
  } catch (error) {
    postMessage({ strayline: "failed", reason: String(error) });
  }
}

/** The script and the WebAssembly file that the page's `<meta name="strayline:worker">` names. */
function files() {
  const meta = document.querySelector('meta[name="strayline:worker"]');
  const absolute = (path) => new URL(path, document.baseURI).href;
  return { script: absolute(meta.content), wasm: absolute(meta.dataset.wasm) };
}

/** The workers' WebAssembly, fetched and compiled at the first need, once for all of them. */
let compiled;
function compile(wasm) {
  compiled ??= WebAssembly.compileStreaming(fetch(wasm)).catch((error) => {
    compiled = undefined;
    throw error;
  });
  return compiled;
}

/** How many workers an analysis gets: one per core, 1 to 8, or what `?workers=N` says. */
function workerCount() {
  const asked = Number(new URLSearchParams(location.search).get("workers"));
  return Math.min(Math.max(Math.trunc(asked) || navigator.hardwareConcurrency || 1, 1), 8);
}

/** Workers that start while the page is still fetched, each with what it has said. */
let early = [];

/** Starts the workers of an analysis that is likely to come. One that can't start is forgotten: the next says why. */
function prepareWorkers() {
  while (early.length < workerCount()) {
    const begun = { worker: start(files().script), said: [] };
    begun.worker.onmessage = (event) => begun.said.push(event.data);
    begun.worker.onerror = () => { early = early.filter((other) => other !== begun); };
    early.push(begun);
  }
}

/**
 * A new analysis worker; its messages may be listened to at once.
 *
 * The worker says that it is ready by its own first message: what is posted to it before that is lost. If it can't
 * start, the `Worker` gets an `error` event with the reason. A `script` other than the product's is for tests.
 */
function spawnWorker(script) {
  const begun = script === undefined ? early.shift() : undefined;
  if (!begun) return start(script ?? files().script);
  const { worker, said } = begun;
  worker.onmessage = worker.onerror = null;
  // Whoever asked listens from now on, and hears what was said before.
  for (const data of said) setTimeout(() => worker.dispatchEvent(new MessageEvent("message", { data })));
  return worker;
}

/** Starts a worker, which gets what it is to run as soon as that is compiled. */
function start(script) {
  // A worker loaded from a URL would not be bound by the page's Content-Security-Policy: one from a `blob:` is.
  const source = `${lockdown}\n${loader}\nloader();`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module", name: "strayline" });

  const fail = (reason) => {
    worker.terminate();
    worker.dispatchEvent(new ErrorEvent("error", { message: `it could not start: ${reason}` }));
  };
  worker.addEventListener("message", () => URL.revokeObjectURL(url), { once: true });
  worker.addEventListener("message", (event) => {
    if (event.data?.strayline !== "failed") return;
    event.stopImmediatePropagation();
    fail(event.data.reason);
  });

  compile(files().wasm).then((module) => worker.postMessage({ script, module }), fail);
  return worker;
}

// ---- Readers ----

/**
 * Reads slices of files for one analysis worker, which parses one slice while this reads the next: reading is mostly
 * waiting. Asked `[ticket, file, from, to]` through a port, it answers `[ticket, bytes]`, or `[ticket, null]` where the
 * slice can't be read. `[null, bytes]` gives it bytes back: fresh memory for each slice costs as much as reading it.
 */
function reader() {
  addEventListener("message", ({ data: { files, port } }) => {
    const spare = [];
    const nobody = new MessageChannel();
    nobody.port2.close();
    /** Memory is given up at once: the garbage collector would let dozens of megabytes lie. What is transferred is gone. */
    const drop = (bytes) => nobody.port1.postMessage(null, [bytes]);
    const take = (length) => {
      const buffer = spare.pop();
      if (buffer?.byteLength >= length) return buffer;
      if (buffer) drop(buffer);
      return new ArrayBuffer(length);
    };
    /** Whether a file was read to its end: then nothing follows that could use memory again. */
    let ended = false;

    /**
     * The file that is being read, the place up to which that was done, and the last bytes before it. Slices follow each
     * other, and each begins a little before the end of the one before; to go on costs half of what a new stream does.
     */
    let open = null;
    const KEPT = 128 << 10;
    const close = () => {
      open?.stream.cancel().catch(() => {});
      open = null;
    };
    const goOn = (file, from) => {
      const kept = open ? open.at - from : -1;
      if (open?.file === file && kept >= 0 && kept <= open.kept.length) return open;
      close();
      // Only a stream of bytes can be read into memory that is there.
      const stream = file.slice(from).stream().getReader({ mode: "byob" });
      open = { file, stream, at: from, kept: new Uint8Array(0) };
      return open;
    };

    /** A slice, in memory that was used before where the browser can do that. */
    const read = async (file, from, to) => {
      let current;
      try {
        current = goOn(file, from);
      } catch {
        return new Uint8Array(await file.slice(from, to).arrayBuffer());
      }
      const length = Math.max(Math.min(to, file.size) - from, 0);
      const known = current.kept.subarray(current.kept.length - (current.at - from));
      let [buffer, at] = [take(length), Math.min(known.length, length)];
      new Uint8Array(buffer).set(known.subarray(0, at));
      while (at < length) {
        const { value, done } = await current.stream.read(new Uint8Array(buffer, at, length - at));
        if (done) throw new Error("the file is shorter than it was");
        buffer = value.buffer;
        at += value.byteLength;
        current.at += value.byteLength;
      }
      const bytes = new Uint8Array(buffer, 0, length);
      current.kept = bytes.slice(-KEPT);
      ended = current.at === file.size;
      if (ended) {
        close();
        spare.splice(0).forEach(drop);
      } else if (current.at !== from + length) {
        // The slice ended within what was known: there is nothing to go on from.
        close();
      }
      return bytes;
    };

    let last = Promise.resolve();
    const answer = async (ticket, file, from, to) => {
      // What can't be read is read again by whoever needs it, and who tells what is wrong.
      const bytes = await read(file, from, to).catch(() => close() ?? null);
      port.postMessage([ticket, bytes], bytes ? [bytes.buffer] : []);
    };
    port.onmessage = ({ data: [ticket, what, from, to] }) => {
      if (ticket === null) {
        if (ended || spare.length > 1) drop(what);
        else spare.push(what);
        return;
      }
      last = last.then(() => answer(ticket, files[what], from, to));
    };
  }, { once: true });
}

/** A new reader; it waits for `{ files, port }`. */
function spawnReader() {
  const source = `${lockdown}\nlockdown();\n(${reader})();`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url, { name: "strayline reader" });
  worker.addEventListener("error", () => worker.terminate());
  // The script is fetched by the time it answers anything; it never does, so the address is kept for a while.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return worker;
}

Object.freeze(Object.assign(window.strayline, { workerCount, prepareWorkers, spawnWorker, spawnReader }));
