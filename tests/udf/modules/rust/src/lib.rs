//! Version 2 of the module contract by hand, without any crate: values are a size and an address, -1 is null.

use std::alloc::{alloc, dealloc, Layout};

#[no_mangle]
pub static _scylla_abi: u32 = 2;

// In front of each block lies its size, which Rust's allocator wants back.
const HEAD: usize = 8;

#[no_mangle]
pub extern "C" fn _scylla_malloc(size: u32) -> u32 {
    let Ok(layout) = Layout::from_size_align(size as usize + HEAD, HEAD) else { return 0 };
    unsafe {
        let block = alloc(layout);
        if block.is_null() {
            return 0;
        }
        *block.cast::<u32>() = size;
        block.add(HEAD) as u32
    }
}

/// # Safety
/// `address` is 0 or what `_scylla_malloc` returned.
#[no_mangle]
pub unsafe extern "C" fn _scylla_free(address: u32) {
    if address != 0 {
        let block = (address as *mut u8).sub(HEAD);
        dealloc(block, Layout::from_size_align_unchecked(*block.cast::<u32>() as usize + HEAD, HEAD));
    }
}

/// An owned argument or result.
#[repr(transparent)]
pub struct Value(u64);

impl Value {
    fn size(&self) -> i32 {
        (self.0 >> 32) as i32
    }
    fn null() -> Value {
        Value(0xffff_ffff << 32)
    }
    fn new(bytes: &[u8]) -> Value {
        let address = _scylla_malloc(bytes.len().max(1) as u32);
        assert!(address != 0, "no memory left");
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), address as *mut u8, bytes.len()) };
        Value((bytes.len() as u64) << 32 | u64::from(address))
    }
    /// What the value is, if not null; its memory is freed.
    fn take(self) -> Option<Vec<u8>> {
        if self.size() < 0 {
            return None;
        }
        let address = self.0 as u32;
        let bytes = unsafe { std::slice::from_raw_parts(address as *const u8, self.size() as usize) }.to_vec();
        unsafe { _scylla_free(address) };
        Some(bytes)
    }
    fn bytes(self) -> Vec<u8> {
        self.take().expect("a null where none can be")
    }
    fn text(self) -> String {
        String::from_utf8(self.bytes()).expect("text is UTF-8")
    }
}

/// Reads CQL's serialisation of elements: a size and as many bytes.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn int(&mut self) -> i32 {
        let (head, rest) = self.0.split_at(4);
        self.0 = rest;
        i32::from_be_bytes(head.try_into().unwrap())
    }
    fn element(&mut self) -> Option<&'a [u8]> {
        let size = self.int();
        (size >= 0).then(|| {
            let (element, rest) = self.0.split_at(size as usize);
            self.0 = rest;
            element
        })
    }
    fn elements(mut self) -> Vec<Option<&'a [u8]>> {
        (0..self.int()).map(|_| self.element()).collect()
    }
}

fn append(out: &mut Vec<u8>, element: Option<&[u8]>) {
    out.extend(element.map_or(-1, |e| e.len() as i32).to_be_bytes());
    out.extend(element.unwrap_or_default());
}

// ---- Every type as it is -------------------------------------------------------------------------

#[no_mangle]
pub extern "C" fn same(v: Value) -> Value {
    v
}
#[no_mangle]
pub extern "C" fn same_i32(v: i32) -> i32 {
    v
}
#[no_mangle]
pub extern "C" fn same_i64(v: i64) -> i64 {
    v
}
#[no_mangle]
pub extern "C" fn same_f32(v: f32) -> f32 {
    v
}
#[no_mangle]
pub extern "C" fn same_f64(v: f64) -> f64 {
    v
}
#[no_mangle]
pub extern "C" fn nothing(v: Value) -> Value {
    v.take();
    Value::null()
}
#[no_mangle]
pub extern "C" fn length_of(v: Value) -> i32 {
    v.bytes().len() as i32
}
#[no_mangle]
pub extern "C" fn was_null(v: Value) -> Value {
    Value::new(&[u8::from(v.take().is_none())])
}

// ---- Numbers -------------------------------------------------------------------------------------

#[no_mangle]
pub extern "C" fn fib(n: i64) -> i64 {
    if n < 2 {
        n
    } else {
        fib(n - 1) + fib(n - 2)
    }
}
#[no_mangle]
pub extern "C" fn half(v: f64) -> f64 {
    v / 2.0
}
#[no_mangle]
pub extern "C" fn negation(v: i32) -> i32 {
    i32::from(v == 0)
}
#[no_mangle]
pub extern "C" fn added(a: i64, b: i64) -> i64 {
    a.wrapping_add(b)
}
#[no_mangle]
pub extern "C" fn panics_at(v: i64, at: i64) -> i64 {
    assert_ne!(v, at, "this is the one");
    v
}

