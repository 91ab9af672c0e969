// Binary data in JSON: `{"$bin": "<base64>"}` stands for a Buffer, at any depth.

function map(value, replace) {
  const replaced = replace(value);
  if (replaced !== undefined) {
    return replaced;
  }
  if (Array.isArray(value)) {
    return value.map((element) => map(element, replace));
  }
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, map(member, replace)]));
  }
  return value;
}

/** Puts Buffers in the place of what stands for them. */
export function decode(value) {
  return map(value, (value) => (typeof value?.$bin === "string" ? Buffer.from(value.$bin, "base64") : undefined));
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
