//! What stands right of a key: parsed once, here, and written back as it may be read again.

mod address;
mod measure;

use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use store::Location;
use toml::de::DeValue;

pub use address::BaseUri;
pub(crate) use address::Listen;
pub(crate) use measure::{Delay, Percent, Size, Span};

use crate::client_address::ProxyHeader;
use crate::telemetry::{LogForm, LogLevel};

/// A kind of value of the configuration.
pub(crate) trait Value: Sized {
    /// What a wrong value should have been.
    const EXPECTED: &'static str;

    /// From an environment variable, a flag, or a TOML string.
    fn parse(text: &str) -> Result<Self, String>;

    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        let Some(text) = value.as_str() else {
            return Err(format!("this is {}; expected {}, in quotes", of_type(value), Self::EXPECTED));
        };
        Self::parse(text)
    }

    /// A path is meant from the folder of the file in which it stands.
    fn within(self, _folder: &Path) -> Self {
        self
    }

    /// As TOML, without secrets; nothing where there is no value.
    fn written(&self) -> Option<String>;
}

/// Says of a text that it is none of the kind.
pub(crate) fn wrong<T: Value>(text: &str) -> String {
    format!("`{text}` is not understood; expected {}", T::EXPECTED)
}

fn of_type(value: &DeValue<'_>) -> String {
    let name = value.type_str();
    let article = if name.starts_with(['a', 'i']) { "an" } else { "a" };
    format!("{article} {name}")
}

/// A string of JSON is one of TOML.
pub(super) fn quoted(text: impl fmt::Display) -> Option<String> {
    Some(serde_json::Value::String(text.to_string()).to_string())
}

impl<T: Value> Value for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn parse(text: &str) -> Result<Self, String> {
        T::parse(text).map(Some)
    }
    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        T::from_toml(value).map(Some)
    }
    fn within(self, folder: &Path) -> Self {
        self.map(|value| value.within(folder))
    }
    fn written(&self) -> Option<String> {
        self.as_ref().and_then(T::written)
    }
}

impl Value for PathBuf {
    const EXPECTED: &'static str = "a path";

    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err(wrong::<Self>(text)) } else { Ok(text.into()) }
    }
    fn within(self, folder: &Path) -> Self {
        folder.join(self)
    }
    fn written(&self) -> Option<String> {
        quoted(self.display())
    }
}

/// Its password is never written.
impl Value for Location {
    const EXPECTED: &'static str = "`sqlite:PATH` or `postgres://USER@HOST/DATABASE`";

    fn parse(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|error| error.to_string())
    }
    fn written(&self) -> Option<String> {
        quoted(self)
    }
}

impl Value for bool {
    const EXPECTED: &'static str = "`true` or `false`";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| wrong::<Self>(text))
    }
    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        let wrong = || format!("this is {}; expected {}", of_type(value), Self::EXPECTED);
        value.as_bool().ok_or_else(wrong)
    }
    fn written(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Value for NonZeroUsize {
    const EXPECTED: &'static str = "a whole number from 1";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| wrong::<Self>(text))
    }
    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        match value.as_integer() {
            Some(number) if number.radix() == 10 => Self::parse(number.as_str()),
            _ => Err(format!("this is {}; expected {}", of_type(value), Self::EXPECTED)),
        }
    }
    fn written(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Value for String {
    const EXPECTED: &'static str = "a text";

    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err(wrong::<Self>(text)) } else { Ok(text.to_owned()) }
    }
    fn written(&self) -> Option<String> {
        quoted(self)
    }
}

/// A text that is a secret: it is never written.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Hidden(pub(crate) String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden")
    }
}

impl Value for Hidden {
    const EXPECTED: &'static str = "a text";

    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err(wrong::<Self>(text)) } else { Ok(Self(text.to_owned())) }
    }
    fn written(&self) -> Option<String> {
        None
    }
}

/// A list of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Texts(pub(crate) Vec<String>);

impl Value for Texts {
    const EXPECTED: &'static str = "a list of texts such as `[\"one\", \"another\"]`";

