// Cases for the comparison with AJV: [schema, payload, payload, ...].

const EVERY = [null, true, false, 0, -1, 1.5, 7, 10, 1e21, "", "abc", "ab", "ünïcödé", "😀😀", [], [1, 2], [[1]], {}, { a: 1 }];
const d2019 = { $schema: "https://json-schema.org/draft/2019-09/schema" };
const d2020 = { $schema: "https://json-schema.org/draft/2020-12/schema" };
const d06 = { $schema: "http://json-schema.org/draft-06/schema#" };
const d07 = { $schema: "http://json-schema.org/draft-07/schema#" };

const product = {
  type: "object",
  additionalProperties: false,
  required: ["name", "price"],
  properties: {
    name: { type: "string", minLength: 1, maxLength: 50 },
    price: { type: "number", minimum: 0 },
    tags: { type: "array", items: { type: "string" }, maxItems: 3, uniqueItems: true },
    size: { enum: ["s", "m", "l"] },
    owner: { $ref: "#/definitions/user" },
  },
  definitions: {
    user: { type: "object", required: ["email"], properties: { email: { type: "string", format: "email" } } },
  },
};

const tree = {
  $ref: "#/definitions/node",
  definitions: {
    node: {
      type: "object",
      required: ["value"],
      properties: {
        value: { type: "integer" },
        children: { type: "array", items: { $ref: "#/definitions/node" } },
      },
    },
  },
};

const expression = {
  $ref: "#/definitions/e",
  definitions: {
    e: {
      oneOf: [
        { type: "number" },
        { type: "object", properties: { op: { const: "add" }, l: { $ref: "#/definitions/e" }, r: { $ref: "#/definitions/e" } }, required: ["op", "l", "r"], additionalProperties: false },
        { type: "object", properties: { op: { const: "neg" }, l: { $ref: "#/definitions/e" } }, required: ["op", "l"], additionalProperties: false },
      ],
    },
  },
};

