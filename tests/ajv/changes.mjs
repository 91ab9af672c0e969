// Cases for the options that change payloads: [schema, payload, payload, ...], each run with all of OPTIONS.

/** FoalTS's options, and the others one by one and together. */
export const OPTIONS = [
  { coerceTypes: true, removeAdditional: true, useDefaults: true },
  { coerceTypes: true, removeAdditional: true, useDefaults: true, allErrors: true },
  { coerceTypes: "array", removeAdditional: "failing", useDefaults: "empty" },
  { coerceTypes: "array", removeAdditional: "all", useDefaults: "empty", allErrors: true },
  { useDefaults: true },
  { coerceTypes: "array", allErrors: true },
  { removeAdditional: "all" },
  { removeAdditional: "failing", allErrors: true },
];

const d2019 = { $schema: "https://json-schema.org/draft/2019-09/schema" };
const d2020 = { $schema: "https://json-schema.org/draft/2020-12/schema" };

/** What may be coerced, or only nearly. */
const VALUES = [
  null, true, false, 0, 1, -1, 2, 1.5, -0.25, 1e21, 1e-7, 12345678901,
  "", " ", "0", "1", "-1", "+1", "1.0", "1.5", ".5", "5.", "1e3", "1e-2", "-0", "0x1F", "0b11", "0o17", "0X", "0xg", "1_0", "1n", "1 2",
  "\t7\n", "\u00a08\ufeff", "\u00859", "nan", "NaN", "inf", "infinity", "true", "false", "TRUE", " true", "null", "abc",
  [], [1], ["1"], [null], [[1]], [[]], [1, 2], [{}], {}, { a: 1 },
];

const TYPES = ["null", "boolean", "number", "integer", "string", "array", "object"];

const product = {
  type: "object",
  additionalProperties: false,
  required: ["name", "price", "tags"],
  properties: {
    name: { type: "string", minLength: 1 },
    price: { type: "number", minimum: 0 },
    tags: { type: "array", items: { type: "string" }, default: ["new"] },
    size: { enum: ["s", "m"], default: "m" },
    owner: { $ref: "#/definitions/user" },
  },
  definitions: {
    user: {
      type: "object",
      additionalProperties: false,
      properties: { id: { type: "integer" }, roles: { default: { admin: false, more: [1, { a: null }] } } },
    },
  },
};

const coerced = [
  ...TYPES.map((type) => [{ properties: { a: { type } } }, ...VALUES.map((a) => ({ a }))]),
  ...TYPES.map((type) => [{ type }, ...VALUES]),
  ...TYPES.map((type) => [{ items: { type } }, VALUES, [1, "1", null]]),
  ...TYPES.flatMap((one) => TYPES.filter((two) => two !== one).map((two) => [{ properties: { a: { type: [one, two] } } }, ...VALUES.map((a) => ({ a }))])),
  [{ properties: { a: { type: "string", nullable: true } } }, { a: null }, { a: 1 }, { a: "" }, { a: [] }],
  [{ properties: { a: { type: "integer", nullable: true } } }, { a: null }, { a: "" }, { a: "x" }, { a: "1.5" }],
  [{ properties: { a: { type: ["integer"], nullable: true } } }, { a: "" }, { a: "x" }],
  [{ properties: { a: { type: "integer", minimum: 5, const: 7 } } }, { a: "7" }, { a: "8" }, { a: "4" }, { a: "x" }],
  [{ properties: { a: { type: "string", maxLength: 1, enum: ["1", "true"] } } }, { a: 1 }, { a: true }, { a: 22 }, { a: {} }],
  [{ additionalProperties: { type: "integer" } }, { a: "1", b: "x", c: 2 }, { a: "1" }],
  [{ patternProperties: { "^a": { type: "integer" }, b$: { type: "string" } } }, { ab: "1", a: "2", b: 3 }, { ab: "x" }],
  [{ items: [{ type: "integer" }, { type: "string" }], additionalItems: { type: "boolean" } }, ["1", 2, "true"], ["x"], [[1], [2], [true]]],
  [{ uniqueItems: true, items: { type: "integer" } }, [1, "1"], ["1", "2"]],
  [{ contains: { type: "integer" } }, ["1", "x", "2"], ["x"], []],
  [{ dependencies: { a: { properties: { b: { type: "integer" } } } } }, { a: 1, b: "2" }, { b: "2" }],

  // One schema after another for the same value, which is one variable in AJV, or a function's own.
  [{ properties: { a: { allOf: [{ type: "integer" }, { type: "string" }], minimum: 3, minLength: 2 } } }, { a: "1" }, { a: 12 }, { a: true }],
  [{ properties: { a: { anyOf: [{ type: "integer", minimum: 3 }, { type: "string", minLength: 2 }] } } }, { a: "1" }, { a: "5" }, { a: "x" }, { a: true }],
  [{ properties: { a: { oneOf: [{ type: "integer" }, { type: "string" }] } } }, { a: "1" }, { a: 1 }, { a: true }, { a: "x" }],
  [{ properties: { a: { oneOf: [{ type: "boolean" }, { type: "null" }, { type: "string" }] } } }, { a: 1 }, { a: 0 }, { a: "" }],
  [{ properties: { a: { not: { type: "integer" } } } }, { a: "1" }, { a: "x" }, { a: true }],
  [{ properties: { a: { if: { type: "integer" }, then: { minimum: 3 }, else: { type: "boolean" } } } }, { a: "1" }, { a: "5" }, { a: "true" }, { a: "x" }],
  [{ properties: { a: { if: { type: "integer" }, then: true } } }, { a: "1" }],
  [{ properties: { a: { anyOf: [{ type: "integer" }, true] } } }, { a: "1" }],
  [{ properties: { a: { $ref: "#/definitions/n", minimum: 5 } }, definitions: { n: { type: "integer" } } }, { a: "1" }, { a: "7" }, { a: 1 }],
  [{ properties: { a: { $ref: "#/definitions/n", minimum: 5, minLength: 3 } }, definitions: { n: { allOf: [{ $ref: "#/definitions/i" }] }, i: { type: "integer" } } }, { a: "1" }, { a: "777" }, { a: 1 }, { a: true }],
  [{ properties: { a: { $ref: "#/definitions/n", maxItems: 0, items: { type: "string" } } }, definitions: { n: { allOf: [{ $ref: "#/definitions/s" }] }, s: { type: "string" } } }, { a: ["x"] }, { a: [1] }, { a: 1 }],
  [{ properties: { a: { $ref: "#/definitions/n", type: "array" } }, definitions: { n: { type: "array", items: { $ref: "#/definitions/i" } }, i: { type: "integer" } } }, { a: "1" }, { a: ["1"] }],
  [{ $ref: "#/definitions/n", minimum: 5, definitions: { n: { type: "integer", not: { $ref: "#/definitions/s" } }, s: { type: "null" } } }, "1", "7", 7],
  [{ properties: { a: { $ref: "#" }, v: { type: "integer" } } }, { v: "1", a: { v: "2", a: { v: "3" } } }, { v: 1, a: { v: "x" } }],
  [{ properties: { a: { anyOf: [{ $ref: "#/definitions/d" }, { type: "object" }] } }, definitions: { d: { required: ["z"], properties: { x: { default: 1 }, y: { $ref: "#/definitions/i" } } }, i: { type: "integer" } } }, { a: {} }, { a: { z: 1, y: "3" } }, { a: { y: "3" } }],
];