    /// Outside TOML they stand between semicolons: distinguished names have commas in them.
    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self(text.split(';').map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()))
    }
    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        let Some(list) = value.as_array() else {
            return Err(format!("this is {}; expected {}", of_type(value), Self::EXPECTED));
        };
        let text = |value: &DeValue<'_>| match value.as_str() {
            Some(text) => String::parse(text),
            None => Err(format!("there is {} in the list; expected {}", of_type(value), Self::EXPECTED)),
        };
        list.iter().map(|value| text(value.get_ref())).collect::<Result<_, _>>().map(Self)
    }
    fn written(&self) -> Option<String> {
        let list: Vec<String> = self.0.iter().filter_map(quoted).collect();
        Some(format!("[{}]", list.join(", ")))
    }
}

/// A value that is one of a few words.
macro_rules! words {
    ($type:ty, $expected:literal, $($word:literal = $value:path),*) => {
        impl Value for $type {
            const EXPECTED: &'static str = $expected;

            fn parse(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok($value),)*
                    _ => Err(wrong::<Self>(text)),
                }
            }
            fn written(&self) -> Option<String> {
                quoted(match self { $($value => $word,)* })
            }
        }
    };
}

words! { ProxyHeader, "`x-forwarded-for` or `forwarded`",
"x-forwarded-for" = ProxyHeader::XForwarded, "forwarded" = ProxyHeader::Forwarded }
words! { LogForm, "`text` or `json`", "text" = LogForm::Text, "json" = LogForm::Json }
words! { LogLevel, "`error`, `warn`, `info`, `debug` or `trace`",
"error" = LogLevel::Error, "warn" = LogLevel::Warn, "info" = LogLevel::Info, "debug" = LogLevel::Debug,
"trace" = LogLevel::Trace }

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client_address::Network;

    fn read<T: Value>(text: &str) -> Option<String> {
        T::parse(text).ok().and_then(|value| value.written())
    }

    #[test]
    fn what_is_understood_is_written_in_the_largest_unit() {
        let some = |text: &str| Some(format!("\"{text}\""));
        for (text, written) in [("90s", "90s"), ("60 s", "1m"), ("48h", "2d"), ("1500ms", "1500ms")] {
            assert_eq!(read::<Span>(text), some(written), "{text}");
        }
        for (text, written) in [("2048 KiB", "2 MiB"), ("1000B", "1000 B"), ("1 GiB", "1 GiB")] {
            assert_eq!(read::<Size>(text), some(written), "{text}");
        }
        assert_eq!(read::<Delay>("0ms"), some("0s"));
        assert_eq!(read::<Listen>("[::1]:80"), some("[::1]:80"));
        assert_eq!(read::<BaseUri>("HTTPS://elm.example.org:9443/"), some("HTTPS://elm.example.org:9443"));
        assert_eq!(read::<Vec<Network>>("10.0.0.0/8, ::1"), Some(r#"["10.0.0.0/8", "::1/128"]"#.to_owned()));
    }

    #[test]
    fn what_is_not_understood_is_told_with_what_was_expected() {
        fn check<T: Value>(texts: &[&str]) {
            for text in texts {
                let said = T::parse(text).err().unwrap_or_else(|| panic!("`{text}` is taken"));
                assert!(said.contains(&format!("`{text}`")) && said.contains(T::EXPECTED), "{said}");
            }
        }
        check::<Span>(&["", "8", "h", "0s", "-1s", "1.5h", "8 hours", "99999999999999999999s", "4000d"]);
        check::<Size>(&["", "2", "0 B", "2 MB", "-1 KiB", "99999999999 GiB"]);
        check::<Listen>(&["", "8080", "localhost:80", ":80", "127.0.0.1"]);
        check::<NonZeroUsize>(&["", "0", "-1", "1e3"]);
        check::<BaseUri>(&[
            "",
            "elm.example.org",
            "/x",
            "ftp://x",
            "https://",
            "https://a/?q",
            "https://a/x",
            "https://u@a/",
            "http://a/#f",
        ]);
        check::<Vec<Network>>(&["10.0.0.0/40"]);
        check::<LogForm>(&["JSON"]);
    }
}