const general = [
  [true, 1, null],
  [false, 1, {}],
  [{}, 1],
  [product, { name: "Hat", price: 5 }, { price: 5 }, { name: "", price: -1 }, {}, 5, null,
    { name: "Hat", price: "5", tags: ["a", "a", 3, "b"] }, { name: "Hat", price: 5, size: "xl", zip: 1 },
    { name: "Hat", price: 5, owner: {} }, { name: "Hat", price: 5, owner: { email: "x" } },
    { name: "Hat", price: 5, owner: { email: "x@y.org" }, tags: ["a"] }, { extra: 1, name: 1, price: -1, tags: {} }],
  [{ ...product, ...d07 }, { name: 5, price: 5 }],

  // type
  ...["null", "boolean", "number", "integer", "string", "array", "object"].map((type) => [{ type }, ...EVERY]),
  [{ type: ["string", "null"] }, ...EVERY],
  [{ type: ["integer", "array"] }, 1, 1.5, "x", []],
  [{ type: ["array", "object"] }, {}, [], 1, null],
  [{ type: ["array", "object", "null"] }, 1, null],
  [{ type: ["number", "integer"] }, "1", 1.5],
  [{ type: "string", nullable: true }, null, "a", 1],
  [{ type: ["string"], nullable: true }, null, 1],
  [{ type: "string", nullable: true, minLength: 2 }, null, "a", 1],
  [{ type: "string", nullable: false }, null, "a"],
  [{ type: "object", nullable: true, required: ["a"] }, null, {}, 3],

  // numbers
  [{ maximum: 3 }, 3, 4, 3.5, "4"],
  [{ minimum: -1.5 }, -1.5, -2, 0],
  [{ exclusiveMaximum: 3 }, 3, 2.9, 4],
  [{ exclusiveMinimum: 3 }, 3, 3.1],
  [{ type: "number", minimum: 5, maximum: 3, multipleOf: 7 }, 4, 1, 8, "x"],
  [{ type: "integer", minimum: 5 }, 4, 4.5, 5.5, "x"],
  [{ maximum: 1e21 }, 1e22], [{ maximum: 1e-7 }, 1], [{ maximum: 123456789012 }, 1e13], [{ maximum: 1.5e300 }, 1e301],
  [{ minimum: 0.000001 }, 0], [{ minimum: 5.0 }, 4], [{ minimum: -1e-10 }, -1],
  [{ multipleOf: 2 }, 3, 4, 0, -2, 3.5], [{ multipleOf: 0.01 }, 19.99, 0.07, 1, 0.5], [{ multipleOf: 0.1 }, 0.3, 0.5],
  [{ multipleOf: 1 }, 1e21, 1e20], [{ multipleOf: 1e-7 }, 0.5, 3e-7], [{ multipleOf: 2.5 }, 7.5, 8],

  // strings
  [{ maxLength: 2 }, "ab", "abc", "😀😀", "😀😀😀", 5],
  [{ minLength: 2 }, "ab", "a", "😀", "é"],
  [{ type: "string", minLength: 3, maxLength: 1, pattern: "^x" }, "ab", 5, "x"],
  [{ pattern: "^a+$" }, "aaa", "b", "", "a\n"],
  [{ pattern: "\\d{2}" }, "a12", "a1", "٣٣"],
  [{ pattern: "^\\w+\\s.$" }, "ab c", "é c", "a\u00a0b", "a  "],
  [{ pattern: "^[^\\n]*$" }, "x", "a\nb"],
  [{ pattern: "^\\u0041\\x42\\/$" }, "AB/", "ab/"],
  [{ pattern: "^\\p{L}+$" }, "éa", "1"],
  [{ pattern: "^(?:a|bc)*?d" }, "abcd", "abd", "x"],
  [{ pattern: "\"quoted\\\\\"" }, "x"],
  [{ pattern: "^.$" }, "a", "😀", "\n", "ab"],
  [{ pattern: "a{2,3}$" }, "aa", "a"],
  [{ pattern: "\\bfoo\\b" }, "a foo b", "éfoo", "foofoo"], [{ pattern: "\\Bfoo" }, "afoo", "éfoo", "foo"],
  [{ pattern: "^[a-z]+(?:-[a-z]+)*$" }, "a-b", "a-", "A"], [{ pattern: "^(?<year>\\d{4})$" }, "2024", "x"],

  // arrays
  [{ maxItems: 1 }, [], [1, 2], {}], [{ minItems: 1 }, [], [1]],
  [{ type: "array", minItems: 2, maxItems: 0 }, [1], "x"],
  [{ items: { type: "integer" } }, [1, "a", 2.5], [1], [], "x"],
  [{ items: [{ type: "integer" }, { type: "string" }] }, [1, "a", true], ["a", 1], [], [1]],
  [{ items: [{ type: "integer" }], additionalItems: false }, [1], [1, 2, 3], ["a", 2]],
  [{ items: [{ type: "integer" }], additionalItems: { type: "string" } }, [1, "a"], [1, 2, 3], ["a", 2]],
  [{ items: { type: "integer" }, additionalItems: false }, [1, 2], ["a"]],
  [{ additionalItems: false }, [1]],
  [{ items: false }, [], [1, 2]], [{ items: true }, [1]], [{ items: [true, false] }, [1], [1, 2]],
  [{ contains: { type: "string" } }, [1, "a"], [1, 2], [], {}],
  [{ contains: { type: "string", minLength: 2 } }, ["a", 1], ["ab"]],
  [{ contains: true }, [], [1]], [{ contains: false }, [], [1]],
  [{ contains: { type: "string" }, minContains: 2 }, ["a"], []],
  [{ anyOf: [{ contains: { type: "string" } }] }, [1, 2], ["a"]],
  [{ uniqueItems: true }, [1, 2], [1, 2, 1, 3, 2, 1], [{ a: 1, b: 2 }, { b: 2, a: 1 }], [[1], [1]], [1, "1", true, null], [0, -0], [1, 1.0], ["a", "b", "a"]],
  [{ uniqueItems: true, items: { type: "number" } }, [1, 2, 1, 3, 2, 1], [1, "a", "a"], [3, 3, 3]],
  [{ uniqueItems: true, items: { type: ["string", "number"] } }, ["1", 1, "x", "x"], [2, 2, "a", "a"]],
  [{ uniqueItems: true, items: { type: ["string", "object"] } }, ["a", "b", "a", "b"]],
  [{ uniqueItems: true, items: [{ type: "string" }] }, ["a", "b", "a", "b"]],
  [{ uniqueItems: false }, [1, 1]],
  [{ uniqueItems: true }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 3, 11, 4, 3], [{}, {}, 1, 2, 3, 4, 5, 6, 7, 8]],
  [{ type: "array", items: { type: "object", required: ["id"], properties: { id: { type: "integer" } } } }, [{ id: 1 }, {}, { id: "x" }, 5]],

  // objects
  [{ maxProperties: 1 }, { a: 1, b: 2 }, {}], [{ minProperties: 1 }, {}, []],
  [{ required: ["a", "b", "c'd"] }, {}, { b: 1 }, { a: 1, b: 2, "c'd": 3 }, 5],
  [{ required: [] }, {}],
  [{ properties: { b: { type: "string" }, a: { type: "null" }, 10: { type: "null" }, 2: { type: "null" } } }, { a: 1, b: 2, 10: 1, 2: 1 }, { b: "x" }],
  [{ properties: { "a/b~c d%é\"": { type: "string" }, "$x": { type: "string" }, "": { type: "string" } } }, { "a/b~c d%é\"": 5, $x: 1, "": 2 }],
  [{ properties: { a: false, b: true } }, { a: 1 }, { b: 1 }],
  [{ patternProperties: { "^a": { type: "string" }, "b$": { type: "number" } } }, { a: 1, ab: "x" }, { ab: 1 }, { c: 1 }],
  [{ patternProperties: { "^S_": { type: "string" }, "/~é": false } }, { S_1: 1, "x/~é": 1 }],
  [{ additionalProperties: false }, { a: 1, b: 2 }, {}],
  [{ additionalProperties: { type: "string" } }, { a: 1, b: 2 }, { a: "x" }],
  [{ properties: { a: {} }, patternProperties: { "^b": {} }, additionalProperties: false }, { a: 1, b1: 2, c: 3, d: 4 }],
  [{ properties: { a: { type: "string" } }, patternProperties: { "^b": { type: "string" } }, additionalProperties: { type: "integer" } }, { a: 1, b: 1, c: "x" }],
  [{ properties: { a: {}, b: {}, c: {}, d: {}, e: {}, f: {}, g: {}, h: {}, i: {} }, additionalProperties: false }, { a: 1, i: 2, j: 3, k: 4 }],
  [{ propertyNames: { minLength: 3, pattern: "^x" } }, { a: 1, b: 2 }, { xyz: 1 }, {}],
  [{ propertyNames: false }, { a: 1 }, {}], [{ propertyNames: { enum: ["a"] } }, { a: 1, b: 2 }],
  [{ propertyNames: { anyOf: [{ minLength: 3 }, { const: "a" }] } }, { a: 1, b: 2 }],
  [{ propertyNames: { $ref: "#/definitions/n" }, definitions: { n: { maxLength: 1 } } }, { ab: 1 }],
  [{ propertyNames: { $ref: "#/definitions/n" }, definitions: { n: { anyOf: [{ $ref: "#/definitions/m" }] }, m: { maxLength: 1 } } }, { ab: 1 }],
  [{ properties: { a: { propertyNames: { maxLength: 1 } } } }, { a: { bc: 1 } }],
  [{ dependencies: { a: ["b", "c"], d: ["e"], f: [] } }, { a: 1, d: 1 }, { a: 1, b: 1, c: 1 }, { f: 1 }, {}],
  [{ dependencies: { "x/y": { required: ["q"] }, a: ["b"] } }, { "x/y": 1, a: 1 }, { "x/y": 1, q: 1 }],
  [{ dependencies: { a: false, b: true } }, { a: 1 }, { b: 1 }],
  [{ type: "object", maxProperties: 1, required: ["z"], propertyNames: { maxLength: 1 }, properties: { aa: { type: "string" } } }, { aa: 1, bb: 2 }, 3],

  // any
  [{ const: 5 }, 5, 6, "5"], [{ const: null }, null, 0], [{ const: { b: [1, { c: 2 }], a: 1 } }, { a: 1, b: [1, { c: 2 }] }, {}], [{ const: [] }, [], {}], [{ const: "a\"b" }, "x"], [{ const: false }, false, 0], [{ const: 1.0 }, 1, 2],
  [{ enum: [1, "a", { z: 1, b: null }, [2], null, true] }, 1, "a", { b: null, z: 1 }, [2], null, true, false, {}, 2],
  [{ not: { type: "string" } }, 1, "a"], [{ not: {} }, 1], [{ not: false }, 1], [{ not: true }, 1], [{ not: { not: { type: "string" } } }, 1, "a"],
  [{ not: { anyOf: [{ type: "string" }, { type: "number" }] } }, 1, null],
  [{ anyOf: [{ type: "string" }, { minimum: 5 }] }, 1, "a", 7, null],
  [{ anyOf: [{ type: "integer", minimum: 8 }, { type: "integer", enum: [3] }, { type: "string", enum: ["x"], minLength: 2 }] }, 7.5, "y", 3, 1],
  [{ anyOf: [{ required: ["a", "b"] }, { properties: { c: { type: "string" } }, required: ["d"] }] }, { c: 1 }, { a: 1, b: 2 }],
  [{ anyOf: [false, { type: "null" }] }, 1], [{ anyOf: [true, { type: "null" }] }, 1],
  [{ anyOf: [{ type: "string" }], type: "number" }, true, 5],
  [{ anyOf: [{ anyOf: [{ type: "string" }, { type: "null" }] }, { allOf: [{ minimum: 5 }, { maximum: 3 }] }] }, 4, 2],
  [{ oneOf: [{ type: "string" }, { type: "number" }, { minimum: 3 }, { maximum: 100 }] }, 5, "a", true, 1],
  [{ oneOf: [{ type: "string" }, { type: "null" }] }, 5, null], [{ oneOf: [{ minimum: 1 }, { minimum: 2 }] }, 3, 1.5, 0],
  [{ oneOf: [{ required: ["a"] }, { required: ["b"] }] }, {}, { a: 1 }, { a: 1, b: 2 }],
  [{ oneOf: [true, true, false] }, 1], [{ oneOf: [false] }, 1],
  [{ allOf: [{ minimum: 5 }, { maximum: 3 }, { multipleOf: 2 }] }, 4, 1, 6, 3],
  [{ allOf: [{ required: ["a"] }, { properties: { b: { type: "string" } } }] }, { b: 1 }, { a: 1, b: 1 }],
  [{ allOf: [false, { type: "null" }] }, 1],
  [{ if: { type: "number" }, then: { minimum: 8 }, else: { type: "string" } }, 7, 9, "a", null],
  [{ if: { type: "number" }, then: { minimum: 8 } }, 7, null], [{ if: { type: "number" }, else: { type: "string" } }, 7, null],
  [{ if: { type: "number" } }, 7], [{ then: false }, 7], [{ if: true, then: false, else: true }, 7],
  [{ if: false, then: false, else: { minimum: 8 } }, 7], [{ if: { minimum: 3 }, then: true, else: false }, 2, 4],
  [{ anyOf: [{ if: { type: "number" }, then: { minimum: 8 } }] }, 7],
  [{ if: { anyOf: [{ const: 1 }, { const: 2 }] }, then: { const: 1 } }, 2, 3],
  [{ properties: { a: { if: { type: "number" }, then: { minimum: 8 } } } }, { a: 1 }],
  [{ type: "string", enum: ["aaa"], minLength: 3 }, 5, "a", "bbb"],
  [{ type: "string", enum: ["aaa"] }, 5, "bbb"],
  [{ type: "object", required: ["a"], const: 5 }, 6, 5, {}],
  [{ title: "t", description: "d", default: 5, examples: [1], readOnly: true, $comment: "c", contentEncoding: "base64" }, 1],

  // references
  [tree, { value: 1, children: [{ value: 2, children: [] }, { value: "x" }] }, { value: 1 }, {}, { value: 1, children: [{}, 5] }, { value: 1, children: [{ value: 1, children: [{ value: 1.5 }] }] }],
  [expression, 5, { op: "add", l: 1, r: { op: "neg", l: 2 } }, { op: "add", l: 1 }, { op: "neg", l: "x" }, { op: "add", l: 1, r: { op: "neg", l: "x" } }],
  [{ properties: { next: { $ref: "#" }, v: { type: "string" } }, additionalProperties: false }, { next: { next: { v: 5 } } }, { next: { x: 1 } }, { next: {} }],
  [{ properties: { a: { $ref: "#/definitions/x" } }, definitions: { x: { type: "string" } } }, { a: 5 }, { a: "x" }],
  [{ properties: { a: { $ref: "#/definitions/x" } }, definitions: { x: { $ref: "#/definitions/y" }, y: { type: "string" } } }, { a: 5 }],
  [{ properties: { a: { $ref: "#/definitions/x" } }, definitions: { x: { $ref: "#/definitions/y" }, y: { allOf: [{ $ref: "#/definitions/z" }] }, z: { type: "string" } } }, { a: 5 }],
  [{ properties: { a: { $ref: "#/definitions/x", maxLength: 1, type: "string" } }, definitions: { x: { minLength: 3 } } }, { a: "ab" }, { a: 5 }, { a: "abc" }, { a: "" }],
  [{ allOf: [{ $ref: "#/definitions/x" }, { $ref: "#/definitions/x" }], definitions: { x: { minimum: 5 } } }, 4],
  [{ anyOf: [{ $ref: "#/definitions/x" }, { $ref: "#/definitions/y" }], definitions: { x: { type: "integer", minimum: 8 }, y: { anyOf: [{ $ref: "#/definitions/x" }, { type: "null" }] } } }, 7.5, 7],
  [{ anyOf: [{ $ref: "#/definitions/c" }], definitions: { c: { contains: { $ref: "#/definitions/s" } }, s: { type: "string" } } }, [1]],
  [{ anyOf: [{ $ref: "#/definitions/c" }], definitions: { c: { if: { type: "number" }, then: { allOf: [{ $ref: "#/definitions/s" }] } }, s: { type: "string" } } }, 5],
  [{ $ref: "#/definitions/a%20b~1c~0d", definitions: { "a b/c~d": { type: "string" } } }, 5],
  [{ $ref: "#/list/1", list: [{ type: "null" }, { type: "string" }] }, 5],
  [{ $ref: "#/properties/a", properties: { a: { type: "string" } } }, { a: 5 }, 5],
  [{ $ref: "#/components/schemas/X", components: { schemas: { X: { type: "string" } } } }, 5],
  [{ properties: { a: { $ref: "#/definitions/t" }, b: { $ref: "#/definitions/f" } }, definitions: { t: true, f: false } }, { a: 1 }, { b: 1 }],
  [{ $id: "http://example.com/root.json", properties: { a: { $ref: "#foo" }, b: { $ref: "other.json" }, c: { $ref: "http://example.com/other.json#/definitions/q" } }, definitions: { x: { $id: "#foo", type: "string" }, y: { $id: "other.json", type: "null", definitions: { q: { type: "boolean" } } } } }, { a: 5 }, { b: 5 }, { c: 5 }],
  [{ $id: "http://example.com/a/b", properties: { a: { $ref: "z" } }, definitions: { b: { $id: "z", definitions: { q: { type: "null" } }, properties: { u: { $ref: "#/definitions/q" } } } } }, { a: { u: 4 } }],
  [{ $ref: "#/definitions/x", definitions: { x: { properties: { $ref: { type: "string" } } } } }, { $ref: 5 }],
  [{ ...d06, properties: { a: { const: 1 } }, if: { required: ["b"] }, then: false }, { a: 2 }, { b: 1 }],
];

