//! One table for each noun of the document gives its struct, how it is read and how it is laid over an
//! earlier one.

/// The key of a field, where it is not the field's name.
macro_rules! key {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $key:literal) => {
        $key
    };
}

/// A mapping: required keys; optional keys; carried keys. A required key is an identity, which an overlay
/// leaves as it was first written, or belongs to a noun that is never laid over another.
macro_rules! noun {
    (
        $(#[$doc:meta])*
        $name:ident {
            $($(#[$required_doc:meta])* $required:ident $([$required_key:literal])?: $required_type:ty),*
            $(,)?;
            $($(#[$optional_doc:meta])* $optional:ident $([$optional_key:literal])?: $optional_type:ty),*
            $(,)?;
            $($carried:ident: $kind:ident),* $(,)?
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            /// Where it begins.
            pub span: $crate::Span,
            $($(#[$required_doc])* pub $required: $required_type,)*
            $($(#[$optional_doc])* pub $optional: Option<$optional_type>,)*
            /// What no decision reads.
            pub carried: governance::Carried,
            /// Where those of them are that rules look into.
            pub places: $crate::Places,
        }

        impl $crate::reading::Read for $name {
            fn read(node: $crate::tree::Node, problems: &mut $crate::Problems) -> Option<Self> {
                const REQUIRED: &[&str] = &[$(key!($required $($required_key)?)),*];
                let span = node.span;
                let entries = $crate::reading::entries(node, REQUIRED, problems)?;
                $(let mut $required: Option<Option<$required_type>> = None;)*
                $(let mut $optional: Option<$optional_type> = None;)*
                let mut carried = $crate::carried::Reading::default();
                let mut places = $crate::places::Reading::default();
                for (key, value) in entries {
                    match &*key.text {
                        $(key!($required $($required_key)?) => {
                            $required = Some($crate::reading::Read::read(value, problems));
                        })*
                        $(key!($optional $($optional_key)?) => {
                            $optional = $crate::reading::Read::read(value, problems);
                        })*
                        $(stringify!($carried) => {
                            places.read(stringify!($carried), &value);
                            carried.read(stringify!($carried), $crate::carried::Kind::$kind, value, problems);
                        })*
                        _ => $crate::reading::unknown_key(&key, Self::KEYS, problems),
                    }
                }
                $(if $required.is_none() {
                    problems.add(span, concat!("missing key `", key!($required $($required_key)?), "`"));
                })*
                Some(Self {
                    span,
                    $($required: $required??,)*
                    $($optional,)*
                    carried: carried.finish(),
                    places: places.finish(),
                })
            }

            fn note_keys(keys: &mut $crate::reading::Keys) {
                if keys.insert(stringify!($name), Self::KEYS).is_none() {
                    $(<$required_type as $crate::reading::Read>::note_keys(keys);)*
                    $(<$optional_type as $crate::reading::Read>::note_keys(keys);)*
                }
            }
        }

        impl $name {
            const KEYS: &'static [&'static str] = &[
                $(key!($required $($required_key)?),)*
                $(key!($optional $($optional_key)?),)*
                $(stringify!($carried),)*
            ];
        }

        impl $crate::Lay for $name {
            fn lay(&mut self, over: Self) {
                $(self.$optional.lay(over.$optional);)*
                self.carried.lay(over.carried);
                self.places.lay(over.places);
            }
        }
    };
}

/// One of some words: the type, its values, and the word of each.
macro_rules! words {
    ($type:ty, $all:expr, $word:expr) => {
        impl $crate::reading::Read for $type {
            fn read(node: $crate::tree::Node, problems: &mut $crate::Problems) -> Option<Self> {
                let word: fn(Self) -> &'static str = $word;
                let value = $all.into_iter().find(|value| Some(word(*value)) == node.text());
                value.or_else(|| $crate::reading::wrong_word(&node, &$all.map(word), &[], problems))
            }
        }
    };
}

/// One of some words, or a mapping with exactly one of some keys.
macro_rules! choice {
    (
        $(#[$doc:meta])*
        $name:ident {
            $($variant:ident = $word:literal),* $(,)?;
            $($key_variant:ident[$key:literal]: $type:ty),* $(,)?
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $name {
            $(#[doc = concat!("`", $word, "`")] $variant,)*
            $(#[doc = concat!("`{", $key, ": …}`")] $key_variant($type),)*
        }

        impl $crate::reading::Read for $name {
            fn read(node: $crate::tree::Node, problems: &mut $crate::Problems) -> Option<Self> {
                const WORDS: &[&str] = &[$($word),*];
                const KEYS: &[&str] = &[$($key),*];
                match node.text() {
                    $(Some($word) => return Some(Self::$variant),)*
                    _ => {}
                }
                let (key, value) = $crate::reading::only_entry(node, WORDS, KEYS, problems)?;
                match &*key.text {
                    $($key => $crate::reading::Read::read(value, problems).map(Self::$key_variant),)*
                    _ => {
                        $crate::reading::unknown_key(&key, KEYS, problems);
                        None
                    }
                }
            }

            fn note_keys(keys: &mut $crate::reading::Keys) {
                keys.insert(stringify!($name), &[$($word,)* $($key),*]);
            }
        }
    };
}

/// What an element of a list is told apart by: a number, or a word (which may be empty) and a name.
macro_rules! identified {
    ($type:ty, number) => {
        impl $crate::Identified for $type {
            fn identity(&self) -> (&'static str, std::borrow::Cow<'_, str>) {
                ("", self.id.value.to_string().into())
            }

            fn place(&self) -> $crate::Span {
                self.id.span
            }
        }
    };
    ($type:ty, $identity:expr) => {
        impl $crate::Identified for $type {
            fn identity(&self) -> (&'static str, std::borrow::Cow<'_, str>) {
                let identity: fn(&Self) -> (&'static str, &$crate::Text) = $identity;
                let (word, name) = identity(self);
                (word, (&*name.value).into())
            }

            fn place(&self) -> $crate::Span {
                let identity: fn(&Self) -> (&'static str, &$crate::Text) = $identity;
                identity(self).1.span
            }
        }
    };
}
