// Written by Unbroken: a CloudFront function (cloudfront-js-2.0) for viewer requests.
// Associate it with the key value store that was imported from key-value-store.json.
import cf from "cloudfront";

const store = cf.kvs();
const age = /* seconds */ 0;
const patterns = /* patterns */ [];

function query(asked) {
  const parts = [];
  Object.keys(asked).forEach(function (name) {
    (asked[name].multiValue || [asked[name]]).forEach(function (one) {
      parts.push(one.value === "" ? name : name + "=" + one.value);
    });
  });
  return parts.join("&");
}

// One spelling for each path: visitors and programs escape more or less than the store's keys do.
function normal(path) {
  try {
    return path.split("/").map(function (name) {
      return encodeURIComponent(decodeURIComponent(name)).replace(/%(?:24|26|2B|2C|3A|3B|3D|40)/g, decodeURIComponent);
    }).join("/");
  } catch (error) {
    return path; // escapes that are no UTF-8
  }
}

async function find(path) {
  try {
    return await store.get(path);
  } catch (error) {
    // The store throws for a key that it does not have.
    for (let i = 0; i < patterns.length; i++) {
      if (path.startsWith(patterns[i].prefix)) {
        return patterns[i].target + (patterns[i].star ? path.slice(patterns[i].prefix.length) : "");
      }
    }
    return "";
  }
}

async function handler(event) {
  const request = event.request;
  const target = await find(normal(request.uri));
  if (target === "") {
    return request;
  }
  if (target === "410") {
    return { statusCode: 410, statusDescription: "Gone" };
  }
  const cut = target.indexOf("#");
  const path = cut < 0 ? target : target.slice(0, cut);
  const fragment = cut < 0 ? "" : target.slice(cut);
  const asked = query(request.querystring);
  const join = asked === "" ? "" : path.includes("?") ? "&" : "?";
  return {
    statusCode: 301,
    statusDescription: "Moved Permanently",
    headers: {
      location: { value: path + join + asked + fragment },
      "cache-control": { value: "max-age=" + age },
    },
  };
}
