// Lints the examples: scripts in Node.js, modules in a page, and Workers.
import js from "@eslint/js";
import html from "eslint-plugin-html";
import globals from "globals";

export default [
  js.configs.recommended,
  { rules: { "no-var": "error", "prefer-const": "error", eqeqeq: "error" } },
  { files: ["**/*.mjs"], languageOptions: { globals: globals.nodeBuiltin } },
  { files: ["**/*.html"], plugins: { html }, languageOptions: { globals: globals.browser } },
  {
    files: ["**/integrations/**/*.js"],
    languageOptions: { globals: globals.serviceworker },
    rules: { "no-unused-vars": ["error", { args: "none" }] },
  },
];
