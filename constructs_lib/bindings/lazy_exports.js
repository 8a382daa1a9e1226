"use strict";
// Preloaded into the jsii kernel; why, and what it relies on, stands in __init__.py beside it.
const fs = require("node:fs");
const { join, sep } = require("node:path");

const INDEX = sep + join("@cdktf", "provider-aws", "lib", "index.js");

const BLOCK_COMMENT = /^\/\*[^]*?\*\/$/gm;
const EXPORT = /^exports\.(\w+) = require\("(\.\/[\w-]+)"\);$/;
const OTHER_LINES = [
  /^$/,
  /^\/\//,
  /^"use strict";$/,
  /^Object\.defineProperty\(exports, "__esModule", \{ value: true \}\);$/,
  /^(exports\.\w+ = )+void 0;$/,
];

/** Matches of EXPORT, one a line; none at all if the source does anything besides. */
function exportsOf(source) {
  const exported = [];
  for (const line of source.replace(BLOCK_COMMENT, "").split(/\r?\n/)) {
    const match = EXPORT.exec(line);
    if (match) exported.push(match);
    else if (!OTHER_LINES.some((pattern) => pattern.test(line))) return [];
  }
  return exported;
}

const load = require.extensions[".js"];
require.extensions[".js"] = (module, filename) => {
  const exported = filename.endsWith(INDEX) ? exportsOf(fs.readFileSync(filename, "utf8")) : [];
  if (exported.length === 0) return load(module, filename);

  Object.defineProperty(module.exports, "__esModule", { value: true });
  for (const [, name, path] of exported) {
    const get = () => module.require(path);
    Object.defineProperty(module.exports, name, { get, enumerable: true, configurable: true });
  }
};
