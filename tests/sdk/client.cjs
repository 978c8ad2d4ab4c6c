// Copyright (c) 2026, community.dynatrace contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// Calls methods of Dynatrace's JavaScript client, one after the other. Standard input: {folder, url, authorization,
// calls: [[client, method, arguments], ...]}. Standard output: one {result} or {error} for each call. The text "$N" in
// arguments stands for the objectId in the result of call N.
"use strict";

const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");

const input = JSON.parse(readFileSync(0, "utf8"));
const load = createRequire(`${input.folder}/package.json`);
const sdk = load("@dynatrace-sdk/client-classic-environment-v2");
const { PlatformHttpClient } = load("@dynatrace-sdk/http-client");

const http = new PlatformHttpClient({
  baseUrl: input.url,
  defaultHeaders: { Authorization: input.authorization },
});
const results = [];

function objectId(index) {
  const result = results[index].result;
  return Array.isArray(result) ? result[0].objectId : result.objectId;
}

function filled(value) {
  if (typeof value === "string" && /^\$\d+$/.test(value)) {
    return objectId(Number(value.slice(1)));
  }
  if (Array.isArray(value)) {
    return value.map(filled);
  }
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, filled(part)]));
  }
  return value;
}

async function main() {
  for (const [client, method, args] of input.calls) {
    try {
      const result = await new sdk[client](http)[method](filled(args));
      results.push({ result: result === undefined ? null : result });
    } catch (error) {
      const body = error.body === undefined ? null : error.body;
      results.push({ error: { name: error.name, message: error.message, type: error.constructor.name, body } });
    }
  }
  process.stdout.write(JSON.stringify(results));
}

main();
