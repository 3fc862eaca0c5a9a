/*
 * Loaded before the theme's bundle, and before anything is shown: what the theme's templates have as inline
 * scripts, which no strict Content-Security-Policy lets run; and the search, which waits until it is wanted.
 */
(() => {
  const scope = new URL("..", document.currentScript.src);

  /* The bundle reads and writes the reader's choices by these. Storage may be forbidden. */
  window.__md_scope = scope;
  window.__md_hash = (text) => [...text].reduce((hash, letter) => (hash << 5) - hash + letter.charCodeAt(0), 0);
  window.__md_get = (key, storage, at = scope) => {
    try {
      return JSON.parse((storage ?? localStorage).getItem(`${at.pathname}.${key}`));
    } catch {
      return null;
    }
  };
  window.__md_set = (key, value, storage, at = scope) => {
    try {
      (storage ?? localStorage).setItem(`${at.pathname}.${key}`, JSON.stringify(value));
    } catch {
      /* The choice holds for this page alone. */
    }
  };
  document.documentElement.dataset.platform = navigator.platform;
  /* Now, not at the bundle: what only scripts can do must not push the rest away when it appears. */
  document.documentElement.classList.replace("no-js", "js");

  /*
   * Each acts where its element stands: while the page is read, and when instant navigation puts a new
   * container there. An inline script would do so, too.
   */
  const at = (name, act) =>
    customElements.define(
      name,
      class extends HTMLElement {
        connectedCallback() {
          act();
        }
      },
    );

  at("first-palette", () => {
    let colours = window.__md_get("__palette")?.color ?? { media: "(prefers-color-scheme)" };
    if (colours.media === "(prefers-color-scheme)") {
      const shade = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
      const option = document.querySelector(`[data-md-color-media="(prefers-color-scheme: ${shade})"]`);
      if (!option) return;
      colours = {};
      for (const key of ["scheme", "primary", "accent"]) colours[key] = option.getAttribute(`data-md-color-${key}`);
    }
    for (const [key, value] of Object.entries(colours)) document.body.setAttribute(`data-md-color-${key}`, value);
  });

  at("first-tabs", () => {
    const chosen = [window.__md_get("__tabs")].flat();
    for (const labels of document.querySelectorAll(".tabbed-set > .tabbed-labels")) {
      const names = Array.from(labels.children, (label) => label.textContent.trim());
      const label = labels.children[names.indexOf(chosen.find((name) => names.includes(name)))];
      if (label) document.getElementById(label.htmlFor).checked = true;
    }
    const tab = document.getElementById(location.hash.slice(1));
    if (tab?.name?.startsWith("__tabbed_")) tab.checked = true;
  });

  /*
   * Search weighs as much as a page. Its index and its worker wait until someone turns to it: the request for
   * the index is opened but not sent, and the bundle writes to a port that the worker is put behind later.
   * What is not known as either of them goes its own way, so another bundle searches as it always did.
   */
  const waiting = [];
  let wanted = location.protocol === "file:" || /[?&][hq]=/.test(location.search);
  const want = () => {
    wanted = true;
    for (const start of waiting.splice(0)) start();
  };

  const { open, send } = XMLHttpRequest.prototype;
  const indexes = new WeakSet();
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    if (/\/search(_index)?\.json$/.test(new URL(url, location).pathname)) indexes.add(this);
    return open.call(this, method, url, ...(rest.length ? rest : [true]));
  };
  XMLHttpRequest.prototype.send = function (body) {
    if (wanted || !indexes.has(this)) return send.call(this, body);
    waiting.push(() => send.call(this, body));
  };

  const Worker = window.Worker;
  window.Worker = function (url, options) {
    /* Relative to this page: by then, instant navigation may have brought another. */
    const { href, pathname } = new URL(url, location);
    if (wanted || !/\/workers\/search\b[^/]*$/.test(pathname)) return new Worker(href, options);
    const { port1, port2 } = new MessageChannel();
    waiting.push(() => {
      const worker = new Worker(href, options);
      worker.onmessage = ({ data }) => port2.postMessage(data);
      port2.onmessage = ({ data }) => worker.postMessage(data);
    });
    port1.start();
    return port1;
  };

  const opens = ".md-search, [for=__search], #__search, [type=text], [type=search], textarea";
  const turnedTo = ({ target }) => {
    if (!wanted && target instanceof Element && target.closest(opens)) want();
  };
  for (const type of ["focusin", "click", "change"]) addEventListener(type, turnedTo, true);
  addEventListener(
    "keydown",
    (event) => {
      if (wanted) return;
      const command = (event.ctrlKey || event.metaKey) && event.key === "k";
      const button = document.querySelector(".md-search__button");
      if (command && button) {
        /* Zensical listens for this only once it has the index. */
        event.preventDefault();
        button.click();
      } else if (command || ["/", "f", "s"].includes(event.key)) want();
    },
    true,
  );
})();