// ---- Texts ---------------------------------------------------------------------------------------

#[no_mangle]
pub extern "C" fn reversed(s: Value) -> Value {
    Value::new(s.text().chars().rev().collect::<String>().as_bytes())
}
#[no_mangle]
pub extern "C" fn repeated(s: Value, n: i32) -> Value {
    Value::new(s.text().repeat(n as usize).as_bytes())
}
#[no_mangle]
pub extern "C" fn or_else(a: Value, b: Value) -> Value {
    match a.take() {
        Some(text) => {
            b.take();
            Value::new(&text)
        }
        None => b,
    }
}
#[no_mangle]
pub extern "C" fn longest(state: Value, s: Value) -> Value {
    let (kept, other) = if s.size() > state.size() { (s, state) } else { (state, s) };
    other.take();
    kept
}
#[no_mangle]
pub extern "C" fn says(s: Value) -> Value {
    let text = s.text();
    println!("says {text}");
    eprintln!("complains of {text}");
    Value::new(text.as_bytes())
}

// ---- Collections, tuples, user types -------------------------------------------------------------

#[no_mangle]
pub extern "C" fn sum_of(l: Value) -> i64 {
    let bytes = l.bytes();
    Reader(&bytes).elements().into_iter().flatten().map(|e| i64::from(i32::from_be_bytes(e.try_into().unwrap()))).sum()
}
#[no_mangle]
pub extern "C" fn joined(l: Value) -> Value {
    let bytes = l.bytes();
    Value::new(&Reader(&bytes).elements().into_iter().flatten().collect::<Vec<_>>().join(&b','))
}
#[no_mangle]
pub extern "C" fn keys_of(m: Value) -> Value {
    let bytes = m.bytes();
    let mut reader = Reader(&bytes);
    let count = reader.int();
    let mut out = count.to_be_bytes().to_vec();
    for _ in 0..count {
        append(&mut out, reader.element());
        reader.element();
    }
    Value::new(&out)
}
#[no_mangle]
pub extern "C" fn swapped(t: Value) -> Value {
    let bytes = t.bytes();
    let mut reader = Reader(&bytes);
    let (first, second) = (reader.element(), reader.element());
    let mut out = Vec::new();
    append(&mut out, second);
    append(&mut out, first);
    Value::new(&out)
}
/// person(name text, age int, tags frozen<list<text>>)
#[no_mangle]
pub extern "C" fn older(p: Value) -> Value {
    let bytes = p.bytes();
    let mut reader = Reader(&bytes);
    let (name, age, tags) = (reader.element(), reader.element(), reader.element());
    let age = age.map(|a| (i32::from_be_bytes(a.try_into().unwrap()) + 1).to_be_bytes());
    let mut out = Vec::new();
    append(&mut out, name);
    append(&mut out, age.as_ref().map(|a| a.as_slice()));
    append(&mut out, tags);
    Value::new(&out)
}
#[no_mangle]
pub extern "C" fn dot(a: Value, b: Value) -> f32 {
    let (a, b) = (a.bytes(), b.bytes());
    let number = |bytes: &[u8]| f32::from_be_bytes(bytes.try_into().unwrap());
    a.chunks(4).zip(b.chunks(4)).map(|(x, y)| number(x) * number(y)).sum()
}

// ---- Times, addresses, identifiers ---------------------------------------------------------------

#[no_mangle]
pub extern "C" fn tomorrow(d: Value) -> Value {
    let days = u32::from_be_bytes(d.bytes().try_into().unwrap());
    Value::new(&(days + 1).to_be_bytes())
}
#[no_mangle]
pub extern "C" fn hour_later(t: Value) -> Value {
    let ms = i64::from_be_bytes(t.bytes().try_into().unwrap());
    Value::new(&(ms + 3_600_000).to_be_bytes())
}
#[no_mangle]
pub extern "C" fn is_v6(a: Value) -> i32 {
    i32::from(a.bytes().len() == 16)
}
#[no_mangle]
pub extern "C" fn version_of(u: Value) -> i32 {
    i32::from(u.bytes()[6] >> 4)
}
#[no_mangle]
pub extern "C" fn scale_of(d: Value) -> i32 {
    i32::from_be_bytes(d.bytes()[..4].try_into().unwrap())
}
#[no_mangle]
pub extern "C" fn is_negative(v: Value) -> i32 {
    i32::from(v.bytes()[0] >> 7)
}
