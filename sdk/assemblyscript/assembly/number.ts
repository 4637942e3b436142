// varint and decimal, exact and without limits.

import { malformed, readI32, writeI32, writeMemory } from "./abi";

/** A `varint`: an integer of any size. */
export class Varint {
  /** Two's complement in as few bytes as possible, the highest first. */
  private constructor(private bytes: StaticArray<u8>) {}

  /** From two's complement in any number of bytes. */
  private static shortened(bytes: StaticArray<u8>): Varint {
    let from = 0;
    const last = bytes.length - 1;
    while (from < last && bytes[from] == (bytes[from + 1] >= 0x80 ? 0xff : 0)) ++from;
    return new Varint(from == 0 ? bytes : StaticArray.fromArray(bytes.slice<Array<u8>>(from)));
  }

  static of(value: i64): Varint {
    const bytes = new StaticArray<u8>(8);
    store<i64>(changetype<usize>(bytes), bswap(value));
    return Varint.shortened(bytes);
  }

  /** From decimal digits, a sign in front of them or not. */
  static parse(text: string): Varint {
    const ten = Varint.of(10);
    const signed = text.startsWith("-") || text.startsWith("+");
    let value = Varint.of(0);
    assert(text.length > (signed ? 1 : 0), "no digits");
    for (let i = signed ? 1 : 0; i < text.length; ++i) {
      const digit = text.charCodeAt(i) - 48;
      assert(digit >= 0 && digit <= 9, "no digit");
      value = value.times(ten).plus(Varint.of(digit));
    }
    return text.startsWith("-") ? value.negated() : value;
  }

  get isNegative(): bool {
    return this.bytes[0] >= 0x80;
  }
  get isZero(): bool {
    return this.bytes.length == 1 && this.bytes[0] == 0;
  }
  /** Whether `toI64` is exact. */
  get fitsI64(): bool {
    return this.bytes.length <= 8;
  }
  /** The lowest 64 bits. */
  toI64(): i64 {
    let value: u64 = 0;
    for (let i = 7; i >= 0; --i) value = (value << 8) | <u64>this.byteAt(i);
    return <i64>value;
  }

  // The byte of that significance, as far up as one likes.
  private byteAt(i: i32): u32 {
    const at = this.bytes.length - 1 - i;
    return at >= 0 ? this.bytes[at] : this.isNegative ? 0xff : 0;
  }

  plus(other: Varint): Varint {
    return this.sum(other, 0, 0);
  }
  minus(other: Varint): Varint {
    return this.sum(other, 0xff, 1);
  }
  negated(): Varint {
    return Varint.of(0).minus(this);
  }

  private sum(other: Varint, flip: u32, carry: u32): Varint {
    const size = max(this.bytes.length, other.bytes.length) + 1;
    const made = new StaticArray<u8>(size);
    for (let i = 0; i < size; ++i) {
      carry += this.byteAt(i) + (other.byteAt(i) ^ flip);
      made[size - 1 - i] = <u8>carry;
      carry >>= 8;
    }
    return Varint.shortened(made);
  }

  times(other: Varint): Varint {
    // Modulo 2^(8 size), where two's complement needs no signs.
    const size = this.bytes.length + other.bytes.length;
    const made = new StaticArray<u8>(size);
    for (let i = 0; i < size; ++i) {
      let carry: u32 = 0;
      const factor = this.byteAt(i);
      if (factor == 0) continue;
      for (let k = 0; k < size - i; ++k) {
        const at = size - 1 - i - k;
        carry += <u32>made[at] + factor * other.byteAt(k);
        made[at] = <u8>carry;
        carry >>= 8;
      }
    }
    return Varint.shortened(made);
  }

  /** Less than 0, 0 or more than 0, as this is less than, equal to or more than the other. */
  compare(other: Varint): i32 {
    const difference = this.minus(other);
    return difference.isNegative ? -1 : difference.isZero ? 0 : 1;
  }
  equals(other: Varint): bool {
    return this.compare(other) == 0;
  }

