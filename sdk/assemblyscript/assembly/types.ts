// ascii, uuid, timeuuid, inet, and numbers that may be null.

import { malformed, readText, writeMemory, writeText } from "./abi";

/** A number, or a boolean, where it may be null: `Box<i64> | null`. */
export class Box<T> {
  constructor(public value: T) {}
}

/** An `ascii` value. Results must be ASCII; the server refuses others. */
export class Ascii {
  constructor(public value: string) {}

  toString(): string {
    return this.value;
  }

  static __nacre_read(at: usize, size: i32): Ascii {
    return new Ascii(readText(at, size));
  }
  __nacre_write(): void {
    writeText(this.value);
  }
}

function hexadecimal(value: u64, digits: i32): string {
  let text = "";
  for (let i = digits - 1; i >= 0; --i) {
    const digit = <i32>((value >> <u64>(4 * i)) & 15);
    text += String.fromCharCode(digit < 10 ? 48 + digit : 87 + digit);
  }
  return text;
}

/** A `uuid` as a number of 128 bits, which begins with its first byte. */
export class Uuid {
  constructor(public high: u64, public low: u64) {}

  get version(): i32 {
    return <i32>((this.high >> 12) & 15);
  }

  equals(other: Uuid): bool {
    return this.high == other.high && this.low == other.low;
  }

  toString(): string {
    return hexadecimal(this.high >> 32, 8) + "-" + hexadecimal(this.high >> 16, 4) + "-" + hexadecimal(this.high, 4) + "-"
      + hexadecimal(this.low >> 48, 4) + "-" + hexadecimal(this.low, 12);
  }

  static __nacre_read(at: usize, size: i32): Uuid {
    if (size != 16) {
      malformed();
      return new Uuid(0, 0);
    }
    return new Uuid(bswap(load<u64>(at)), bswap(load<u64>(at, 8)));
  }
  __nacre_write(): void {
    writeUuid(this.high, this.low);
  }
}

function writeUuid(high: u64, low: u64): void {
  const bytes = memory.data(16);
  store<u64>(bytes, bswap(high));
  store<u64>(bytes, bswap(low), 8);
  writeMemory(bytes, 16);
}

/** A `timeuuid`: one of version 1. The server refuses results of other versions. */
export class TimeUuid {
  constructor(public high: u64, public low: u64) {}

  /** When it was made: 100 ns since 1582-10-15. */
  get timestamp(): i64 {
    return <i64>(((this.high & 0x0fff) << 48) | (((this.high >> 16) & 0xffff) << 32) | (this.high >> 32));
  }

  /** When it was made: milliseconds since 1970-01-01T00:00:00Z. */
  get unixMilliseconds(): i64 {
    const ticks = this.timestamp - 0x01b21dd213814000;
    return ticks >= 0 ? ticks / 10000 : (ticks - 9999) / 10000;
  }

  toString(): string {
    return new Uuid(this.high, this.low).toString();
  }

  static __nacre_read(at: usize, size: i32): TimeUuid {
    const uuid = Uuid.__nacre_read(at, size);
    return new TimeUuid(uuid.high, uuid.low);
  }
  __nacre_write(): void {
    writeUuid(this.high, this.low);
  }
}

/** An `inet` address: 4 bytes, or 16. */
export class Inet {
  constructor(public bytes: StaticArray<u8>) {}

  get isV6(): bool {
    return this.bytes.length == 16;
  }

  /** As IPv4 and IPv6 addresses are written, but without `::` for zeros. */
  toString(): string {
    let text = "";
    if (!this.isV6) {
      for (let i = 0; i < this.bytes.length; ++i) text += (i != 0 ? "." : "") + this.bytes[i].toString();
      return text;
    }
    for (let i = 0; i < 16; i += 2) {
      text += (i != 0 ? ":" : "") + ((<u32>this.bytes[i] << 8) | <u32>this.bytes[i + 1]).toString(16);
    }
    return text;
  }

  static __nacre_read(at: usize, size: i32): Inet {
    if (size != 4 && size != 16) {
      malformed();
      size = 4;
    }
    const bytes = new StaticArray<u8>(size);
    memory.copy(changetype<usize>(bytes), at, <usize>size);
    return new Inet(bytes);
  }
  __nacre_write(): void {
    writeMemory(changetype<usize>(this.bytes), <usize>this.bytes.length);
  }
}
