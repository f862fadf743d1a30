//! Facts in words: JSON in which whatever is identified by a number has its name beside it.
//!
//! Identifiers say of which noun they are when they are written (`Id`), so that no noun is spelled by itself.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::value::Serializer as Plain;
use serde_json::{Error, Result, Value, json};

/// What the thing of this type and number is called: `None` where the type is no noun's, `Some(None)` where
/// the name is not to be told.
pub(crate) type Naming<'n> = &'n dyn Fn(&str, u32) -> Option<Option<String>>;

/// A value as JSON, in which `{"number", "name"}` stands for what has a number.
pub(crate) fn spell<T: Serialize + ?Sized>(value: &T, naming: Naming<'_>) -> Result<Value> {
    value.serialize(Spelling(naming))
}

#[derive(Clone, Copy)]
struct Spelling<'n>(Naming<'n>);

/// What has parts, each spelled before it is put in its place.
struct Parts<'n, P> {
    plain: P,
    naming: Naming<'n>,
}

impl<'n> Spelling<'n> {
    fn parts<P>(self, plain: Result<P>) -> Result<Parts<'n, P>> {
        Ok(Parts { plain: plain?, naming: self.0 })
    }
}

macro_rules! plainly {
    ($($method:ident($($argument:ident: $type:ty),*);)*) => {
        $(fn $method(self, $($argument: $type),*) -> Result<Value> {
            Plain.$method($($argument),*)
        })*
    };
}

macro_rules! in_parts {
    ($($compound:ident, $method:ident($($argument:ident: $type:ty),*);)*) => {
        $(type $compound = Parts<'n, <Plain as Serializer>::$compound>;)*
        $(fn $method(self, $($argument: $type),*) -> Result<Self::$compound> {
            self.parts(Plain.$method($($argument),*))
        })*
    };
}

impl<'n> Serializer for Spelling<'n> {
    type Ok = Value;
    type Error = Error;

    plainly! {
        serialize_bool(value: bool);
        serialize_i8(value: i8);
        serialize_i16(value: i16);
        serialize_i32(value: i32);
        serialize_i64(value: i64);
        serialize_u8(value: u8);
        serialize_u16(value: u16);
        serialize_u32(value: u32);
        serialize_u64(value: u64);
        serialize_f32(value: f32);
        serialize_f64(value: f64);
        serialize_char(value: char);
        serialize_str(value: &str);
        serialize_bytes(value: &[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(name: &'static str);
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str);
    }

    in_parts! {
        SerializeSeq, serialize_seq(len: Option<usize>);
        SerializeTuple, serialize_tuple(len: usize);
        SerializeTupleStruct, serialize_tuple_struct(name: &'static str, len: usize);
        SerializeTupleVariant,
            serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, len: usize);
        SerializeMap, serialize_map(len: Option<usize>);
        SerializeStruct, serialize_struct(name: &'static str, len: usize);
        SerializeStructVariant,
            serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, len: usize);
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<Value> {
        let spelled = spell(value, self.0)?;
        let number = spelled.as_u64().and_then(|number| u32::try_from(number).ok());
        let called = number.and_then(|number| (self.0)(name, number));
        Ok(called.map_or(spelled, |called| json!({"number": number, "name": called})))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value> {
        Plain.serialize_newtype_variant(name, index, variant, &spell(value, self.0)?)
    }
}

macro_rules! parts {
    ($($compound:ident: $method:ident($($key:ident: $type:ty)?);)*) => {
        $(impl<P: $compound<Ok = Value, Error = Error>> $compound for Parts<'_, P> {
            type Ok = Value;
            type Error = Error;
            fn $method<T: Serialize + ?Sized>(&mut self, $($key: $type,)? value: &T) -> Result<()> {
                self.plain.$method($($key,)? &spell(value, self.naming)?)
            }
            fn end(self) -> Result<Value> {
                self.plain.end()
            }
        })*
    };
}

parts! {
    SerializeSeq: serialize_element();
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeStruct: serialize_field(key: &'static str);
    SerializeStructVariant: serialize_field(key: &'static str);
}

impl<P: SerializeMap<Ok = Value, Error = Error>> SerializeMap for Parts<'_, P> {
    type Ok = Value;
    type Error = Error;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.plain.serialize_key(key)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.plain.serialize_value(&spell(value, self.naming)?)
    }
    fn end(self) -> Result<Value> {
        self.plain.end()
    }
}
