//! CQL types as constants, and the line of a function in the section `nacre.functions`, put together when it is compiled.

/// A CQL type.
#[derive(Clone, Copy)]
pub enum TypeName {
    Native(&'static str),
    User(&'static UserTypeName),
    List(&'static TypeName),
    Set(&'static TypeName),
    Map(&'static TypeName, &'static TypeName),
    Tuple(&'static [TypeName]),
    Vector(&'static TypeName, usize),
}

impl TypeName {
    /// How many bytes an element of this type has in a vector; 0 for types whose elements stand behind their size. tinyint, smallint,
    /// date and time have one size too, but Cassandra doesn't count on it.
    pub const fn vector_element_bytes(&self) -> usize {
        match self {
            TypeName::Native(name) => match name.as_bytes() {
                b"boolean" => 1,
                b"int" | b"float" => 4,
                b"bigint" | b"counter" | b"timestamp" | b"double" => 8,
                b"uuid" | b"timeuuid" => 16,
                _ => 0,
            },
            TypeName::Vector(element, size) => element.vector_element_bytes() * *size,
            _ => 0,
        }
    }
}

impl TypeName {
    /// Bytes of an element of a column that is an array; 0 of types whose columns are serialised.
    pub const fn column_element_bytes(&self) -> usize {
        match self {
            TypeName::Native(name) => match name.as_bytes() {
                b"boolean" | b"tinyint" => 1,
                b"smallint" => 2,
                b"int" | b"date" | b"float" => 4,
                b"bigint" | b"counter" | b"timestamp" | b"time" | b"double" => 8,
                _ => 0,
            },
            _ => 0,
        }
    }
}

/// A user type by its name, and the names and types of its fields.
pub struct UserTypeName {
    pub name: &'static str,
    pub fields: &'static [(&'static str, TypeName)],
}

/// What `CREATE AGGREGATE` says.
#[derive(Clone, Copy)]
pub struct AggregateDeclaration {
    pub name: &'static str,
    pub arguments: &'static [TypeName],
    pub state: TypeName,
    pub has_merge: bool,
    pub has_finish: bool,
}

macro_rules! lines {
    ($($type:ty, $write:ident;)*) => { $(
        impl $type {
            /// How many bytes the line has.
            pub const fn line_size(&self) -> usize {
                let mut to = Line { bytes: &mut [], size: 0 };
                to.$write(self);
                to.size
            }

            /// The line, its newline included. `SIZE` must be what `line_size` says.
            pub const fn line<const SIZE: usize>(&self) -> [u8; SIZE] {
                let mut bytes = [0; SIZE];
                let mut to = Line { bytes: &mut bytes, size: 0 };
                to.$write(self);
                bytes
            }
        }
    )* };
}
// A line of `nacre.functions`, and two of `nacre.declarations`.
lines! {
    Signature, signature;
    UserTypeName, create_type;
    AggregateDeclaration, create_aggregate;
}

/// What the section says of a function.
#[derive(Clone, Copy)]
pub struct Signature {
    pub name: &'static str,
    /// Names and types.
    pub arguments: &'static [(&'static str, TypeName)],
    /// CALLED ON NULL INPUT
    pub called: bool,
    pub returns: TypeName,
    pub deterministic: bool,
}

#[cfg(not(target_family = "wasm"))]
impl core::fmt::Display for TypeName {
    fn fmt(&self, to: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut line = Line { bytes: &mut [], size: 0 };
        line.type_name(self);
        let mut bytes = alloc::vec![0; line.size];
        Line { bytes: &mut bytes, size: 0 }.type_name(self);
        to.write_str(str::from_utf8(&bytes).unwrap_or_default())
    }
}

// Counts where it has no room.
struct Line<'a> {
    bytes: &'a mut [u8],
    size: usize,
}

impl Line<'_> {
    const fn byte(&mut self, byte: u8) {
        if self.size < self.bytes.len() {
            self.bytes[self.size] = byte;
        }
        self.size += 1;
    }

    const fn text(&mut self, text: &str) {
        let mut i = 0;
        while i < text.len() {
            self.byte(text.as_bytes()[i]);
            i += 1;
        }
    }

    const fn name(&mut self, name: &str) {
        if is_plain(name) {
            return self.text(name);
        }
        self.byte(b'"');
        let mut i = 0;
        while i < name.len() {
            if name.as_bytes()[i] == b'"' {
                self.byte(b'"');
            }
            self.byte(name.as_bytes()[i]);
            i += 1;
        }
        self.byte(b'"');
    }

    const fn number(&mut self, number: usize) {
        if number > 9 {
            self.number(number / 10);
        }
        self.byte(b'0' + (number % 10) as u8);
    }

    const fn type_name(&mut self, name: &TypeName) {
        match name {
            TypeName::Native(native) => self.text(native),
            TypeName::User(user) => self.name(user.name),
            TypeName::List(element) => self.elements("list<", &[element]),
            TypeName::Set(element) => self.elements("set<", &[element]),
            TypeName::Map(key, value) => self.elements("map<", &[key, value]),
            TypeName::Tuple(elements) => {
                self.text("tuple<");
                let mut i = 0;
                while i < elements.len() {
                    if i != 0 {
                        self.text(", ");
                    }
                    self.inner(&elements[i]);
                    i += 1;
                }
                self.byte(b'>');
            }
            TypeName::Vector(element, size) => {
                self.text("vector<");
                self.inner(element);
                self.text(", ");
                self.number(*size);
                self.byte(b'>');
            }
        }
    }

    const fn elements(&mut self, head: &str, elements: &[&TypeName]) {
        self.text(head);
        let mut i = 0;
        while i < elements.len() {
            if i != 0 {
                self.text(", ");
            }
            self.inner(elements[i]);
            i += 1;
        }
        self.byte(b'>');
    }

