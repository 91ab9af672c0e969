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

function errors(schema, payload, allErrors) {
  const copy = JSON.parse(JSON.stringify(schema));
  const validate = instance(copy, allErrors).compile(copy);
  validate(payload);
  return validate.errors ?? null;
}

const [mode, count, seed] = process.argv.slice(2);
const cases = mode === "random" ? random(Number(count), Number(seed ?? 1)) : corpus;
for (const [schema, ...payloads] of cases) {
  for (const payload of payloads) {
    let line;
    try {
      line = { schema, payload, errors: errors(schema, payload, false), allErrors: errors(schema, payload, true) };
    } catch (error) {
      line = { schema, payload, refused: error.message };
    }
    console.log(JSON.stringify(line));
  }
}
