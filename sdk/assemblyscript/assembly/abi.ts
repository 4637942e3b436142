// What the code refers to that the transform generates, and what every module exports: sdk/abi/batch.md and rows.md specify the bytes.
// Everything here is unmanaged memory, but for the values themselves.

// ---- Errors and the log -----------------------------------------------------------------------------------

@external("wasi_snapshot_preview1", "fd_write")
declare function fd_write(descriptor: i32, pieces: usize, count: i32, written: usize): i32;
@external("wasi_snapshot_preview1", "random_get")
declare function random_get(to: usize, size: i32): i32;

/** The row of a batch that is being worked on: errors of the host name its arguments. */
export let nacre_row: u32 = 0;

let errorAt: usize = 0;
let errorSize: usize = 0;
/** The function has failed in this row. */
export let failed: bool = false;

export function setRow(row: u32): void {
  nacre_row = row;
}

/** The rest of the batch is given up; `nacre_error` says why. The first reason counts. */
export function failBecause(text: string): void {
  if (failed) return;
  failed = true;
  if (errorAt != 0) heap.free(errorAt);
  errorSize = <usize>String.UTF8.byteLength(text);
  errorAt = heap.alloc(errorSize + 1);
  String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, errorAt);
}

export function nacre_error(): u64 {
  return pair(<i32>errorSize, errorAt);
}

/** Where the text is that says why the module ends by `unreachable`. */
export const nacre_panic: usize = memory.data(8);

/** Ends the call, in a way that lets the host say why. */
function stop(text: string): void {
  failBecause(text);
  store<usize>(nacre_panic, errorAt);
  store<usize>(nacre_panic, errorSize, 4);
  unreachable();
}

/** Writes a line to the function's log. */
export function log(text: string): void {
  const size = String.UTF8.byteLength(text);
  const line = heap.alloc(size + 17);
  String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, line + 16);
  store<u8>(line + 16 + size, 10);
  store<usize>(line, line + 16);
  store<i32>(line, size + 1, 4);
  // A log that can't be written is no reason to fail.
  fd_write(1, line, 1, line + 8);
  heap.free(line);
}

/** What `throw`, `assert` and the standard library call: the call ends. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  stop((message === null ? "abort" : message) + " at " + (file === null ? "?" : file) + ":" + line.toString() + ":" + column.toString());
}

/** What Math.random begins with. */
export function seed(): f64 {
  const to = memory.data(8);
  random_get(to, 8);
  return reinterpret<f64>(load<u64>(to));
}

// ---- Memory -----------------------------------------------------------------------------------------------

let buffer: usize = 0;
let bufferSize: usize = 0;

/** The host's buffer, 16-byte aligned. */
export function nacre_reserve(size: i32): usize {
  if (<usize>size > bufferSize) {
    // What was in it may go.
    if (buffer != 0) heap.free(buffer);
    bufferSize = <usize>size;
    buffer = heap.alloc(bufferSize);
  }
  return buffer;
}

export const _scylla_abi: usize = memory.data<u32>([2]);

export function _scylla_malloc(size: i32): usize {
  return heap.alloc(<usize>max(size, 1));
}

export function _scylla_free(address: usize): void {
  if (address != 0) heap.free(address);
}

const GARBAGE_BYTES_MAX: usize = 1 << 20;
let collectAt: usize = GARBAGE_BYTES_MAX;

/** Between calls nothing is on the stack, which is when the minimal runtime may collect what the calls have left. */
export function endOfRow(): void {
  // The transform adds it to that runtime: the bytes of all objects.
  if (isDefined(__nacre_total)) {
    if (__nacre_total() >= collectAt) {
      __collect();
      collectAt = 2 * __nacre_total() + GARBAGE_BYTES_MAX;
    }
  }
}

// ---- Writing ----------------------------------------------------------------------------------------------

let out: usize = 0;
let outSize: usize = 0;
let outCapacity: usize = 0;

function ensure(more: usize): usize {
  const at = outSize;
  outSize += more;
  if (outSize > outCapacity) {
    outCapacity = max(max(outSize, 2 * outCapacity), 256);
    out = out == 0 ? heap.alloc(outCapacity) : heap.realloc(out, outCapacity);
  }
  return out + at;
}

export function writeBool(value: bool): void { store<u8>(ensure(1), value ? 1 : 0); }
export function writeI8(value: i8): void { store<i8>(ensure(1), value); }
export function writeI16(value: i16): void { store<i16>(ensure(2), bswap(value)); }
export function writeI32(value: i32): void { store<i32>(ensure(4), bswap(value)); }
export function writeI64(value: i64): void { store<i64>(ensure(8), bswap(value)); }
export function writeF32(value: f32): void { writeI32(reinterpret<i32>(value)); }
export function writeF64(value: f64): void { writeI64(reinterpret<i64>(value)); }
export function writeMemory(from: usize, size: usize): void { memory.copy(ensure(size), from, size); }
export function writeText(value: string): void {
  const size = <usize>String.UTF8.byteLength(value);
  String.UTF8.encodeUnsafe(changetype<usize>(value), value.length, ensure(size));
}
export function writeBlob(value: Uint8Array): void { writeMemory(value.dataStart, <usize>value.byteLength); }
export function writeNull(): void { writeI32(-1); }