const newer = [
  [{ ...d2019, dependentRequired: { a: ["b", "c"] }, dependentSchemas: { d: { required: ["e"] } } }, { a: 1, d: 1 }, { a: 1, b: 1, c: 1 }],
  [{ ...d2019, contains: { type: "string" }, minContains: 2, maxContains: 3 }, ["a"], ["a", "b"], ["a", "b", "c", "d"], [1, "a", 2, "b", "c", "d", 3]],
  [{ ...d2019, contains: { type: "string" }, minContains: 0 }, [], [1]], [{ ...d2019, contains: { type: "string" }, minContains: 0, maxContains: 1 }, [], ["a", "b"]],
  [{ ...d2019, contains: { type: "string" }, minContains: 2 }, ["a", 1], ["a", "b", 1]], [{ ...d2019, contains: { type: "string" }, minContains: 3, maxContains: 2 }, ["a", 1]],
  [{ ...d2019, items: [{ type: "string" }], additionalItems: { type: "null" } }, ["a", 1], [1]],
  [{ ...d2019, $ref: "#/$defs/x", $defs: { x: { $anchor: "y", type: "string" } } }, 5], [{ ...d2019, $ref: "#y", $defs: { x: { $anchor: "y", type: "string" } } }, 5],
  [{ ...d2019, properties: { a: {} }, unevaluatedProperties: false }, { a: 1, b: 2, c: 3 }, { a: 1 }],
  [{ ...d2019, allOf: [{ properties: { a: {} } }], properties: { b: {} }, unevaluatedProperties: { type: "string" } }, { a: 1, b: 2, c: 3 }, { c: "x" }],
  [{ ...d2019, anyOf: [{ properties: { a: { type: "string" } }, required: ["a"] }, { properties: { b: {} }, required: ["b"] }], unevaluatedProperties: false }, { a: 1, b: 1 }, { a: "x" }, { a: "x", b: 1 }],
  [{ ...d2019, oneOf: [{ properties: { a: { const: 1 } }, required: ["a"] }, { properties: { b: {} }, required: ["b"] }], unevaluatedProperties: false }, { a: 1 }, { b: 1, c: 1 }],
  [{ ...d2019, if: { properties: { a: { const: 1 } }, required: ["a"] }, then: { properties: { b: {} } }, else: { properties: { c: {} } }, unevaluatedProperties: false }, { a: 1, b: 1 }, { a: 1, c: 1 }, { c: 1 }, { b: 1 }],
  [{ ...d2019, $ref: "#/$defs/x", unevaluatedProperties: false, $defs: { x: { properties: { a: {} } } } }, { a: 1 }, { b: 1 }],
  [{ ...d2019, items: [true], unevaluatedItems: false }, [1], [1, 2, 3]], [{ ...d2019, unevaluatedItems: { type: "string" } }, ["a", 1]],
  [{ ...d2019, anyOf: [{ items: [true, { type: "string" }] }], unevaluatedItems: false }, [1, "a"], [1, "a", 2], [1, 2]],
  [{ ...d2019, patternProperties: { "^a": {} }, unevaluatedProperties: false }, { ab: 1 }, { b: 1 }], [{ ...d2019, additionalProperties: true, unevaluatedProperties: false }, { b: 1 }],
  [{ ...d2019, dependentSchemas: { a: { properties: { b: {} } } }, properties: { a: {} }, unevaluatedProperties: false }, { a: 1, b: 1 }, { b: 1 }],
  [{ ...d2019, properties: { n: { allOf: [{ properties: { a: {} } }], unevaluatedProperties: false } } }, { n: { a: 1, b: 1 } }],
  [{ ...d2020, prefixItems: [{ type: "string" }, { type: "integer" }], items: { type: "null" } }, ["a", 1, null], [1, "a", 2], ["a"]],
  [{ ...d2020, prefixItems: [{ type: "string" }], items: false }, ["a"], ["a", 2, 3]], [{ ...d2020, items: { type: "string" } }, ["a", 1]],
  [{ ...d2020, prefixItems: [true], unevaluatedItems: false }, [1], [1, 2]], [{ ...d2020, $ref: "#/$defs/s", $defs: { s: { type: "string" } }, minLength: 3 }, "ab", 5],
  [{ ...d2020, contains: { const: 1 }, maxContains: 1, uniqueItems: true, type: "array" }, [1, 1], [2, 2], 5],
  [{ ...d2020, type: "object", properties: { kind: { type: "string" } }, oneOf: [{ properties: { kind: { const: "a" }, x: { type: "integer", format: "int32" } }, required: ["kind", "x"] }, { properties: { kind: { const: "b" } }, required: ["kind"] }], unevaluatedProperties: false }, { kind: "a", x: 1 }, { kind: "b", x: 1 }, { kind: "c" }],
];

