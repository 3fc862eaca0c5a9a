// Written by Unbroken: a CloudFront function (cloudfront-js-2.0) for viewer requests.
// Associate it with the key value store that was imported from key-value-store.json.
import cf from "cloudfront";

const store = cf.kvs();
const patterns = /* patterns */ [];

function query(from) {
  const parts = [];
  for (const name in from) {
    for (const one of from[name].multiValue || [from[name]]) {
      parts.push(one.value === "" ? name : name + "=" + one.value);
    }
  }
  return parts.join("&");
}

async function find(path) {
  try {
    return await store.get(path);
  } catch (missing) {
    for (const [prefix, target, star] of patterns) {
      if (path.startsWith(prefix)) {
        return star ? target + path.slice(prefix.length) : target;
      }
    }
    return null;
  }
}

async function handler(event) {
  const request = event.request;
  const target = await find(request.uri);
  if (target === null) {
    return request;
  }
  if (target === "410") {
    return { statusCode: 410, statusDescription: "Gone" };
  }
  const cut = target.indexOf("#");
  const path = cut < 0 ? target : target.slice(0, cut);
  const fragment = cut < 0 ? "" : target.slice(cut);
  const asked = query(request.querystring);
  const search = asked === "" ? "" : (path.includes("?") ? "&" : "?") + asked;
  return {
    statusCode: 301,
    statusDescription: "Moved Permanently",
    headers: { location: { value: path + search + fragment } },
  };
}
