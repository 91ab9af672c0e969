// Binary data in JSON: `{"$bin": "<base64>"}` stands for a Buffer, at any depth. To send there is also what JSON cannot say:
// `{"$bytes": "<base64>"}` for a typed array, `{"$date": <milliseconds>}`, and `{"$undefined": true}`.

const UNDEFINED = Symbol();

function map(value, replace) {
  const replaced = replace(value);
  if (replaced !== undefined) {
    return replaced === UNDEFINED ? undefined : replaced;
  }
  if (Array.isArray(value)) {
    return value.map((element) => map(element, replace));
  }
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, map(member, replace)]));
  }
  return value;
}

function decoded(value) {
  if (typeof value?.$bin === "string") return Buffer.from(value.$bin, "base64");
  if (typeof value?.$bytes === "string") return Uint8Array.from(Buffer.from(value.$bytes, "base64"));
  if (typeof value?.$date === "number") return new Date(value.$date);
  if (value?.$undefined === true) return UNDEFINED;
  return undefined;
}

/** Puts Buffers and the like in the place of what stands for them. */
export function decode(value) {
  return map(value, decoded);
}

function bytes(value) {
  if (ArrayBuffer.isView(value)) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
  return value instanceof ArrayBuffer ? Buffer.from(value) : undefined;
}

/** Puts what JSON can carry in the place of binary data. */
export function encode(value) {
  return map(value, (value) => {
    const binary = bytes(value);
    return binary && { $bin: binary.toString("base64") };
  });
}
