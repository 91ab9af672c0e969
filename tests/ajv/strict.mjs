// Schemas with mistakes in them, and texts that are regular expressions or nearly.

import { random } from "./random.mjs";

const d2019 = { $schema: "https://json-schema.org/draft/2019-09/schema" };
const d2020 = { $schema: "https://json-schema.org/draft/2020-12/schema" };

export const mistakes = [
  { type: "object", requierd: ["a"] }, { type: "string", maxlength: 3 }, { type: "object", properties: { a: { typ: "string" } } },
  { discriminator: { propertyName: "a" }, type: "object", oneOf: [{ type: "object" }] }, { "x-vendor": 1 }, { components: { schemas: {} }, example: 1 },
  { id: "x" }, { type: "object", properties: { id: { type: "string" } } },
  { if: { type: "string" } }, { then: {} }, { else: false }, { if: true, then: { type: "string", foo: 1 } }, { if: { foo: 1 }, then: {}, else: true },
  { additionalItems: false }, { items: {}, additionalItems: false }, { items: [{}], additionalItems: false }, { type: "array", items: [{}], minItems: 1, maxItems: 1 },
  { type: "array", items: [{}], minItems: 1, additionalItems: false }, { type: "array", items: [{}, {}], minItems: 1, maxItems: 2 },
  { ...d2020, type: "array", prefixItems: [{}], minItems: 1, items: false }, { ...d2020, type: "array", prefixItems: [{}] }, { ...d2020, additionalItems: false },
  { prefixItems: [{}] }, { dependentRequired: {} }, { unevaluatedProperties: false }, { minContains: 1 }, { ...d2019, minContains: 1 },
  { ...d2019, type: "array", contains: { type: "string" }, minContains: 0 }, { ...d2019, type: "array", contains: {}, minContains: 3, maxContains: 2 },
  { ...d2019, type: "array", contains: {}, maxContains: 0 }, { ...d2019, type: "array", contains: {}, minContains: 0, maxContains: 1 },
  { type: "object", patternProperties: { "^a": { type: "string" } }, properties: { ab: {} } },
  { type: "object", patternProperties: { "^a": {} }, properties: { ab: {} } }, { ...d2019, type: "object", patternProperties: { "^a": {} }, properties: { ab: {} } },
  { type: "object", patternProperties: { "^a": { type: "string" } }, properties: { b: {} } },
  { definitions: { a: { requierd: 1 } } }, { $defs: { a: { requierd: 1 } } }, { $ref: "#/definitions/a", definitions: { a: { requierd: 1 } } },
  { $ref: "#/definitions/a", foo: 1, definitions: { a: {} } }, { $ref: "#/definitions/a", definitions: { a: { $ref: "#/definitions/b", foo: 1 }, b: {} } },
  { anyOf: [{}, { foo: 1 }] }, { anyOf: [{ foo: 1 }, {}] }, { anyOf: [{ type: "string" }, { foo: 1, type: "null" }] }, { oneOf: [{}, { foo: 1 }] }, { allOf: [{}, { foo: 1 }] },
  { not: { foo: 1 } }, { type: "object", dependencies: { a: { foo: 1 } } }, { type: "object", propertyNames: { foo: 1 } }, { type: "array", contains: { foo: 1 } },
  { type: "object", additionalProperties: { foo: 1 } }, { type: "array", items: { foo: 1 } }, { const: { foo: 1 }, enum: [{ foo: 1 }], default: { foo: 1 } },
  { properties: {} }, { required: ["a"] }, { type: "string", properties: {} }, { type: ["string", "number"] }, { type: ["string", "null"] }, { type: ["string", "number", "null"] },
  { type: "number", anyOf: [{ type: "integer" }, { type: "string" }] }, { type: "integer", anyOf: [{ type: "number" }] }, { type: "integer", minimum: 1 },
  { type: "object", allOf: [{ required: ["a"] }], properties: { a: {} } }, { type: "object", allOf: [{ properties: { a: {} } }, { required: ["a"] }] },
  { type: "object", allOf: [{ properties: { a: { type: "string" } } }, { required: ["a"] }] }, { type: "object", required: ["a"], properties: { b: {} } },
  { type: "object", required: ["a"], properties: { a: {} } }, { type: "string", nullable: true, minLength: 1 }, { format: "date" }, { type: "string", format: "date" },
  { type: "boolean", format: "date" }, { format: "made-up" }, { type: "object", default: {} }, { type: "object", properties: { a: { default: 1 } } },
  { type: "object", anyOf: [{ properties: { a: { default: 1 } } }] }, { type: "array", not: { items: [{ default: 1 }] } }, { type: "object", allOf: [{ properties: { a: { default: 1 } } }] },
  { type: "object", anyOf: [{ type: "object", properties: { a: { type: "object", properties: { b: { default: 1 } } } } }] },
  { $ref: "#/definitions/a", definitions: { a: { default: 1 } } }, { $ref: "#/definitions/a", definitions: { a: { default: 1, $ref: "#/definitions/b" }, b: {} } },
  { title: "", default: 1 }, { default: 1, $ref: "#/definitions/a", definitions: { a: {} } }, { ...d2019, $recursiveAnchor: true }, { ...d2020, $recursiveAnchor: false },
 
  { title: 5 }, { description: {} }, { $comment: 1 }, { readOnly: 1 }, { writeOnly: 1 }, { ...d2019, writeOnly: 1 }, { deprecated: 1 }, { ...d2020, deprecated: 1 }, { examples: 1 },
  { contentEncoding: 5 }, { enum: [1, 1] }, { enum: [1, 1.0, 2] }, { ...d2019, enum: [1, 1] }, { enum: [{ a: 1, b: 2 }, { b: 2, a: 1 }] }, { type: "object", required: ["a", "a"] },
  { type: ["string", "string"] }, { type: "object", dependencies: { a: ["b", "b"] } }, { type: "null", nullable: false }, { type: ["null", "string"], nullable: false }, { type: "string", nullable: false },
  { type: "string", pattern: "\\Z" }, { type: "string", pattern: "]" }, { type: "string", pattern: "a{,2}" }, { type: "string", pattern: "\\-" }, { type: "object", patternProperties: { "[\\w-a]": {} } },
  { type: "object", patternProperties: { "{": { type: "string" } } }, { type: "string", pattern: "\\p{Greek}" }, { type: "string", pattern: "\\p{Script=Greek}" },
  // As Rust's generators write them.
  { $schema: "http://json-schema.org/draft-07/schema#", title: "Order", type: "object", required: ["count"], properties: { count: { description: "How many.", type: "integer", format: "int32", minimum: 0 }, note: { type: ["string", "null"] }, price: { type: "number", format: "double" }, kind: { $ref: "#/definitions/Kind" } }, definitions: { Kind: { oneOf: [{ type: "string", enum: ["a"] }, { type: "object", required: ["b"], properties: { b: { type: "string" } }, additionalProperties: false }] } } },
];

