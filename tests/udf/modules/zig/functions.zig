//! Version 2 of the module contract by Zig, freestanding, with the standard library's WebAssembly allocator.

const std = @import("std");

export const _scylla_abi: u32 = 2;

const heap = std.heap.wasm_allocator;
// In front of each block lies its size, which the allocator wants back.
const head = 8;

export fn _scylla_malloc(size: u32) u32 {
    const block = heap.alignedAlloc(u8, .@"8", size + head) catch return 0;
    std.mem.writeInt(u32, block[0..4], size + head, .little);
    return @intFromPtr(block.ptr) + head;
}

export fn _scylla_free(address: u32) void {
    if (address == 0) return;
    const block: [*]align(8) u8 = @ptrFromInt(address - head);
    heap.free(block[0..std.mem.readInt(u32, block[0..4], .little)]);
}

const Value = u64;
const null_value: Value = 0xffffffff << 32;

fn bytesOf(v: Value) ?[]u8 {
    const size: i32 = @bitCast(@as(u32, @truncate(v >> 32)));
    if (size < 0) return null;
    if (size == 0) return &[_]u8{};
    const at: [*]u8 = @ptrFromInt(@as(u32, @truncate(v)));
    return at[0..@intCast(size)];
}

fn drop(v: Value) void {
    if (bytesOf(v) != null) _scylla_free(@truncate(v));
}

fn room(size: usize) []u8 {
    const address = _scylla_malloc(@intCast(@max(size, 1)));
    if (address == 0) @panic("no memory left");
    const at: [*]u8 = @ptrFromInt(address);
    return at[0..size];
}

fn valueOf(bytes: []const u8) Value {
    return @as(u64, bytes.len) << 32 | @as(u32, @intFromPtr(bytes.ptr));
}

fn load(comptime T: type, bytes: []const u8) T {
    return std.mem.readInt(T, bytes[0..@sizeOf(T)], .big);
}
fn store(comptime T: type, bytes: []u8, number: T) void {
    std.mem.writeInt(T, bytes[0..@sizeOf(T)], number, .big);
}

/// Elements: a size and as many bytes, or -1.
const Reader = struct {
    rest: []const u8,

    fn int(self: *Reader) i32 {
        const number = load(i32, self.rest);
        self.rest = self.rest[4..];
        return number;
    }
    fn element(self: *Reader) []const u8 {
        const size = self.int();
        const n: usize = if (size > 0) @intCast(size) else 0;
        defer self.rest = self.rest[n..];
        return self.rest[0..n];
    }
};

export fn same(v: Value) Value {
    return v;
}
export fn same_i32(v: i32) i32 {
    return v;
}
export fn same_i64(v: i64) i64 {
    return v;
}
export fn same_f32(v: f32) f32 {
    return v;
}
export fn same_f64(v: f64) f64 {
    return v;
}
export fn nothing(v: Value) Value {
    drop(v);
    return null_value;
}
export fn length_of(v: Value) i32 {
    defer drop(v);
    return @intCast(bytesOf(v).?.len);
}
export fn was_null(v: Value) Value {
    defer drop(v);
    const out = room(1);
    out[0] = @intFromBool(bytesOf(v) == null);
    return valueOf(out);
}

export fn fib(n: i64) i64 {
    return if (n < 2) n else fib(n - 1) + fib(n - 2);
}
export fn half(v: f64) f64 {
    return v / 2;
}
export fn negation(v: i32) i32 {
    return @intFromBool(v == 0);
}
export fn added(a: i64, b: i64) i64 {
    return a +% b;
}
export fn panics_at(v: i64, at: i64) i64 {
    if (v == at) @panic("this is the one");
    return v;
}

