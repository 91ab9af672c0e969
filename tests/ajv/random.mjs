// Made-up schemas and payloads, the same ones every time.

const NAMES = ["a", "b", "c", "d"];
const NUMERIC = ["1", "0", "2.5", " 3 ", "true", "false", "0x1f", "1e2", "null", "-0"];
const TYPES = ["null", "boolean", "number", "integer", "string", "array", "object"];

/**
 * Yields cases like those of the corpus; with `changes`, such that options that change payloads have something to do.
 */
export function* random(count, seed = 1, changes = false) {
  const roll = (n) => {
    // mulberry32
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
  const pick = (list) => list[roll(list.length)];
  const some = (list) => list.filter(() => roll(2));
  const listOf = (n, make) => Array.from({ length: 1 + roll(n) }, make);
  const texts = ["", "a", "ab", "abc", "x", "1", ...(changes ? NUMERIC : [])];
  const members = (make) => Object.fromEntries(some(NAMES).map((name) => [name, make()]));

  /** Keys in order, because Stockade reads payloads that it does not change into sorted maps. */
  function payload(depth) {
    const kind = roll(depth > 0 ? 9 : 6);
    if (kind === 0) return null;
    if (kind === 1) return roll(2) === 1;
    if (kind === 2) return roll(6);
    if (kind === 3) return roll(12) / 4;
    if (kind <= 5) return pick(texts);
    if (kind === 6) return Array.from({ length: roll(4) }, () => payload(depth - 1));
    return members(() => payload(depth - 1));
  }

  const keywords = {
    type: () => (roll(3) ? pick(TYPES) : [...new Set(listOf(2, () => pick(TYPES)))]),
    const: () => payload(1),
    enum: () => [pick([1, 2, null]), pick(["a", [], { a: 1 }])],
    not: schema,
    anyOf: (depth) => listOf(3, () => schema(depth)),
    oneOf: (depth) => listOf(3, () => schema(depth)),
    allOf: (depth) => listOf(3, () => schema(depth)),
    if: schema,
    then: schema,
    else: schema,
    $ref: () => `#/definitions/${pick(NAMES)}`,
    maximum: () => roll(5),
    minimum: () => roll(5),
    exclusiveMaximum: () => roll(5),
    exclusiveMinimum: () => roll(5),
    multipleOf: () => pick([1, 2, 0.5]),
    maxLength: () => roll(3),
    minLength: () => roll(3),
    pattern: () => pick(["^a", "b$", "[0-9]"]),
    maxItems: () => roll(3),
    minItems: () => roll(3),
    items: (depth) => (roll(3) ? schema(depth) : listOf(2, () => schema(depth))),
    additionalItems: schema,
    contains: schema,
    uniqueItems: () => true,
    maxProperties: () => roll(3),
    minProperties: () => roll(3),
    required: () => some(NAMES),
    propertyNames: schema,
    additionalProperties: schema,
    dependencies: (depth) => members(() => (roll(2) ? some(NAMES) : schema(depth))),
    properties: (depth) => members(() => schema(depth)),
    patternProperties: (depth) => ({ "^[ab]": schema(depth), "[cd]$": schema(depth) }),
  };

  const chosenFrom = Object.keys(keywords);
  if (changes) {
    // More of what the options are about, and no type for names: AJV throws when it coerces one.
    Object.assign(keywords, {
      type: () => (roll(4) ? pick(TYPES) : [...new Set(listOf(3, () => pick(TYPES)))]),
      propertyNames: () => pick([{ maxLength: 1 }, { pattern: "^[ab]" }, { enum: ["a", "b", "c"] }]),
      additionalProperties: (depth) => (roll(2) ? false : schema(depth)),
      properties: (depth) => members(() => withDefault(schema(depth))),
      items: (depth) => (roll(3) ? schema(depth) : listOf(3, () => withDefault(schema(depth)))),
    });
    chosenFrom.push("type", "type", "type", "properties", "properties", "additionalProperties");
  }

  /** Half of the times with a default, and otherwise at least with a type. */
  function withDefault(made) {
    if (typeof made !== "object") return made;
    return roll(2) ? { type: keywords.type(), ...made } : { ...made, default: payload(1) };
  }

  function schema(depth) {
    if (depth <= 0 || roll(8) === 0) return pick([true, false, {}, { type: pick(TYPES) }]);
    const chosen = listOf(3, () => pick(chosenFrom));
    const made = Object.fromEntries([...new Set(chosen)].map((name) => [name, keywords[name](depth - 1)]));
    // AJV forgets `contains` behind a list, see tests/it/ajv.rs.
    if (changes && Array.isArray(made.items)) delete made.contains;
    return made;
  }

  for (let i = 0; i < count; i++) {
    const definitions = Object.fromEntries(NAMES.map((name) => [name, withoutLoops(schema(2))]));
    // Most of what changes is in objects.
    const root = changes ? { properties: keywords.properties(2), ...schema(3) } : schema(3);
    const sent = () => (changes && roll(4) ? members(() => payload(2)) : payload(3));
    yield [{ ...root, definitions }, ...listOf(6, sent)];
  }
}

/** Definitions may refer to each other for members and items only, or they might go in circles. */
function withoutLoops(schema) {
  if (typeof schema !== "object" || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(withoutLoops);
  const { $ref, ...rest } = schema;
  for (const name of ["not", "anyOf", "oneOf", "allOf", "if", "then", "else"]) {
    if (name in rest) rest[name] = withoutLoops(rest[name]);
  }
  for (const [name, value] of Object.entries(rest.dependencies ?? {})) {
    rest.dependencies[name] = withoutLoops(value);
  }
  return rest;
}