  toString(): string {
    if (this.isNegative) return "-" + this.negated().toString();
    const left = StaticArray.fromArray(this.bytes.slice<Array<u8>>(0));
    let text = "";
    let first = 0;
    do {
      let rest: u32 = 0;
      for (let i = first; i < left.length; ++i) {
        rest = (rest << 8) | left[i];
        left[i] = <u8>(rest / 10);
        rest %= 10;
      }
      text = String.fromCharCode(48 + rest) + text;
      while (first < left.length && left[first] == 0) ++first;
    } while (first < left.length);
    return text;
  }

  static __nacre_read(at: usize, size: i32): Varint {
    if (size == 0) return Varint.of(0);
    const bytes = new StaticArray<u8>(size);
    memory.copy(changetype<usize>(bytes), at, <usize>size);
    return Varint.shortened(bytes);
  }
  __nacre_write(): void {
    writeMemory(changetype<usize>(this.bytes), <usize>this.bytes.length);
  }
}

/** A `decimal`: `unscaled` · 10^-`scale`. Values of different scales may be equal as numbers. */
export class Decimal {
  constructor(public unscaled: Varint, public scale: i32) {}

  static of(unscaled: i64, scale: i32): Decimal {
    return new Decimal(Varint.of(unscaled), scale);
  }

  /** From `-12.50` or `1E+6`. */
  static parse(text: string): Decimal {
    let exponent = 0;
    let e = text.indexOf("E");
    if (e < 0) e = text.indexOf("e");
    if (e >= 0) {
      exponent = I32.parseInt(text.substring(e + 1));
      text = text.substring(0, e);
    }
    const point = text.indexOf(".");
    const digits = point < 0 ? text : text.substring(0, point) + text.substring(point + 1);
    return new Decimal(Varint.parse(digits), (point < 0 ? 0 : text.length - 1 - point) - exponent);
  }

  // The unscaled number at a larger scale.
  private at(scale: i32): Varint {
    let value = this.unscaled;
    const ten = Varint.of(10);
    for (let i = this.scale; i < scale; ++i) value = value.times(ten);
    return value;
  }

  /** Exactly, with the larger scale. */
  plus(other: Decimal): Decimal {
    const scale = max(this.scale, other.scale);
    return new Decimal(this.at(scale).plus(other.at(scale)), scale);
  }
  minus(other: Decimal): Decimal {
    const scale = max(this.scale, other.scale);
    return new Decimal(this.at(scale).minus(other.at(scale)), scale);
  }
  /** Exactly, with the sum of the scales. */
  times(other: Decimal): Decimal {
    return new Decimal(this.unscaled.times(other.unscaled), this.scale + other.scale);
  }
  /** As numbers: 1.5 and 1.50 are equal. */
  compare(other: Decimal): i32 {
    const scale = max(this.scale, other.scale);
    return this.at(scale).compare(other.at(scale));
  }

  /** As CQL shows them: plain unless the exponent is positive or very small. */
  toString(): string {
    let digits = this.unscaled.toString();
    const negative = digits.startsWith("-");
    if (negative) digits = digits.substring(1);
    const exponent = <i64>digits.length - 1 - this.scale;
    let text = digits;
    if (this.scale > 0 && exponent >= -6) {
      const whole = digits.length - this.scale;
      text = whole > 0 ? digits.substring(0, whole) + "." + digits.substring(whole) : "0." + "0".repeat(-whole) + digits;
    } else if (this.scale != 0) {
      text = digits.charAt(0) + (digits.length > 1 ? "." + digits.substring(1) : "") + "E" + (exponent < 0 ? "" : "+") + exponent.toString();
    }
    return negative ? "-" + text : text;
  }

  static __nacre_read(at: usize, size: i32): Decimal {
    if (size < 4) {
      malformed();
      return Decimal.of(0, 0);
    }
    return new Decimal(Varint.__nacre_read(at + 4, size - 4), readI32(at, 4));
  }
  __nacre_write(): void {
    writeI32(this.scale);
    this.unscaled.__nacre_write();
  }
}