    // Within another type, what could change piece by piece is frozen.
    const fn inner(&mut self, name: &TypeName) {
        let frozen = matches!(name, TypeName::List(_) | TypeName::Set(_) | TypeName::Map(..) | TypeName::User(_));
        if frozen {
            self.text("frozen<");
        }
        self.type_name(name);
        if frozen {
            self.byte(b'>');
        }
    }

    const fn create_type(&mut self, of: &UserTypeName) {
        self.text("CREATE TYPE IF NOT EXISTS ");
        self.name(of.name);
        self.text(" (");
        let mut i = 0;
        while i < of.fields.len() {
            if i != 0 {
                self.text(", ");
            }
            self.name(of.fields[i].0);
            self.byte(b' ');
            self.inner(&of.fields[i].1);
            i += 1;
        }
        self.text(");\n");
    }

    const fn create_aggregate(&mut self, of: &AggregateDeclaration) {
        self.text("CREATE AGGREGATE ");
        self.name(of.name);
        self.text(" (");
        let mut i = 0;
        while i < of.arguments.len() {
            if i != 0 {
                self.text(", ");
            }
            self.type_name(&of.arguments[i]);
            i += 1;
        }
        self.text(") SFUNC ");
        self.part(of.name, "_accumulate");
        self.text(" STYPE ");
        self.type_name(&of.state);
        if of.has_merge {
            self.text(" REDUCEFUNC ");
            self.part(of.name, "_merge");
        }
        if of.has_finish {
            self.text(" FINALFUNC ");
            self.part(of.name, "_finish");
        }
        self.text(";\n");
    }

    // Names of exports need no quotes unless there are capitals among their letters.
    const fn part(&mut self, aggregate: &str, suffix: &str) {
        let quoted = !is_plain(aggregate);
        if quoted {
            self.byte(b'"');
        }
        self.text(aggregate);
        self.text(suffix);
        if quoted {
            self.byte(b'"');
        }
    }

    const fn signature(&mut self, of: &Signature) {
        self.name(of.name);
        self.byte(b'(');
        let mut i = 0;
        while i < of.arguments.len() {
            if i != 0 {
                self.text(", ");
            }
            self.name(of.arguments[i].0);
            self.byte(b' ');
            self.type_name(&of.arguments[i].1);
            i += 1;
        }
        self.text(if of.called { ") CALLED ON NULL INPUT RETURNS " } else { ") RETURNS NULL ON NULL INPUT RETURNS " });
        self.type_name(&of.returns);
        if of.deterministic {
            self.text(" DETERMINISTIC");
        }
        self.byte(b'\n');
    }
}

// Words that CQL takes for its own.
const RESERVED: &[u8] = b" add allow alter and apply asc authorize batch begin by columnfamily create default delete desc \
    describe drop entries execute from full grant if in index infinity insert into is keyspace limit materialized \
    mbean mbeans modify nan norecursive not null of on or order primary rename replace revoke schema select set \
    table to token truncate unlogged unset update use using view where with ";

const fn is_plain(name: &str) -> bool {
    let mut i = 0;
    while i < name.len() {
        if !matches!(name.as_bytes()[i], b'a'..=b'z' | b'0'..=b'9' | b'_') {
            return false;
        }
        i += 1;
    }
    !name.is_empty() && !name.as_bytes()[0].is_ascii_digit() && !is_reserved(name.as_bytes())
}

const fn is_reserved(name: &[u8]) -> bool {
    let mut start = 0;
    while start + name.len() + 1 < RESERVED.len() {
        let mut i = 0;
        while i < name.len() && RESERVED[start + 1 + i] == name[i] {
            i += 1;
        }
        if i == name.len() && RESERVED[start] == b' ' && RESERVED[start + 1 + i] == b' ' {
            return true;
        }
        start += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CqlType;
    use alloc::{collections::BTreeMap, string::String, vec::Vec};

    const SIGNATURE: Signature = Signature {
        name: "f",
        arguments: &[
            ("a", <Vec<BTreeMap<i32, (String, Option<Vec<bool>>)>>>::TYPE),
            ("It's", <[f32; 1536]>::TYPE),
            ("from", bool::TYPE),
            ("fro", bool::TYPE),
        ],
        called: true,
        returns: TypeName::User(&PERSON),
        deterministic: true,
    };
    const PERSON: UserTypeName = UserTypeName { name: "Per\"son", fields: &[("name", String::TYPE), ("tags", <Vec<String>>::TYPE)] };
    const AGGREGATE: AggregateDeclaration =
        AggregateDeclaration { name: "mean", arguments: &[f64::TYPE], state: <(f64, i64)>::TYPE, has_merge: true, has_finish: false };

    #[test]
    fn lines_are_cql() {
        let line: [u8; SIGNATURE.line_size()] = SIGNATURE.line();
        assert_eq!(
            str::from_utf8(&line).unwrap(),
            "f(a list<frozen<map<int, tuple<text, frozen<list<boolean>>>>>>, \"It's\" vector<float, 1536>, \"from\" boolean, fro boolean) CALLED ON NULL INPUT \
             RETURNS \"Per\"\"son\" DETERMINISTIC\n"
        );
        let line: [u8; PERSON.line_size()] = PERSON.line();
        assert_eq!(str::from_utf8(&line).unwrap(), "CREATE TYPE IF NOT EXISTS \"Per\"\"son\" (name text, tags frozen<list<text>>);\n");
        let line: [u8; AGGREGATE.line_size()] = AGGREGATE.line();
        assert_eq!(
            str::from_utf8(&line).unwrap(),
            "CREATE AGGREGATE mean (double) SFUNC mean_accumulate STYPE tuple<double, bigint> REDUCEFUNC mean_merge;\n"
        );
    }
}
