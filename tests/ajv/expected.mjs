// Prints what AJV says about every case: one JSON object a line with the schema, the payload and
// the errors (null if there are none) in both modes.
//
//   node expected.mjs                the written cases of corpus.mjs
//   node expected.mjs random 500 7   that many schemas made up by random.mjs, from that seed

import { createRequire } from "node:module";
import addFormats from "ajv-formats";
import Ajv from "ajv";
import Ajv2019 from "ajv/dist/2019.js";
import Ajv2020 from "ajv/dist/2020.js";

import { corpus } from "./corpus.mjs";
import { random } from "./random.mjs";

const draft06 = createRequire(import.meta.url)("ajv/dist/refs/json-schema-draft-06.json");

/** FoalTS's instance, without the options that change payloads and without strict mode. */
function instance(schema, allErrors) {
  const options = { allErrors, strict: false, logger: false };
  const dialect = schema?.$schema ?? "";
  if (dialect.includes("2019-09")) return addFormats.default(new Ajv2019.default(options));
  if (dialect.includes("2020-12")) return addFormats.default(new Ajv2020.default(options));
  const ajv = addFormats.default(new Ajv.default(options));
  return dialect.includes("draft-06") ? ajv.addMetaSchema(draft06) : ajv;
}

/** Gives the errors of payloads. */
function checker(schema, allErrors) {
  const copy = JSON.parse(JSON.stringify(schema));
  const validate = instance(copy, allErrors).compile(copy);
  return (payload) => (validate(payload) ? null : validate.errors);
}

const [mode, count, seed] = process.argv.slice(2);
const cases = mode === "random" ? random(Number(count), Number(seed ?? 1)) : corpus;
for (const [schema, ...payloads] of cases) {
  let first, all, refused;
  try {
    first = checker(schema, false);
    all = checker(schema, true);
  } catch (error) {
    refused = error.message;
  }
  for (const payload of payloads) {
    const line = refused ? { refused } : { errors: first(payload), allErrors: all(payload) };
    console.log(JSON.stringify({ schema, payload, ...line }));
  }
}
