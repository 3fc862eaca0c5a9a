/* Unbroken: on the page for unknown addresses, says where the address that was asked for may have gone. */
(function () {
  "use strict";

  var MOST = 3; // pages to offer
  var LIKELY = 0.65; // how alike they have to be, of 1
  var LONGEST = 300; // characters of an address that are looked at

  var script = document.currentScript;
  var element = document.querySelector("[data-unbroken-lookup]");
  if (!script || !element || !window.fetch) {
    return;
  }
  var root = new URL("../", script.src).pathname;

  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch (error) {
      return text; // not percent-encoded UTF-8: compare it as it is
    }
  }

  // What remains of an address when all that people spell differently is left out.
  function plain(path) {
    return decoded(path)
      .slice(0, LONGEST)
      .normalize("NFC")
      .toLowerCase()
      .replace(/[\s_+-]+/g, "-")
      .replace(/\/+/g, "/")
      .replace(/\.(html?|md|php|aspx?)$/, "")
      .replace(/\/(index|readme)?$/, "");
  }

  function distance(a, b) {
    var row = [];
    for (var j = 0; j <= b.length; j++) {
      row.push(j);
    }
    for (var i = 1; i <= a.length; i++) {
      var corner = row[0];
      row[0] = i;
      for (j = 1; j <= b.length; j++) {
        var above = row[j];
        row[j] = Math.min(row[j] + 1, row[j - 1] + 1, corner + (a[i - 1] === b[j - 1] ? 0 : 1));
        corner = above;
      }
    }
    return row[b.length];
  }

  // 1 for the same, 0 for nothing in common; 0 at once where the lengths alone rule it out.
  function likeness(a, b, least) {
    var longest = Math.max(a.length, b.length);
    if (!longest || Math.min(a.length, b.length) < least * longest) {
      return longest ? 0 : 1;
    }
    return 1 - distance(a, b) / longest;
  }

  function last(key) {
    return key.slice(key.lastIndexOf("/") + 1);
  }

  // "realtime" and "realtime-api".
  function begins(long, short) {
    return short.length > 3 && long.indexOf(short) === 0;
  }

  // The whole address counts, and its last part counts twice: folders come and go.
  function alike(a, b) {
    var ends = a.end === b.end ? 1 : likeness(a.end, b.end, 0.5);
    if (begins(a.end, b.end) || begins(b.end, a.end)) {
      ends = Math.max(ends, 0.9);
    }
    return ends < 0.4 ? 0 : (likeness(a.key, b.key, 0) + 2 * ends) / 3;
  }

  function keyed(path) {
    var key = plain(path);
    return { path: path, key: key, end: last(key) };
  }

  // Addresses are written as the number of characters that they share with the one before, and their rest.
  function unpack(list, width, each) {
    var path = "";
    for (var i = 0; i < list.length; i += width) {
      path = path.slice(0, list[i]) + list[i + 1];
      each(path, list[i + 2]);
    }
  }

  function read(data) {
    var pages = [];
    var names = Object.create(null);
    var moved = [];
    var gone = [];
    unpack(data.pages, 3, function (path, title) {
      pages.push(keyed(path));
      names[path] = title || decoded(path);
    });
    function place(target) {
      return typeof target === "number" ? pages[target].path : target;
    }
    unpack(data.moved, 3, function (path, target) {
      var old = keyed(path);
      old.to = place(target);
      moved.push(old);
    });
    unpack(data.gone, 2, function (path) {
      gone.push(keyed(path));
    });
    return { pages: pages, names: names, moved: moved, gone: gone, below: data.below, anchors: data.anchors, place: place };
  }

  // The address as it stands, else the one that only differs in spelling.
  function same(list, asked) {
    var exact = list.filter(function (one) {
      return decoded(one.path) === decoded(asked.path);
    });
    var spelt = list.filter(function (one) {
      return one.key === asked.key;
    });
    return exact[0] || spelt[0] || null;
  }

  function below(known, asked) {
    for (var i = 0; i < known.below.length; i++) {
      var prefix = known.below[i][0];
      var target = known.below[i][1];
      var star = known.below[i][2];
      if ((asked.path + "/").indexOf(prefix) === 0) {
        var wanted = keyed(star ? target + asked.path.slice(prefix.length) : target);
        var page = same(known.pages, wanted);
        if (page) {
          return page.path;
        }
      }
    }
    return null;
  }

  function likely(known, asked) {
    var best = Object.create(null);
    function offer(one, to) {
      var score = alike(asked, one);
      if (score >= LIKELY && score > (best[to] || 0)) {
        best[to] = score;
      }
    }
    known.pages.forEach(function (page) {
      offer(page, page.path);
    });
    known.moved.forEach(function (old) {
      offer(old, old.to);
    });
    var found = Object.keys(best).sort(function (a, b) {
      return best[b] - best[a] || (a < b ? -1 : 1);
    });
    // What is far behind the first is noise beside it.
    found = found.filter(function (to) {
      return best[to] > best[found[0]] - 0.15;
    });
    if (found.length) {
      return found.slice(0, MOST);
    }
    // The nearest page above it.
    for (var key = asked.key; key.lastIndexOf("/") > 0; ) {
      key = key.slice(0, key.lastIndexOf("/"));
      var above = known.pages.filter(function (page) {
        return page.key === key;
      })[0];
      if (above) {
        return [above.path];
      }
    }
    return [];
  }

  // Only the site's own addresses, and whole ones that its map names.
  function link(known, from, to) {
    var fragment = decoded(location.hash.slice(1));
    var moves = known.anchors[from] || known.anchors[to];
    if (fragment && moves && Object.prototype.hasOwnProperty.call(moves, fragment)) {
      to = known.place(moves[fragment]);
      fragment = "";
    }
    var outside = /^https?:\/\//.test(to);
    var url = new URL(outside ? to : root + to.replace(/^\/+/, ""), location.origin);
    if (fragment && !url.hash && !outside) {
      url.hash = location.hash;
    }
    var path = to.split("#")[0];
    var anchor = document.createElement("a");
    anchor.href = url.href;
    anchor.textContent = outside ? to : known.names[path] || decoded(path);
    var both = document.createDocumentFragment();
    both.appendChild(anchor);
    if (!outside) {
      // Titles may be alike.
      var code = document.createElement("code");
      code.textContent = decoded(root + path.slice(1));
      both.appendChild(document.createTextNode(" "));
      both.appendChild(code);
    }
    return both;
  }

  function say(name, text, parts) {
    var line = document.createElement("p");
    line.textContent = element.getAttribute("data-" + name) || text;
    if (parts) {
      line.appendChild(document.createTextNode(" "));
      line.appendChild(parts);
    }
    element.appendChild(line);
  }

  function answer(known) {
    var path = location.pathname;
    var asked = keyed("/" + (path.indexOf(root) === 0 ? path.slice(root.length) : path.replace(/^\/+/, "")));
    var moved = same(known.moved, asked);
    var present = same(known.pages, asked);
    var to = moved && (!present || decoded(moved.path) === decoded(asked.path)) ? moved.to : null;
    to = to || (present ? null : below(known, asked));
    element.setAttribute("role", "status");
    if (to) {
      say("moved", "This page moved to", link(known, moved ? moved.path : to, to));
    } else if (!present && same(known.gone, asked)) {
      say("withdrawn", "This page was withdrawn.");
    } else {
      var found = present ? [present.path] : likely(known, asked);
      if (found.length === 1) {
        say("likely", "You may be looking for", link(known, found[0], found[0]));
      } else if (found.length) {
        say("likely", "You may be looking for");
        var list = document.createElement("ul");
        found.forEach(function (page) {
          var item = document.createElement("li");
          item.appendChild(link(known, page, page));
          list.appendChild(item);
        });
        element.appendChild(list);
      }
    }
  }

  fetch(new URL("unbroken-lookup.json", script.src).href)
    .then(function (response) {
      return response.ok ? response.json() : null;
    })
    .then(function (data) {
      if (data && !element.hasAttribute("role")) {
        answer(read(data));
      }
    })
    .catch(function () {
      // Without the file, the page stays as it is.
    });
})();
