//! Objects of a request, borrowed from its text: every key may be absent, unknown ones are for others and
//! passed over.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Declares objects: for each key the field that holds its value. `null` is as good as absent.
macro_rules! objects {
    ($($(#[$doc:meta])* $name:ident { $($key:literal => $field:ident: $value:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Default)]
        pub(super) struct $name<'a> {
            $(pub(super) $field: Option<$value>,)*
        }

        impl<'de: 'a, 'a> serde::Deserialize<'de> for $name<'a> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Reader<'a>(std::marker::PhantomData<$name<'a>>);
                impl<'de: 'a, 'a> serde::de::Visitor<'de> for Reader<'a> {
                    type Value = $name<'a>;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object")
                    }
                    fn visit_map<M: serde::de::MapAccess<'de>>(
                        self,
                        mut map: M,
                    ) -> Result<$name<'a>, M::Error> {
                        let mut object = $name::default();
                        while let Some(key) = map.next_key::<$crate::access::object::Text<'de>>()? {
                            match &*key {
                                $($key => $crate::access::object::put(&mut object.$field, $key, &mut map)?,)*
                                _ => drop(map.next_value::<serde::de::IgnoredAny>()?),
                            }
                        }
                        Ok(object)
                    }
                }
                deserializer.deserialize_map(Reader(std::marker::PhantomData))
            }
        }
    )*};
}
pub(super) use objects;

/// Puts the value of a key into its place. A key that comes twice could mean one thing to us and another to
/// whoever checked the request before.
pub(super) fn put<'de, T: Deserialize<'de>, M: MapAccess<'de>>(
    place: &mut Option<T>,
    key: &str,
    map: &mut M,
) -> Result<(), M::Error> {
    if place.is_some() {
        return Err(M::Error::custom(format_args!("the key `{key}` is there twice")));
    }
    *place = map.next_value()?;
    Ok(())
}

/// Text of the request; a copy only where it has escapes.
pub(super) struct Text<'a>(Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowing;
        impl<'de> Visitor<'de> for Borrowing {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Borrowing)
    }
}

/// A revision or an instant, as text.
pub(super) struct Moment<'a>(Text<'a>);

impl Deref for Moment<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Moment<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Moment<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a revision or an instant")
            }
            fn visit_u64<E: Error>(self, revision: u64) -> Result<Moment<'de>, E> {
                Ok(Moment(Text(Cow::Owned(revision.to_string()))))
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Moment<'de>, E> {
                Ok(Moment(Text(Cow::Borrowed(text))))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Moment<'de>, E> {
                Ok(Moment(Text(Cow::Owned(text.to_owned()))))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// So many, or none.
pub(super) struct Count(pub(super) u64);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole;
        impl Visitor<'_> for Whole {
            type Value = Count;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number from 0")
            }
            fn visit_u64<E: Error>(self, count: u64) -> Result<Count, E> {
                Ok(Count(count))
            }
        }
        deserializer.deserialize_u64(Whole)
    }
}