// Every keyword that some dialect or tool knows, with a value of the right kind.
const KEYWORDS = {
  $id: "http://example.com/a", $defs: {}, $vocabulary: {}, $async: true, $comment: "", $dynamicAnchor: "a", $recursiveAnchor: false, definitions: {}, title: "", description: "", default: 1,
  deprecated: true, readOnly: true, writeOnly: true, examples: [], contentMediaType: "", contentEncoding: "", contentSchema: {}, components: {}, example: 1, nullable: false, type: "string",
  const: 1, enum: [1], not: false, anyOf: [{}], oneOf: [{}], allOf: [{}], if: {}, then: {}, else: {}, maximum: 1, minimum: 1, exclusiveMaximum: 1, exclusiveMinimum: 1, multipleOf: 1,
  format: "date", maxLength: 1, minLength: 1, pattern: "a", maxItems: 1, minItems: 1, items: {}, prefixItems: [{}], additionalItems: {}, contains: {}, uniqueItems: true, maxContains: 1,
  minContains: 1, unevaluatedItems: {}, maxProperties: 1, minProperties: 1, required: ["a"], propertyNames: {}, properties: {}, patternProperties: {}, additionalProperties: {},
  dependencies: {}, dependentRequired: {}, dependentSchemas: {}, unevaluatedProperties: {}, discriminator: { propertyName: "a" }, divisibleBy: 1, extends: {}, disallow: "string",
  instanceof: "Date", typeof: "string", transform: ["trim"], uniqueItemProperties: [], errorMessage: "", $data: "1/a", contentLength: 1, xml: {}, externalDocs: {}, $merge: {},
};

for (const dialect of [{}, d2019, d2020]) {
  for (const [keyword, value] of Object.entries(KEYWORDS)) mistakes.push({ ...dialect, [keyword]: value });
}

const ODD = ["requierd", "maxlength", "discriminator", "x-a", "prefixItems", "minContains", "example", "title", "$anchor2", "dependentRequired"];

/** Yields made-up schemas, half of them with a keyword too many somewhere. */
export function* mistaken(count, seed) {
  let turn = seed;
  const roll = (n) => (turn = (Math.imul(turn, 1664525) + 1013904223) >>> 0) % n;
  const objects = (value, found = []) => {
    if (Array.isArray(value)) value.forEach((item) => objects(item, found));
    else if (value !== null && typeof value === "object") {
      found.push(value);
      Object.values(value).forEach((member) => objects(member, found));
    }
    return found;
  };
  for (const [schema] of random(count, seed)) {
    if (roll(2)) {
      const all = objects(schema);
      all[roll(all.length)][ODD[roll(ODD.length)]] = 1;
    }
    yield schema;
  }
}

const PIECES = [
  "a", "b", "z", "0", "1", "9", "-", "]", "[", "[^", "(", ")", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?<a>", "(?<b>", "(?<", "(?", "{", "}", "{2}", "{2,}", "{2,1}", "{1,2}", "{,2}", ",",
  "*", "+", "?", ".", "^", "$", "|", "\\", "\\\\", "\\d", "\\D", "\\w", "\\s", "\\b", "\\B", "\\1", "\\2", "\\0", "\\00", "\\8", "\\k", "\\k<a>", "\\k<", "\\c", "\\cA", "\\c1", "\\c_", "\\x", "\\x4",
  "\\x41", "\\u", "\\u0041", "\\u{41}", "\\u{110000}", "\\ud83d", "\\ude00", "\\p", "\\p{L}", "\\p{Lu}", "\\p{Script=Greek}", "\\p{Greek}", "\\P{Any}", "\\p{", "\\-", "\\/", "/", "\\_", "\\Z", "\\A",
  "[[:alpha:]]", "é", "😀", "😁", "\\101", "\\7", "=", "!", "<", ">", ":", "_", " ", "\n", "\u2028",
];

/** Yields texts of random pieces. */
export function* expressions(count, seed) {
  const roll = (n) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
  yield* PIECES;
  for (let i = 0; i < count; i++) {
    const inner = Array.from({ length: 1 + roll(6) }, () => PIECES[roll(PIECES.length)]).join("");
    // Whole brackets by themselves are rare.
    yield [inner, `[${inner}]`, `(${inner})`, `(?<a>x)${inner}`][roll(4)];
  }
}
