//! Values and rows as the protocol has them, past the driver's typed ones.

use scylla::deserialize::row::ColumnIterator;
use scylla::frame::response::result::{CollectionType, ColumnType, NativeType};
use scylla::response::query_result::QueryRowsResult;
use scylla::serialize::row::{RowSerializationContext, SerializeRow};
use scylla::serialize::writers::RowWriter;
use scylla::serialize::SerializationError;

const NULL: i32 = -1;

/// The protocol's [value]s one after the other. What they must be was checked by whoever sent the statement's types.
#[derive(Clone)]
pub struct RawValues(pub Vec<u8>);

#[derive(Debug)]
struct Malformed;

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the values of the request are cut short")
    }
}

impl std::error::Error for Malformed {}

impl SerializeRow for RawValues {
    fn serialize(&self, _: &RowSerializationContext<'_>, writer: &mut RowWriter) -> Result<(), SerializationError> {
        let mut rest = self.0.as_slice();
        while let Some((size, after)) = rest.split_first_chunk::<4>() {
            let cell = writer.make_cell_writer();
            match i32::from_be_bytes(*size) {
                NULL => {
                    cell.set_null();
                    rest = after;
                }
                negative if negative < 0 => {
                    cell.set_unset();
                    rest = after;
                }
                size => {
                    let Some((value, after)) = after.split_at_checked(size as usize) else {
                        return Err(SerializationError::new(Malformed));
                    };
                    cell.set_value(value).map_err(SerializationError::new)?;
                    rest = after;
                }
            }
        }
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The rows as they lie in the frame. Empty if there are none, or none of their cells has a value to find them by.
pub fn raw_rows(rows: &QueryRowsResult) -> &[u8] {
    let Ok(found) = rows.rows::<ColumnIterator>() else {
        return &[];
    };
    for row in found.flatten() {
        for column in row.flatten() {
            if let Some(slice) = column.slice {
                return slice.as_original_frame_bytes();
            }
        }
    }
    &[]
}

/// The rows, if all their cells are null.
pub fn null_rows(rows: &QueryRowsResult) -> Vec<u8> {
    if rows.rows_num() == 0 || !raw_rows(rows).is_empty() {
        return Vec::new();
    }
    NULL.to_be_bytes().repeat(rows.rows_num() * rows.column_specs().len())
}

fn hex(text: &str) -> String {
    text.bytes().map(|b| format!("{b:02x}")).collect()
}

fn native_class(native: &NativeType) -> &'static str {
    match native {
        NativeType::Ascii => "AsciiType",
        NativeType::Boolean => "BooleanType",
        NativeType::Blob => "BytesType",
        NativeType::Counter => "CounterColumnType",
        NativeType::Date => "SimpleDateType",
        NativeType::Decimal => "DecimalType",
        NativeType::Double => "DoubleType",
        NativeType::Duration => "DurationType",
        NativeType::Float => "FloatType",
        NativeType::Int => "Int32Type",
        NativeType::BigInt => "LongType",
        NativeType::Text => "UTF8Type",
        NativeType::Timestamp => "TimestampType",
        NativeType::Inet => "InetAddressType",
        NativeType::SmallInt => "ShortType",
        NativeType::TinyInt => "ByteType",
        NativeType::Time => "TimeType",
        NativeType::Timeuuid => "TimeUUIDType",
        NativeType::Uuid => "UUIDType",
        NativeType::Varint => "IntegerType",
        _ => "BytesType",
    }
}

/// A type by the name of its class.
pub fn class_name(of: &ColumnType) -> String {
    let list = |parts: &[&ColumnType]| parts.iter().map(|t| class_name(t)).collect::<Vec<_>>().join(",");
    let (name, parameters) = match of {
        ColumnType::Native(native) => (native_class(native), String::new()),
        ColumnType::Collection { typ: CollectionType::List(element), .. } => ("ListType", list(&[element])),
        ColumnType::Collection { typ: CollectionType::Set(element), .. } => ("SetType", list(&[element])),
        ColumnType::Collection { typ: CollectionType::Map(key, value), .. } => ("MapType", list(&[key, value])),
        ColumnType::Vector { typ, dimensions } => ("VectorType", format!("{},{dimensions}", class_name(typ))),
        ColumnType::Tuple(parts) => ("TupleType", list(&parts.iter().collect::<Vec<_>>())),
        ColumnType::UserDefinedType { definition, .. } => {
            let mut text = format!("{},{}", definition.keyspace, hex(&definition.name));
            for (name, typ) in &definition.field_types {
                text += &format!(",{}:{}", hex(name), class_name(typ));
            }
            ("UserType", text)
        }
        _ => ("BytesType", String::new()),
    };
    if parameters.is_empty() {
        format!("org.apache.cassandra.db.marshal.{name}")
    } else {
        format!("org.apache.cassandra.db.marshal.{name}({parameters})")
    }
}