/** An element behind its size begins: hand the result to `endElement`. */
export function beginElement(): usize {
  ensure(4);
  return outSize;
}
export function endElement(from: usize): void {
  store<i32>(out + from - 4, bswap<i32>(<i32>(outSize - from)));
}

/** An element of a vector whose type has no fixed size stands behind an unsigned vint of it. */
export function beginVectorElement(): usize {
  return outSize;
}
export function endVectorElement(from: usize): void {
  const size = outSize - from;
  const head = <usize>vintSize(<u64>size);
  ensure(head);
  memory.copy(out + from + head, out + from, size);
  const end = outSize;
  outSize = from;
  writeUnsignedVint(<u64>size);
  outSize = end;
}

function vintSize(value: u64): i32 {
  const bits = 64 - <i32>clz(value | 1);
  return bits > 56 ? 9 : (bits - 1) / 7 + 1;
}

export function writeUnsignedVint(value: u64): void {
  const size = vintSize(value);
  const to = ensure(<usize>size);
  for (let i = 0; i < size; ++i) store<u8>(to + <usize>i, <u8>(i == 8 && size == 9 ? value : value >> <u64>(8 * (size - 1 - i))));
  // As many leading one bits as bytes follow.
  const rest: u32 = size == 9 ? 0 : load<u8>(to);
  store<u8>(to, <u8>(rest | ~(<u32>0xff >> (size - 1))));
}

export function writeVint(value: i64): void {
  writeUnsignedVint(<u64>((value << 1) ^ (value >> 63)));
}

// ---- Reading ----------------------------------------------------------------------------------------------

export function readBool(at: usize, size: i32): bool { return expect(size, 1) && load<u8>(at) != 0; }
export function readI8(at: usize, size: i32): i8 { return expect(size, 1) ? load<i8>(at) : 0; }
export function readI16(at: usize, size: i32): i16 { return expect(size, 2) ? bswap(load<i16>(at)) : 0; }
export function readI32(at: usize, size: i32): i32 { return expect(size, 4) ? bswap(load<i32>(at)) : 0; }
export function readI64(at: usize, size: i32): i64 { return expect(size, 8) ? bswap(load<i64>(at)) : 0; }
export function readF32(at: usize, size: i32): f32 { return reinterpret<f32>(readI32(at, size)); }
export function readF64(at: usize, size: i32): f64 { return reinterpret<f64>(readI64(at, size)); }
export function readText(at: usize, size: i32): string { return String.UTF8.decodeUnsafe(at, <usize>size); }
export function readBlob(at: usize, size: i32): Uint8Array {
  const made = new Uint8Array(size);
  memory.copy(made.dataStart, at, <usize>size);
  return made;
}

function expect(size: i32, width: i32): bool {
  if (size == width) return true;
  malformed();
  return false;
}

export function malformed(): void {
  failBecause("an argument is no value of its type");
}

export function nullIn(place: string): void {
  failBecause(place + " is null, and its type is not: let it be T | null");
}

/** How many elements a collection has that begins here. */
export function countAt(at: usize, size: i32): i32 {
  const count = size < 4 ? -1 : bswap(load<i32>(at));
  // Each element has at least its size.
  if (count < 0 || count > (size - 4) / 4) {
    malformed();
    return 0;
  }
  return count;
}

/** The size of the element at `at`; less than 0 is null. `end` is where all ends. */
export function sizeAt(at: usize, end: usize): i32 {
  if (at + 4 > end) {
    malformed();
    return 0;
  }
  const size = bswap(load<i32>(at));
  if (size > 0 && <usize>size > end - at - 4) {
    malformed();
    return 0;
  }
  return size;
}

/** As `sizeAt`, of a field of a tuple or user type: those that a value lacks at its end are null. */
export function fieldSizeAt(at: usize, end: usize): i32 {
  return at >= end ? -1 : sizeAt(at, end);
}

let vintEnd: usize = 0;

/** Where the number ended that was read last. */
export function afterVint(): usize {
  return vintEnd;
}

export function readUnsignedVint(at: usize, end: usize): u64 {
  vintEnd = end;
  if (at >= end) {
    malformed();
    return 0;
  }
  const first = load<u8>(at);
  const more = <usize>clz<u32>(~(<u32>first << 24));
  if (at + 1 + more > end) {
    malformed();
    return 0;
  }
  let value: u64 = more >= 7 ? 0 : <u64>(first & (0xff >> <u8>(more + 1)));
  for (let i: usize = 1; i <= more; ++i) value = (value << 8) | <u64>load<u8>(at + i);
  vintEnd = at + 1 + more;
  return value;
}

