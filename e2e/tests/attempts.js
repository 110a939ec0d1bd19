// Every way we know to reach another origin from a script: `name: (url) => …`, run in a page or in a worker.
// What a scope does not have throws, which is as good as refused.
const attempts = {
  fetch: (url) => fetch(url, { mode: "no-cors" }),
  "fetch-post": (url) => fetch(url, { method: "POST", mode: "no-cors", body: "row" }),
  "fetch-keepalive": (url) => fetch(url, { keepalive: true, mode: "no-cors" }),
  xhr: (url) => {
    const request = new XMLHttpRequest();
    request.open("GET", url);
    request.send();
  },
  websocket: (url) => new WebSocket(url.replace("http", "ws")),
  eventsource: (url) => new EventSource(url),
  import: (url) => import(url),
  "import-scripts": (url) => importScripts(url),
  "worker-import": (url) => {
    const source = new Blob([`import ${JSON.stringify(url)};`], { type: "text/javascript" });
    return new Worker(URL.createObjectURL(source), { type: "module" });
  },
  "worker-fetch": (url) => {
    const source = new Blob([`fetch(${JSON.stringify(url)}, { mode: "no-cors" });`], { type: "text/javascript" });
    return new Worker(URL.createObjectURL(source), { type: "module" });
  },
  font: (url) => new FontFace("f", `url(${url})`).load(),
  beacon: (url) => navigator.sendBeacon(url, "row"),
  image: (url) => { new Image().src = url; },
  audio: (url) => { new Audio().src = url; },
  script: (url) => document.head.append(Object.assign(document.createElement("script"), { src: url })),
  stylesheet: (url) => document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: url })),
  manifest: (url) => document.head.append(Object.assign(document.createElement("link"), { rel: "manifest", href: url })),
  frame: (url) => document.body.append(Object.assign(document.createElement("iframe"), { src: url })),
  object: (url) => document.body.append(Object.assign(document.createElement("object"), { data: url })),
  form: (url) => {
    const frame = Object.assign(document.createElement("iframe"), { name: "target" });
    const form = Object.assign(document.createElement("form"), { action: url, method: "post", target: "target" });
    document.body.append(frame, form);
    form.submit();
  },
};

/** Makes every attempt on `sink`, each under a name that starts with `scope`, and gives them time to arrive. */
async function attemptAll(sink, scope) {
  const outcomes = {};
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      // A refusal may come late; it must not end the others.
      Promise.resolve(attempt(`${sink}${scope}/${name}`)).catch(() => {});
      outcomes[name] = "made";
    } catch (error) {
      outcomes[name] = String(error);
    }
  }
  await new Promise((resolve) => setTimeout(resolve, 1500));
  return outcomes;
}
