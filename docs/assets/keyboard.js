// What the theme leaves to the mouse, for the keyboard and for screen readers. Without scripts nothing is lost:
// the labels below still work, as the theme made them.
"use strict";

(() => {
  const LABELS = "label:is(.md-header__button, .md-nav__link, .md-nav__title, .md-button)[for]";
  const BEHIND = "[data-md-component=skip], .md-header, .md-tabs, .md-content, .md-footer, .md-top";
  const drawer = document.getElementById("__drawer");
  const search = document.getElementById("__search");
  const phone = matchMedia("(max-width: 76.2344em)"); // where the navigation is a drawer
  const small = matchMedia("(max-width: 59.9844em)"); // where the search covers the page
  const query = document.querySelector(".md-search__input"); // Zensical has none
  let opener; // what opened the drawer or the search, to take the focus back
  let pressed; // the button that was pressed last
  let keyed = false; // while a press of a key is answered

  const seen = (element) => element.checkVisibility({ visibilityProperty: true });
  const first = (place) => [...place.querySelectorAll("a[href], button")].find(seen);
  const button = (label) => label.querySelector(":scope > .press");

  /** What a label opens, in words. */
  function name(label) {
    if (label.htmlFor === "__drawer") return "Navigation";
    if (label.htmlFor === "__search") return label.textContent.trim() || "Search";
    if (label.matches(".md-nav__link[for=__toc]")) return "On this page";
    const title = document
      .querySelector(`.md-nav__title[for="${label.htmlFor}"]`)
      .textContent.trim();
    return label.matches(".md-nav__title") ? `Back from ${title}` : `More of ${title}`;
  }

  /** The drawer, the search and the lists open by labels, which take no focus: give each a button. */
  function buttons() {
    for (const label of document.querySelectorAll(LABELS)) {
      if (!label.control?.matches(".md-toggle") || label.querySelector("a, button")) continue;
      const made = document.createElement("button");
      made.type = "button";
      made.className = "press";
      made.setAttribute("aria-label", name(label));
      made.setAttribute("aria-expanded", label.control.checked);
      made.addEventListener("click", ({ detail }) => {
        pressed = made;
        keyed = detail === 0;
        if (label.control.matches(".md-toggle[data-md-toggle]")) opener = made;
        label.control.click();
        keyed = false;
      });
      label.removeAttribute("tabindex");
      label.append(made);
    }
  }

  /** A table that scrolls sideways is scrolled by the arrow keys, once it can have the focus. */
  function tables() {
    const wraps = [...document.querySelectorAll(".md-typeset__scrollwrap")];
    const wide = wraps.map((wrap) => wrap.scrollWidth > wrap.clientWidth); // first read, then write
    wraps.forEach((wrap, number) => {
      const given = { tabindex: 0, role: "region", "aria-label": `Table ${number + 1}` };
      for (const [key, value] of Object.entries(given)) {
        if (wide[number]) wrap.setAttribute(key, value);
        else wrap.removeAttribute(key);
      }
    });
    // The same for code that scrolls within its box.
    const codes = [...document.querySelectorAll(".tabbed-set pre > code")];
    const high = codes.map((code) => code.scrollHeight > code.clientHeight);
    codes.forEach((code, number) => {
      if (high[number]) code.tabIndex = 0;
    });
    // The place of a copy button is no landmark.
    for (const place of document.querySelectorAll(".md-code__nav"))
      place.setAttribute("role", "none");
  }

  /** Behind the open drawer nothing takes the focus. */
  function shield() {
    const open = drawer.checked && phone.matches;
    for (const part of document.querySelectorAll(BEHIND)) part.inert = open;
  }

  document.addEventListener("change", ({ target }) => {
    for (const label of target.labels ?? []) {
      button(label)?.setAttribute("aria-expanded", target.checked);
    }
    if (target === drawer) {
      shield();
      const menu = document.querySelector(".md-sidebar--primary");
      menu.tabIndex = -1;
      // A finger needs no ring to see where it is.
      if (drawer.checked) (keyed ? first(menu) : menu)?.focus();
      else opener?.focus();
    } else if (target === search) {
      if (search.checked) query?.focus();
      else if (small.matches) opener?.focus();
    } else if (pressed && [...target.labels].includes(pressed.parentElement)) {
      const other = [...target.labels].map(button).find((made) => made && seen(made));
      other?.focus(); // the list has turned, and its button with it
    }
  });

  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && drawer.checked && phone.matches) drawer.click();
  });

  /** Where the search has a button, its field is reached by that alone. */
  function field() {
    if (query) query.tabIndex = small.matches ? -1 : 0;
  }

  field();
  small.addEventListener("change", field);
  phone.addEventListener("change", shield);
  // Called when the page has its layout, so that asking for widths costs nothing.
  const layout = new ResizeObserver(tables);
  // The theme says when it has put another page in place of this one.
  window.document$.subscribe(() => {
    buttons();
    shield();
    layout.disconnect();
    layout.observe(document.querySelector(".md-content"));
  });
})();
