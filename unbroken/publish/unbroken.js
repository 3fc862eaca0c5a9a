/* Unbroken: carries visitors of old addresses to where the content is now. */
(function () {
  "use strict";

  function fragment() {
    var raw = location.hash.slice(1);
    try {
      return decodeURIComponent(raw);
    } catch (error) {
      return raw; // not percent-encoded UTF-8: compare it as it is
    }
  }

  function placeOf(script, attribute) {
    var places = JSON.parse(script.getAttribute(attribute) || "{}");
    var name = fragment();
    return name && Object.prototype.hasOwnProperty.call(places, name) ? places[name] : null;
  }

  // The visitor's query is kept, after the target's own if it has one.
  function withQuery(target) {
    var url = new URL(target, location.href);
    if (location.search.length > 1) {
      url.search = url.search ? url.search + "&" + location.search.slice(1) : location.search;
    }
    return url;
  }

  // The browser may keep a redirect from there back to here; asking past its cache replaces that. The page is
  // still blank, so it waits for the answer, and the reader sees nothing of it. Returns whether that did.
  function isRenewed(url) {
    try {
      var request = new XMLHttpRequest();
      request.open("GET", url.href, false);
      request.setRequestHeader("Cache-Control", "no-cache");
      request.send();
      return request.responseURL.split("#")[0] === url.href.split("#")[0];
    } catch (error) {
      return false; // there is no answer, or a policy forbids to ask
    }
  }

  function leaveStub(script) {
    var moved = placeOf(script, "data-unbroken-anchors");
    var url = withQuery(moved === null ? script.getAttribute("data-unbroken-to") : moved);
    if (moved === null && location.hash.length > 1) {
      url.hash = location.hash;
    }
    if (script.hasAttribute("data-unbroken-renew") && !isRenewed(url) && window.fetch) {
      fetch(url.href, { cache: "reload" }).then(function () {
        location.replace(url.href);
      });
      return;
    }
    // The stub's own refresh would overtake a slow target, without query and fragment. Only a document's first counts.
    var refresh = document.createElement("meta");
    refresh.httpEquiv = "refresh";
    refresh.content = "0; url=" + url.href;
    script.parentNode.insertBefore(refresh, script);
    location.replace(url.href);
  }

  // Reads the page's own script tag each time: instant navigation exchanges it with the page, but changes the
  // address first. Moves hold at the address that they came with, and at no other.
  function followMove() {
    var script = document.querySelector("script[data-unbroken-moves]");
    var name = fragment();
    if (!script || script.unbrokenPath !== location.pathname) {
      return;
    }
    if (!name || document.getElementById(name) || document.getElementsByName(name).length) {
      return;
    }
    var target = placeOf(script, "data-unbroken-moves");
    if (target === null) {
      return;
    }
    if (target.charAt(0) !== "#") {
      location.replace(withQuery(target).href);
      return;
    }
    location.replace(target);
    // Instant navigation may keep the browser from scrolling.
    var heading = document.getElementById(fragment());
    if (heading) {
      heading.scrollIntoView();
    }
    window.unbrokenLedTo = location.hash;
  }

  var script = document.currentScript;
  if (script && script.hasAttribute("data-unbroken-to")) {
    leaveStub(script);
    return;
  }
  if (script) {
    script.unbrokenPath = location.pathname;
  }
  if (!window.unbrokenFollowsMoves) {
    window.unbrokenFollowsMoves = true;
    window.addEventListener("hashchange", function () {
      // Nor is it to go back to where the page was scrolled before, which it may have kept in the meantime.
      if (window.unbrokenLedTo === location.hash) {
        history.replaceState(null, "");
      }
      window.unbrokenLedTo = "";
      // Instant navigation answers the same event a frame later, and would scroll back to the top.
      requestAnimationFrame(function () {
        requestAnimationFrame(followMove);
      });
    });
  }
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", followMove);
  } else {
    followMove();
  }
})();
