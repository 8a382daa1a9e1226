"use strict";
// Preloaded into the jsii kernel; __init__.py documents why, and what it expects of the bindings.
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

/** The matches of EXPORT, one per line; empty if the source contains any other statement. */
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
