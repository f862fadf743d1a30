//! Fields of forms, each with its label, hint and what is wrong with it.

use askama::Template;
use askama::filters::HtmlSafe;

/// A field.
#[derive(Clone, Debug, Template)]
#[template(path = "part/field.html")]
pub(crate) struct Field {
    id: String,
    name: String,
    label: String,
    hint: String,
    wrong: Option<String>,
    required: bool,
    /// Whether it is told, and cannot be typed over.
    fixed: bool,
    control: Control,
}

/// What a field is filled in with.
#[derive(Clone, Debug)]
enum Control {
    Line {
        kind: &'static str,
        value: String,
        offered: Vec<Choice>,
        /// What is offered as one types: `people`, `items`, or nothing.
        looked_up: &'static str,
    },
    Prose {
        value: String,
    },
    /// A text of many lines: typed, or of a file of these endings.
    Lines {
        value: String,
        accept: &'static str,
    },
    /// One of some, in a list that opens.
    Select(Vec<Choice>),
    /// One of some, all to be seen.
    Radios(Vec<Choice>),
    /// Any of some.
    Checks(Vec<Choice>),
}

/// Something that can be chosen.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) words: String,
    pub(crate) chosen: bool,
}

impl Choice {
    pub(crate) fn new(value: impl Into<String>, words: impl Into<String>, chosen: bool) -> Self {
        Self { value: value.into(), words: words.into(), chosen }
    }
}

impl HtmlSafe for Field {}

impl Field {
    fn new(name: &str, label: &str, control: Control) -> Self {
        Self {
            id: format!("field-{name}"),
            name: name.to_owned(),
            label: label.to_owned(),
            hint: String::new(),
            wrong: None,
            required: false,
            fixed: false,
            control,
        }
    }
    pub(crate) fn line(name: &str, label: &str, value: impl Into<String>) -> Self {
        let control = Control::Line { kind: "text", value: value.into(), offered: Vec::new(), looked_up: "" };
        Self::new(name, label, control)
    }
    pub(crate) fn prose(name: &str, label: &str, value: impl Into<String>) -> Self {
        Self::new(name, label, Control::Prose { value: value.into() })
    }
    /// Lines of CSV. The form that it is in sends files: `enctype="multipart/form-data"`.
    pub(crate) fn lines(name: &str, label: &str, value: impl Into<String>) -> Self {
        Self::new(name, label, Control::Lines { value: value.into(), accept: ".csv,.txt,text/csv" })
    }
    /// A document in YAML or JSON, in a form that sends files like that of lines of CSV.
    pub(crate) fn document(name: &str, label: &str, value: impl Into<String>) -> Self {
        Self::new(name, label, Control::Lines { value: value.into(), accept: ".yaml,.yml,.json,.txt" })
    }
    pub(crate) fn select(name: &str, label: &str, choices: Vec<Choice>) -> Self {
        Self::new(name, label, Control::Select(choices))
    }
    pub(crate) fn radios(name: &str, label: &str, choices: Vec<Choice>) -> Self {
        Self::new(name, label, Control::Radios(choices))
    }
    pub(crate) fn checks(name: &str, label: &str, choices: Vec<Choice>) -> Self {
        Self::new(name, label, Control::Checks(choices))
    }

    pub(crate) fn required(mut self) -> Self {
        self.required = true;
        self
    }
    /// It is told, and cannot be typed over: the hint says why.
    pub(crate) fn fixed(mut self, is_fixed: bool) -> Self {
        self.fixed = is_fixed;
        self
    }
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
    pub(crate) fn wrong(mut self, wrong: Option<String>) -> Self {
        self.wrong = wrong;
        self
    }
    /// With an id of its own, where a page has several of the name.
    pub(crate) fn called(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }
    /// A line of this kind: `date`, `email`, `number` …
    pub(crate) fn of_kind(mut self, of_kind: &'static str) -> Self {
        if let Control::Line { kind, .. } = &mut self.control {
            *kind = of_kind;
        }
        self
    }
    /// A line that offers these.
    pub(crate) fn offering(mut self, choices: Vec<Choice>) -> Self {
        if let Control::Line { offered, .. } = &mut self.control {
            *offered = choices;
        }
        self
    }
    /// A line for a user's id, which offers people as one types.
    pub(crate) fn of_person(mut self) -> Self {
        if let Control::Line { looked_up, .. } = &mut self.control {
            *looked_up = "people";
        }
        self
    }
    /// A line for a reference, which offers items as one types.
    pub(crate) fn of_item(mut self) -> Self {
        if let Control::Line { looked_up, .. } = &mut self.control {
            *looked_up = "items";
        }
        self
    }

    fn described(&self) -> String {
        let wrong = self.wrong.is_some().then(|| format!("{}-wrong", self.id));
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.id));
        [wrong, hint].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
    fn is_group(&self) -> bool {
        matches!(self.control, Control::Radios(_) | Control::Checks(_))
    }
    fn choice_id(&self, at: &usize) -> String {
        format!("{}-{at}", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_says_what_is_wrong_with_it_to_those_who_do_not_see_it() {
        let field = Field::line("name", "Name", "a\"b").required().wrong(Some("It is taken.".to_owned()));
        let html = field.to_string();
        for part in [
            "<label for=\"field-name\">Name",
            "value=\"a&#34;b\"",
            "aria-invalid=\"true\"",
            "aria-describedby=\"field-name-wrong\"",
            "It is taken.",
            " required",
        ] {
            assert!(html.contains(part), "{part}\n{html}");
        }
    }
}
