// Several files as one: a zip archive that stores them as they are, for pictures are compressed already.

export interface ZipEntry {
  /** In ASCII, without folders. */
  readonly name: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

/** APPNOTE.TXT 4.3.7, 4.3.12 and 4.3.16. */
const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_OF_CENTRAL = 0x06054b50;
const VERSION = 20;
/** 1980-01-01, the first day that the format knows: the same files give the same archive. */
const DATE = (1 << 5) | 1;

export function zipOf(entries: readonly ZipEntry[]): Blob {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const central: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const written = new TextEncoder().encode(name);
    const shared = fields([[VERSION, 2], [0, 2], [0, 2], [0, 2], [DATE, 2], [crc32(content), 4], [content.length, 4], [content.length, 4], [written.length, 2], [0, 2]]);
    const local = [fields([[LOCAL_HEADER, 4]]), shared, written, content];
    central.push(fields([[CENTRAL_HEADER, 4], [VERSION, 2]]), shared, fields([[0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]]), written);
    parts.push(...local);
    offset += sizeOf(local);
  }
  const count = entries.length;
  const end = fields([[END_OF_CENTRAL, 4], [0, 2], [0, 2], [count, 2], [count, 2], [sizeOf(central), 4], [offset, 4], [0, 2]]);
  return new Blob([...parts, ...central, end], { type: "application/zip" });
}

/** Whole numbers of so many bytes each, the lowest byte first. */
function fields(values: readonly (readonly [value: number, bytes: 2 | 4])[]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(values.reduce((total, [, bytes]) => total + bytes, 0)));
  let at = 0;
  for (const [value, bytes] of values) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((total, { length }) => total + length, 0);
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

export function crc32(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = (sum >>> 8) ^ (CRC_TABLE[(sum ^ byte) & 0xff] ?? 0);
  return (sum ^ 0xffffffff) >>> 0;
}