const filled = [
  [product, { name: "Hat", price: "5" }, { name: 1, price: true, more: 1 }, { price: 1 }, {}, { name: "Hat", price: "x", size: "xl" },
    { name: "Hat", price: 1, owner: { id: "7", secret: 1 } }, { name: "Hat", price: 1, owner: { roles: 1 } }, { name: "Hat", price: 1, size: null, tags: "" }, "x", null],
  [{ properties: { b: { default: 1 }, a: { default: { x: [] } }, 5: { default: "five" }, 10: { default: null } } }, {}, { z: 1, 7: 1 }, { a: 2, 10: 3 }, { b: null, a: "" }, [], 5],
  [{ properties: { a: { type: "integer", default: "5" } } }, {}, { a: "x" }],
  [{ properties: { a: { type: "integer", default: "x" } } }, {}, { a: 1 }],
  [{ required: ["a"], minProperties: 1, maxProperties: 1, properties: { a: { default: 1 } } }, {}, { b: 1 }],
  [{ properties: { a: { default: {}, properties: { b: { default: {}, properties: { c: { default: 7 } } } } } } }, {}, { a: {} }, { a: { b: { c: 1 } } }, { a: 1 }],
  [{ properties: { a: { default: 1 } }, additionalProperties: false, propertyNames: { maxLength: 1 } }, { bb: 1 }, { b: 1 }, {}],
  [{ properties: { a: { default: 1 } }, dependencies: { a: ["b"] } }, {}, { b: 1 }],
  [{ properties: { a: { default: 1 } }, patternProperties: { "^a": { type: "string" } } }, {}],
  [{ items: [{ default: 1 }, { type: "string" }, { default: [{}] }] }, [], [null], ["", 2], [1, "2", 3, 4]],
  [{ items: [{ default: 1 }, {}, { default: 3 }], minItems: 3, additionalItems: false }, [], [5, 6], [1, 2, 3, 4]],
  [{ items: [true, { default: 1 }], uniqueItems: true }, [], [1]],
  [{ allOf: [{ properties: { a: { default: 1 } } }, { properties: { a: { default: 2 }, b: { default: 3 } } }] }, {}, { a: 0 }],
  [{ anyOf: [{ properties: { a: { default: 1 } } }, { required: ["b"] }] }, {}, { b: 1 }],
  [{ oneOf: [{ required: ["b"] }, { properties: { a: { default: 1 } } }] }, {}, { b: 1 }],
  [{ not: { required: ["a"], properties: { a: { default: 1 } } } }, {}],
  [{ if: { required: ["b"], properties: { c: { default: 1 } } }, then: { properties: { a: { default: 1 } } }, else: { properties: { d: { default: 2 } } } }, {}, { b: 1 }],
  [{ contains: { properties: { a: { default: 1 } } } }, [{}]],
  [{ dependencies: { b: { properties: { a: { default: 1 } } } } }, { b: 1 }, {}],
  [{ default: 5, type: "integer" }, null, "", 1],
  [{ dependencies: { b: { properties: { b: {} }, additionalProperties: false } }, properties: { a: { type: "string", default: "x" } } }, { b: 1 }, { b: 1, a: "y" }, {}],
  [{ ...d2020, prefixItems: [{ default: 1 }], properties: { a: { default: 1 } } }, [], {}],
  [{ ...d2019, dependentSchemas: { b: { properties: { a: { default: 1 } } } } }, { b: 1 }, {}],
];

