//! Values that are one of some words.

use std::borrow::Cow;

use governance::{
    ActionKind, AdministrativeOverride, Application, Cardinality, Class, Gate, LicenceType, Pool, ReadAccess,
    RoleInheritance,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// One of some words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word<T>(pub(crate) T);

/// What has a word for each of its values.
pub(crate) trait Worded: Copy + 'static {
    fn all() -> impl Iterator<Item = Self>;
    fn word(self) -> &'static str;
}

macro_rules! worded {
    ($($type:ty: $all:expr, $word:expr;)*) => {
        $(impl Worded for $type {
            fn all() -> impl Iterator<Item = Self> {
                $all.into_iter()
            }
            fn word(self) -> &'static str {
                let word: fn(Self) -> &'static str = $word;
                word(self)
            }
        })*
    };
}

worded! {
    Application: Self::ALL, Self::id;
    // Whose project areas can begin with a template.
    Option<Application>: Application::ALL.map(Some).into_iter().chain([None]),
        |it| it.map_or("any", Application::id);
    LicenceType: Self::all(), Self::id;
    Pool: Self::all(), Self::id;
    ReadAccess: Self::ALL, Self::id;
    Gate: Self::ALL, Self::word;
    RoleInheritance: [Self::Inherit, Self::Isolate], Self::id;
    Cardinality: [Self::One, Self::Many], |it| match it {
        Self::One => "one",
        Self::Many => "many",
    };
    AdministrativeOverride: [Self::Artefacts, Self::Process], |it| match it {
        Self::Artefacts => "artefacts",
        Self::Process => "process",
    };
    Class: [Self::Project, Self::Team], |it| match it {
        Self::Project => "project",
        Self::Team => "team",
    };
    ActionKind: [Self::Create, Self::Modify, Self::Delete, Self::Run, Self::Grant], |it| match it {
        Self::Create => "create",
        Self::Modify => "modify",
        Self::Delete => "delete",
        Self::Run => "run",
        Self::Grant => "grant",
    };
}

impl<T: Worded> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.word())
    }
}

impl<'de, T: Worded> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let found = T::all().find(|it| it.word() == text);
        found.map(Self).ok_or_else(|| {
            let known: Vec<_> = T::all().map(|it| format!("`{}`", it.word())).collect();
            de::Error::custom(format!("`{text}` is not one of {}", known.join(", ")))
        })
    }
}

impl<T: Worded> JsonSchema for Word<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Word".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<_> = T::all().map(Worded::word).collect();
        json_schema!({"type": "string", "enum": words})
    }
}