export function readVint(at: usize, end: usize): i64 {
  const value = readUnsignedVint(at, end);
  return <i64>(value >> 1) ^ -<i64>(value & 1);
}

// ---- Rows of versions 1 and 2 -------------------------------------------------------------------------------

export const NULL: u64 = 0xffffffff << 32;

export function pair(size: i32, address: usize): u64 {
  return (<u64>(<u32>size) << 32) | <u64>address;
}
export function sizeOf(value: u64): i32 { return <i32>(value >> 32); }
export function addressOf(value: u64): usize { return <usize>(value & 0xffffffff); }

/** The function is done with an argument. */
export function release(value: u64): void {
  if (sizeOf(value) >= 0) heap.free(addressOf(value));
}

export function beginBlock(): void {
  outSize = 0;
}

/** What was written since `beginBlock`, in a block of its own, which the host frees. */
export function endBlock(): u64 {
  const block = heap.alloc(max(outSize, 1));
  memory.copy(block, out, outSize);
  endOfRow();
  return pair(<i32>outSize, block);
}

/** Versions 1 and 2 have no other way to tell an error than to end the call. */
export function stopIfFailed(): void {
  if (!failed) return;
  store<usize>(nacre_panic, errorAt);
  store<usize>(nacre_panic, errorSize, 4);
  unreachable();
}

// ---- Batches ----------------------------------------------------------------------------------------------

const RESULT_BYTES_MAX: usize = 1 << 20;

export function rowsOf(batch: usize): u32 { return load<u32>(batch); }
export function columnOf(batch: usize, argument: usize): usize { return batch + 8 + 16 * argument; }

export function isNull(column: usize, row: u32): bool {
  const validity = load<usize>(column);
  return validity != 0 && ((load<u8>(validity + (row >> 3)) >> <u8>(row & 7)) & 1) == 0;
}
export function at(column: usize, row: u32): usize {
  return load<usize>(column, 8) + <usize>load<u32>(load<usize>(column, 4) + (<usize>row << 2));
}
export function size(column: usize, row: u32): i32 {
  const offset = load<usize>(column, 4) + (<usize>row << 2);
  return <i32>(load<u32>(offset, 4) - load<u32>(offset));
}
export function loadAt<T>(column: usize, row: u32): T {
  return load<T>(load<usize>(column, 4) + <usize>row * sizeof<T>());
}

let resultValidity: usize = 0;
let resultValues: usize = 0;
let resultHasNulls: bool = false;

/** The results of a batch begin; they are serialised unless a native array takes them. */
export function beginResults(batch: usize, serialised: bool): void {
  failed = false;
  const column = columnOf(batch, <usize>load<u32>(batch, 4));
  resultValidity = load<usize>(column);
  resultValues = load<usize>(column, 4);
  resultHasNulls = false;
  outSize = 0;
  if (serialised) store<u32>(resultValues, 0);
}

function setBit(row: u32): void {
  const byte = resultValidity + (row >> 3);
  store<u8>(byte, load<u8>(byte) | (<u8>1 << <u8>(row & 7)));
}

export function storeAt<T>(row: u32, value: T): void {
  store<T>(resultValues + <usize>row * sizeof<T>(), value);
  if (resultHasNulls) setBit(row);
}

/** The row's value has been written. */
export function endValue(row: u32): void {
  store<u32>(resultValues + (<usize>row << 2), <u32>outSize, 4);
  if (resultHasNulls) setBit(row);
}

export function storeNull(row: u32, serialised: bool): void {
  if (!resultHasNulls) {
    resultHasNulls = true;
    for (let before: u32 = 0; before < row; ++before) setBit(before);
  }
  if (serialised) store<u32>(resultValues + (<usize>row << 2), <u32>outSize, 4);
}

/** Whether the batch should end here, so that memory stays bounded. */
export function isFull(): bool {
  return outSize >= RESULT_BYTES_MAX;
}

/** The results are there for as many rows; returns the status. */
export function endResults(batch: usize, rows: u32, serialised: bool): i32 {
  if (failed) return 1;
  const column = columnOf(batch, <usize>load<u32>(batch, 4));
  if (!resultHasNulls) store<u32>(column, 0);
  if (serialised) {
    store<usize>(column, out, 8);
    store<u32>(column, <u32>outSize, 12);
  }
  store<u32>(batch, rows);
  return 0;
}

// ---- States -----------------------------------------------------------------------------------------------

/** A state's arguments begin. */
export function beginFold(): void {
  failed = false;
}

/** A state of `nacre_get_state_…` begins. */
export function beginState(): void {
  outSize = 0;
}

export function endState(): u64 {
  return pair(<i32>outSize, out);
}