const removed = [
  [{ additionalProperties: false }, { a: 1, b: 2 }, {}, []],
  [{ additionalProperties: true }, { a: 1 }], [{ additionalProperties: {} }, { a: 1 }],
  [{ properties: { a: {} } }, { a: 1, b: 2 }, { b: 1 }],
  [{ properties: { a: {} }, patternProperties: { "^x": { type: "string" } } }, { a: 1, b: 2, x1: "s" }, { x: 1 }],
  [{ properties: { a: {} }, additionalProperties: true }, { a: 1, b: 2 }],
  [{ properties: { a: { properties: { b: {} } } }, additionalProperties: false }, { a: { b: 1, c: 1 }, d: 1 }],
  [{ patternProperties: { "^x": {} }, additionalProperties: false }, { x1: 1, y: 2 }], [{ patternProperties: { "^x": {} } }, { x1: 1, y: 2 }],
  [{ additionalProperties: { type: "string" } }, { a: 1, b: "x", c: null, d: {} }, { a: "x" }],
  [{ properties: { a: {} }, additionalProperties: { type: "object", properties: { n: { type: "integer" } }, required: ["n"] } }, { a: 1, b: { n: "1", m: 2 }, c: { n: "x" }, d: {} }],
  [{ additionalProperties: { anyOf: [{ type: "integer", minimum: 5 }, { type: "boolean" }] } }, { a: 7, b: 1, c: "true", d: "x" }],
  [{ required: ["b"], properties: { a: {} }, additionalProperties: false }, { a: 1, b: 2 }],
  [{ maxProperties: 1, properties: { a: {} }, additionalProperties: false }, { a: 1, b: 2 }, { b: 1 }],
  [{ propertyNames: { maxLength: 1 }, additionalProperties: false }, { aa: 1 }, { a: 1 }],
  [{ dependencies: { b: ["c"] }, properties: { a: {} }, additionalProperties: false }, { a: 1, b: 2 }],
  [{ properties: { a: {} }, additionalProperties: false, allOf: [{ required: ["b"] }] }, { a: 1, b: 1 }],
  [{ allOf: [{ properties: { a: {} }, additionalProperties: false }, { properties: { b: {} }, additionalProperties: false }] }, { a: 1, b: 1 }],
  [{ anyOf: [{ properties: { a: { type: "integer" } }, required: ["c"], additionalProperties: false }, { properties: { b: {} }, required: ["b"] }] }, { a: 1, b: 1 }, { a: 1, c: 1 }, { b: 1 }],
  [{ oneOf: [{ properties: { a: {} }, required: ["a"], additionalProperties: false }, { properties: { b: {} }, required: ["b"], additionalProperties: false }] }, { a: 1, b: 1 }, { b: 1 }, { c: 1 }],
  [{ not: { properties: { a: { type: "string" } }, additionalProperties: false, required: ["a"] } }, { a: 1, b: 1 }, { a: "x", b: 1 }],
  [{ if: { properties: { a: { const: 1 } }, additionalProperties: false }, then: { required: ["b"] }, else: {} }, { a: 1, b: 1 }, { a: 2, b: 1 }],
  [{ items: { properties: { a: {} }, additionalProperties: false } }, [{ a: 1, b: 1 }, { b: 1 }, 5]],
  [{ ...d2019, properties: { a: {} }, unevaluatedProperties: false }, { a: 1, b: 1 }, { a: 1 }],
  [{ ...d2019, anyOf: [{ properties: { a: { type: "integer" } }, required: ["a"] }, { properties: { b: { type: "integer" } }, required: ["b"] }], unevaluatedProperties: false }, { a: "1", b: "2" }, { a: "1", c: 1 }, { b: "1" }],
  [{ properties: { a: {}, b: {}, c: {}, d: {}, e: {}, f: {}, g: {}, h: {}, i: { default: 9 } }, additionalProperties: false }, { z: 1, i: 1, y: 2, h: 3, x: 4, g: 5, w: 6, a: 7, v: 8, u: 9 }, { 3: 1, c: 1, 1: 1, b: 1, 2: 1, d: 1, e: 1, f: 1, g: 1, h: 1 }],
];

// Where Stockade differs on purpose; tests/it/ajv.rs says why.
const different = [
  [{ properties: { a: { type: "number" } } }, { a: "1e999" }, { a: "Infinity" }],
  [{ properties: { a: { type: "string" } } }, { a: 1e300 }],
];

export const changes = [...coerced, ...filled, ...removed, ...different];
