/* Unbroken: shows on a page what is wrong with it. `mkdocs serve` alone has this; no build does. */
(function () {
  "use strict";

  var STYLE = [
    ":host { all: initial; color-scheme: inherit; }",
    "aside { position: fixed; z-index: 2147483647; inset-block-end: 1rem; inset-inline-end: 1rem;",
    "  box-sizing: border-box; inline-size: min(32rem, calc(100vw - 2rem)); max-block-size: 45vh;",
    "  overflow: auto; overscroll-behavior: contain; padding: 0 1rem .75rem; border-radius: .5rem;",
    "  font: 14px/1.45 system-ui, sans-serif; overflow-wrap: anywhere;",
    "  color: #1b1b1f; color: light-dark(#1b1b1f, #ececf1);",
    "  background: #fff; background: light-dark(#fff, #24252d);",
    "  border: 1px solid #c9c9d2; border-color: light-dark(#c9c9d2, #4c4e5c);",
    "  border-inline-start: 4px solid var(--mark); box-shadow: 0 4px 24px rgb(0 0 0 / .25); }",
    ".error { --mark: #c62f2f; --mark: light-dark(#b3261e, #ff8a80); }",
    ".warning { --mark: #8a5a00; --mark: light-dark(#7a4f00, #ffc861); }",
    "header, .copy { display: flex; gap: .75rem; align-items: center; justify-content: space-between; }",
    "header { position: sticky; inset-block-start: 0; padding-block: .5rem; background: inherit; }",
    "p, ol { margin: 0; padding: 0; list-style: none; }",
    "header p { font-weight: 600; }",
    "li { margin-block-end: .625rem; padding-block-start: .625rem;",
    "  border-block-start: 1px solid #c9c9d2; border-color: light-dark(#d9d9e0, #4c4e5c); }",
    "b, a { color: var(--mark); }",
    ".where, .more { font-size: 13px; color: #55565f; color: light-dark(#55565f, #b9bac6); }",
    "code { font: 13px/1.45 ui-monospace, monospace; }",
    ".copy { margin-block-start: .375rem; padding: .375rem .375rem .375rem .625rem; border-radius: .25rem;",
    "  background: #f1f1f5; background: light-dark(#f1f1f5, #15161b); }",
    "button { font: inherit; color: inherit; cursor: pointer; min-block-size: 1.75rem; padding: 0 .625rem;",
    "  flex: none; border: 1px solid currentcolor; border-radius: .25rem; background: transparent; }",
    ":focus-visible { outline: 2px solid var(--mark); outline-offset: 2px; }",
    "@media print { aside { display: none; } }",
  ].join("\n");

  var KEY = "unbroken-dismissed:";
  var shownFor = null;
  var host = null;

  // Everything is put in as text, so nothing that a site says can become part of the page.
  function element(name, text, attributes) {
    var made = document.createElement(name);
    made.textContent = text || "";
    for (var key in attributes || {}) {
      made.setAttribute(key, attributes[key]);
    }
    return made;
  }

  function count(number, noun) {
    return number ? [number + " " + noun + (number === 1 ? "" : "s")] : [];
  }

  // Pages that are not on this machine's own name may not use the clipboard: there the text is selected.
  function copy(code, button) {
    function done() {
      button.textContent = "Copied";
    }
    function select() {
      var range = document.createRange();
      range.selectNodeContents(code);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      button.textContent = document.execCommand("copy") ? "Copied" : "Selected";
    }
    if (navigator.clipboard) {
      navigator.clipboard.writeText(code.textContent).then(done, select);
    } else {
      select();
    }
  }

  function item(finding) {
    var made = element("li", "", { class: finding.severity });
    var what = element("p");
    what.append(element("b", finding.severity), " " + finding.message);
    var where = element("p", "", { class: "where" });
    var link = element("a", finding.code, { href: finding.help, target: "_blank", rel: "noopener" });
    where.append(element("code", finding.place), " ", link);
    made.append(what, where);
    if (finding.remedy !== "Run: " + finding.copies + ".") {
      made.append(element("p", finding.remedy));
    }
    if (finding.copies) {
      var row = element("div", "", { class: "copy" });
      var code = element("code", finding.copies);
      var button = element("button", "Copy", { type: "button", "aria-label": "Copy " + finding.copies });
      button.addEventListener("click", function () {
        button.removeAttribute("aria-label"); // so that what became of it is said
        copy(code, button);
      });
      row.append(code, button);
      made.append(row);
    }
    return made;
  }

  function remove() {
    if (host) {
      host.remove();
      host = null;
    }
  }

  function show(said, key) {
    host = element("div", "", { id: "unbroken-banner" });
    var root = host.attachShadow({ mode: "open" });
    // Made by script, it is no inline style to a Content-Security-Policy.
    var sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    var aside = element("aside", "", {
      "aria-label": "Unbroken findings",
      class: said.errors ? "error" : "warning",
    });
    var header = element("header");
    var status = element("p", "", { role: "status" });
    var hide = element("button", "Hide", { type: "button", "aria-label": "Hide these findings" });
    function dismiss() {
      try {
        sessionStorage.setItem(key, JSON.stringify(said));
      } catch (error) {
        // Without storage it comes back with the next reload.
      }
      remove();
    }
    hide.addEventListener("click", dismiss);
    aside.addEventListener("keydown", function (event) {
      if (event.key === "Escape") {
        event.stopPropagation();
        dismiss();
      }
    });
    header.append(status, hide);
    var list = element("ol");
    said.findings.forEach(function (finding) {
      list.append(item(finding));
    });
    aside.append(header, list);
    var more = said.errors + said.warnings - said.findings.length;
    if (more) {
      aside.append(element("p", more + " more in the terminal.", { class: "more" }));
    }
    root.append(aside);
    document.body.append(host);
    // Set once it is there, so that screen readers say it.
    status.textContent =
      "Unbroken: " + count(said.errors, "error").concat(count(said.warnings, "warning")).join(", ");
  }

  function update() {
    var path = location.pathname;
    if (path === shownFor) {
      return;
    }
    shownFor = path;
    fetch("/_unbroken/findings.json?page=" + encodeURIComponent(path))
      .then(function (answer) {
        return answer.json();
      })
      .then(function (said) {
        if (path !== location.pathname) {
          return; // the reader has gone on
        }
        remove();
        var key = KEY + path;
        if (said.findings.length && !isDismissed(key, said)) {
          show(said, key);
        }
      })
      .catch(function () {
        // The server has ended, or builds without us now: there is nothing to show.
      });
  }

  function isDismissed(key, said) {
    try {
      return sessionStorage.getItem(key) === JSON.stringify(said);
    } catch (error) {
      return false;
    }
  }

  if (window.top !== window) {
    return; // a page in a frame
  }
  update();
  // Instant navigation changes the page without loading it.
  if (window.navigation) {
    window.navigation.addEventListener("currententrychange", update);
  } else if (window.document$) {
    window.document$.subscribe(update);
  }
})();