export fn reversed(s: Value) Value {
    defer drop(s);
    const from = bytesOf(s).?;
    const to = room(from.len);
    var at: usize = 0;
    while (at < from.len) {
        const n = std.unicode.utf8ByteSequenceLength(from[at]) catch @panic("text is UTF-8");
        @memcpy(to[to.len - at - n ..][0..n], from[at..][0..n]);
        at += n;
    }
    return valueOf(to);
}
export fn repeated(s: Value, n: i32) Value {
    defer drop(s);
    const from = bytesOf(s).?;
    const to = room(from.len * @as(usize, @intCast(n)));
    for (0..@intCast(n)) |i| @memcpy(to[i * from.len ..][0..from.len], from);
    return valueOf(to);
}
export fn or_else(a: Value, b: Value) Value {
    const first = bytesOf(a) != null;
    drop(if (first) b else a);
    return if (first) a else b;
}
export fn longest(state: Value, s: Value) Value {
    const longer = bytesOf(s).?.len > bytesOf(state).?.len;
    drop(if (longer) state else s);
    return if (longer) s else state;
}

export fn sum_of(l: Value) i64 {
    defer drop(l);
    var reader = Reader{ .rest = bytesOf(l).? };
    var sum: i64 = 0;
    var left = reader.int();
    while (left > 0) : (left -= 1) sum += load(i32, reader.element());
    return sum;
}
export fn joined(l: Value) Value {
    defer drop(l);
    var reader = Reader{ .rest = bytesOf(l).? };
    const to = room(reader.rest.len);
    const count = reader.int();
    var size: usize = 0;
    for (0..@intCast(count)) |i| {
        if (i != 0) {
            to[size] = ',';
            size += 1;
        }
        const element = reader.element();
        @memcpy(to[size..][0..element.len], element);
        size += element.len;
    }
    return valueOf(to[0..size]);
}
export fn keys_of(m: Value) Value {
    defer drop(m);
    var reader = Reader{ .rest = bytesOf(m).? };
    const to = room(reader.rest.len);
    const count = reader.int();
    store(i32, to, count);
    var size: usize = 4;
    for (0..@intCast(count)) |_| {
        const key = reader.element();
        store(u32, to[size..], @intCast(key.len));
        @memcpy(to[size + 4 ..][0..key.len], key);
        size += 4 + key.len;
        _ = reader.element();
    }
    return valueOf(to[0..size]);
}
export fn swapped(t: Value) Value {
    defer drop(t);
    const from = bytesOf(t).?;
    var reader = Reader{ .rest = from };
    _ = reader.element();
    const first = from.len - reader.rest.len;
    const to = room(from.len);
    @memcpy(to[0 .. from.len - first], from[first..]);
    @memcpy(to[from.len - first ..], from[0..first]);
    return valueOf(to);
}
/// person(name text, age int, tags frozen<list<text>>)
export fn older(p: Value) Value {
    defer drop(p);
    const from = bytesOf(p).?;
    const to = room(from.len);
    @memcpy(to, from);
    var reader = Reader{ .rest = from };
    _ = reader.element();
    const age = to[from.len - reader.rest.len ..];
    if (load(i32, age) == 4) store(i32, age[4..], load(i32, age[4..]) + 1);
    return valueOf(to);
}
export fn dot(a: Value, b: Value) f32 {
    defer drop(a);
    defer drop(b);
    const left = bytesOf(a).?;
    const right = bytesOf(b).?;
    var sum: f32 = 0;
    var at: usize = 0;
    while (at < left.len) : (at += 4) {
        sum += @as(f32, @bitCast(load(u32, left[at..]))) * @as(f32, @bitCast(load(u32, right[at..])));
    }
    return sum;
}

export fn tomorrow(d: Value) Value {
    defer drop(d);
    const to = room(4);
    store(u32, to, load(u32, bytesOf(d).?) + 1);
    return valueOf(to);
}
export fn hour_later(t: Value) Value {
    defer drop(t);
    const to = room(8);
    store(i64, to, load(i64, bytesOf(t).?) + 3_600_000);
    return valueOf(to);
}
export fn is_v6(a: Value) i32 {
    defer drop(a);
    return @intFromBool(bytesOf(a).?.len == 16);
}
export fn version_of(u: Value) i32 {
    defer drop(u);
    return bytesOf(u).?[6] >> 4;
}
export fn scale_of(d: Value) i32 {
    defer drop(d);
    return load(i32, bytesOf(d).?);
}
export fn is_negative(v: Value) i32 {
    defer drop(v);
    return bytesOf(v).?[0] >> 7;
}
