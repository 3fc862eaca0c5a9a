// Ask Lighthouse about pages, one after another in one Chromium, and print what it finds as JSON.
// Arguments: Chromium's path, and as JSON { categories, pages: [{ url, form, skip }] }.
import { launch } from "chrome-launcher";
import lighthouse, { desktopConfig } from "lighthouse";

const [chromePath, text] = process.argv.slice(2);
const { categories, pages } = JSON.parse(text);
const chrome = await launch({
  chromePath,
  chromeFlags: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"],
});
const found = [];
try {
  for (const { url, form, skip } of pages) {
    const all = {
      port: chrome.port,
      logLevel: "error",
      onlyCategories: categories,
      skipAudits: skip,
      ignoreStatusCode: true, // an error page is judged as it is served
      disableFullPageScreenshot: true,
    };
    const { lhr } = await lighthouse(url, all, form === "desktop" ? desktopConfig : undefined);
    const scores = Object.fromEntries(
      Object.values(lhr.categories).map(({ id, score }) => [id, score]),
    );
    const weighed = new Set(
      Object.values(lhr.categories).flatMap(({ auditRefs }) =>
        auditRefs.filter((ref) => ref.weight).map((ref) => ref.id),
      ),
    );
    const faults = Object.values(lhr.audits)
      .filter(({ id, score }) => weighed.has(id) && score !== null && score < 1)
      .map(({ id, title, displayValue, details }) => ({
        id,
        title,
        displayValue,
        items: details?.items?.slice(0, 5),
      }));
    const measures = Object.fromEntries(
      Object.values(lhr.audits)
        .filter(({ numericValue }) => numericValue !== undefined)
        .map(({ id, numericValue }) => [id, numericValue]),
    );
    found.push({ url, form, error: lhr.runtimeError?.message ?? null, scores, faults, measures });
  }
} finally {
  await chrome.kill();
}
console.log(JSON.stringify(found));