const texts = {
  date: ["2024-02-29", "2023-02-29", "1900-02-29", "2000-02-29", "2024-13-01", "2024-00-10", "2024-01-32", "2024-1-01", "x", "2024-04-31", "2024-02-29Z"],
  time: ["12:00:00", "23:59:60", "23:59:61", "24:00:00", "12:60:00", "12:00:00Z", "12:00:00.5z", "12:00:00.", "12:00:00+01:00", "12:00:00+0100", "12:00:00+01", "12:00:00+1", "12:00", "12:00:00 Z", "22:59:60"],
  "date-time": ["2024-01-01T12:00:00Z", "2024-01-01T12:00:00", "2024-01-01t12:00:00.123+02:00", "2024-01-01 12:00:00Z", "2024-01-01", "2024-02-30T12:00:00Z", "2024-01-01T12:00:00Zt", "2024-01-01\u00a012:00:00Z", "2024-01-01TT12:00:00Z"],
  duration: ["P1D", "P1Y2M3DT4H5M6S", "PT1S", "P", "PT", "P1W", "P1WT1H", "P1M1Y", "1D", "P1.5D", "P1DT", "PT1H1H", "P1"],
  uri: ["http://example.com/a?b#c", "urn:x:y", "x", "//a/b", "http://[::1]/", "http://a b", "http://é.com", "mailto:a@b.c", "a:", "1:b", "http://example.com/%zz", "http://u:p@h:80/p"],
  "uri-reference": ["/a/b", "x", "", "#a", "\\x", "http://example.com", "a b", "?q", "//h/p", "%2", "é"],
  "uri-template": ["/a/{b}", "/a/{b", "{+x,y}", "{x:3}", "{x*}", "{}", "a b", "{x:0}", "é", "%zz"],
  url: ["http://example.com", "https://a.b.co/x?y", "ftp://example.com:21/", "http://localhost", "http://10.0.0.1", "http://192.168.1.1/x", "http://8.8.8.8", "http://172.16.0.1", "http://172.32.0.1", "http://u@example.com", "http://u:p@8.8.8.8:8080/", "mailto:x", "HTTP://EXAMPLE.COM", "http://exa mple.com", "http://a@b@example.com", "http://example.com:1", "http://-a.com", "http://a.b", "http://127.0.0.1", "http://169.254.1.1", "http://1.1.1.255", "http://example.com/a@10.0.0.1"],
  email: ["a@b.co", "a@b", "a.b+c@d-e.f", ".a@b.co", "a..b@c.de", "a@b..co", "a@-b.co", "a@b-.co", "a b@c.de", "a@b@c.de", "@b.co", "a@", "é@b.co", "A@B.CO", "a@1.2"],
  hostname: ["example.com", "a", "-a", "a-", "a.", ".", "", "a..b", "x".repeat(64), "x".repeat(63), "a_b", "A.B", "1.2.3.4", `${"a.".repeat(126)}a`, `${"a.".repeat(127)}a`, "é.com"],
  ipv4: ["1.2.3.4", "256.1.1.1", "01.2.3.4", "1.2.3", "1.2.3.4.5", "000.0.0.0", "1.2.3.0004", "1.2.3.", "a.b.c.d"],
  ipv6: ["::1", "1:2:3:4:5:6:7:8", "::", "1::8", "::ffff:1.2.3.4", "1:2:3", "12345::", "fe80::1%eth0", "1::2::3", "::1.2.3.256", "2001:DB8::1", "1:2:3:4:5:6:7::"],
  regex: ["a+", "(", "a{2", "[", "\\d", "a\\Z", "\\Z", "(?<n>a)\\k<n>", "(?=a)b", "*"],
  uuid: ["123e4567-e89b-12d3-a456-426614174000", "urn:uuid:123e4567-e89b-12d3-a456-426614174000", "URN:UUID:123E4567-e89b-12d3-a456-426614174000", "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400g", "", "é23e4567-e89b-12d3-a456-42661417400"],
  "json-pointer": ["", "/a/b", "a", "/~0~1", "/~2", "/~", "/a~", "//", "/é\n"],
  "json-pointer-uri-fragment": ["#", "#/a%20b", "#a", "#/~2", "#/%zz", "", "#/a b", "#/~0", "#/é"],
  "relative-json-pointer": ["0", "1/a", "01", "1#", "#", "10/a/~1", "1a", "", "0#/a", "/a"],
  byte: ["aGk=", "aGk", "", "a", "aGkh", "====", "aG==", "!!!!", "!\naGk=", "ab=d"],
  password: ["anything"],
  binary: ["anything"],
};

const formats = [
  ...Object.entries(texts).map(([format, payloads]) => [{ type: "string", format }, ...payloads, 5]),
  [{ format: "int32" }, 1, 1.5, 2147483647, 2147483648, -2147483648, -2147483649, "x"],
  [{ format: "int64" }, 1, 1.5, 1e20], [{ format: "float" }, 1.5], [{ format: "double" }, 1.5],
  [{ type: "integer", format: "int32", minimum: 5 }, 1, 1.5, "x"], [{ type: "number", format: "email" }, 1, "x"],
  [{ type: "string", format: "int32" }, "x", 5], [{ type: "string", minLength: 30, pattern: "^z", format: "date" }, "x"],
];

// Where Stockade differs on purpose; tests/it/ajv.rs says why.
const different = [
  [{ additionalProperties: false }, { b: 1, a: 1 }],
  [{ required: ["toString"] }, {}],
  [{ items: [{ type: "string" }], contains: { type: "string" } }, []],
];

export const corpus = [...general, ...newer, ...formats, ...different];
