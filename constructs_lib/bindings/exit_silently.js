"use strict";
// Preloaded into a kernel that direct.py starts: when Python was killed, the kernel exits without a message.
const fs = require("node:fs");

const CHANNEL = 3;

for (const name of ["readSync", "writeSync"]) {
  const call = fs[name];
  fs[name] = (descriptor, ...rest) => {
    try {
      return call(descriptor, ...rest);
    } catch (error) {
      if (descriptor === CHANNEL && ["EPIPE", "ECONNRESET"].includes(error.code)) process.exit(1);
      throw error;
    }
  };
}
