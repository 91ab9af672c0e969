// Prints what AJV says about every case: one JSON object a line with the schema, the payload and
// the errors (null if there are none) in both modes.
//
//   node expected.mjs                the written cases of corpus.mjs
//   node expected.mjs random 500 7   that many schemas made up by random.mjs, from that seed
//
// With options that change payloads, one line for each set of options, with the payload as it is afterwards (null if it
// is not valid):
//
//   node expected.mjs changes [random 500 7]
//
// What strict mode says of schemas, one line for each schema and setting, with the reason if it is refused and with what is
// logged; and which of many texts are regular expressions, to the format `regex` and with the flag `u`:
//
//   node expected.mjs strict [random 500 7]
//   node expected.mjs expressions 20000 7

import { createRequire } from "node:module";
import addFormats from "ajv-formats";
import Ajv from "ajv";
import Ajv2019 from "ajv/dist/2019.js";
import Ajv2020 from "ajv/dist/2020.js";

import { corpus } from "./corpus.mjs";
import { changes, OPTIONS } from "./changes.mjs";
import { random } from "./random.mjs";
import { expressions, mistakes, mistaken } from "./strict.mjs";

const draft06 = createRequire(import.meta.url)("ajv/dist/refs/json-schema-draft-06.json");

/** FoalTS's instance, without the options that change payloads and without strict mode unless `more` has them. */
function instance(schema, more) {
  const options = { strict: false, logger: false, ...more };
  const dialect = schema?.$schema ?? "";
  if (dialect.includes("2019-09")) return addFormats.default(new Ajv2019.default(options));
  if (dialect.includes("2020-12")) return addFormats.default(new Ajv2020.default(options));
  const ajv = addFormats.default(new Ajv.default(options));
  return dialect.includes("draft-06") ? ajv.addMetaSchema(draft06) : ajv;
}

/** Gives the errors of payloads. */
function checker(schema, allErrors) {
  const copy = JSON.parse(JSON.stringify(schema));
  const validate = instance(copy, { allErrors }).compile(copy);
  return (payload) => (validate(payload) ? null : validate.errors);
}

/** Instances by their options: making one takes longer than anything that it does. */
const instances = new Map();

/** Gives errors and what became of payloads. */
function changer(schema, options) {
  const copy = JSON.parse(JSON.stringify(schema));
  const key = JSON.stringify([schema.$schema, options]);
  if (!instances.has(key)) instances.set(key, instance(copy, options));
  const ajv = instances.get(key);
  const validate = ajv.compile(copy);
  if (typeof copy === "object") ajv.removeSchema(copy);
  return (payload) => {
    const data = JSON.parse(JSON.stringify(payload));
    return validate(data) ? { errors: null, after: data } : { errors: validate.errors, after: null };
  };
}

/** Prints the lines for options that change payloads. Made-up schemas get one set of options each. */
function printChanges(cases, sets) {
  let turn = 0;
  for (const [schema, ...payloads] of cases) {
    for (const options of sets(turn++)) {
      let change, refused;
      try {
        change = changer(schema, options);
      } catch (error) {
        refused = error.message;
      }
      for (const payload of payloads) {
        let line;
        try {
          line = refused ? { refused } : change(payload);
        } catch (error) {
          line = { threw: error.message };
        }
        console.log(JSON.stringify({ options, schema, payload, ...line }));
      }
    }
  }
}

/** Prints the lines for options that do not. */
function printErrors(cases) {
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
}

/** FoalTS's keywords on top of AJV's. */
function foal(ajv) {
  return ajv.addKeyword({ keyword: "components" }).addKeyword({ keyword: "example" });
}

/** Prints the lines for strict mode; without the option, AJV has a default of its own. */
function printStrict(schemas) {
  for (const schema of schemas) {
    for (const options of [{ strict: undefined }, { strict: true }, { strict: "log" }, { strict: undefined, useDefaults: true }]) {
      const logged = [];
      const log = (message) => logged.push(message);
      const copy = JSON.parse(JSON.stringify(schema));
      let refused;
      try {
        foal(instance(copy, { ...options, logger: { log, warn: log, error: log } })).compile(copy);
      } catch (error) {
        refused = error.message;
      }
      console.log(JSON.stringify({ strict: options.strict, defaults: !!options.useDefaults, schema, refused, logged }));
    }
  }
}

function isPattern(text) {
  try {
    new RegExp(text, "u");
    return true;
  } catch {
    return false;
  }
}

function printExpressions(count, seed) {
  const schema = { type: "string", format: "regex" };
  const isRegex = instance(schema).compile(schema);
  for (const text of expressions(count, seed)) {
    console.log(JSON.stringify([text, isRegex(text), isPattern(text)]));
  }
}

const [first, ...rest] = process.argv.slice(2);
const [mode, count, seed] = first === "changes" ? rest : [first, ...rest];
const made = (changing) => random(Number(count), Number(seed ?? 1), changing);
if (first === "changes" && mode === "random") printChanges(made(true), (turn) => [OPTIONS[turn % OPTIONS.length]]);
else if (first === "changes") printChanges([...changes, ...corpus], () => OPTIONS);
else if (first === "strict") {
  const [mode, count, seed] = rest;
  printStrict(mode === "random" ? mistaken(Number(count), Number(seed ?? 1)) : [...mistakes, ...corpus.map(([schema]) => schema)]);
} else if (first === "expressions") printExpressions(Number(rest[0]), Number(rest[1] ?? 1));
else printErrors(mode === "random" ? made(false) : corpus);
