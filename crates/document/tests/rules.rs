//! Where a document is told to break a rule of the model.

use document::{Limits, Mode, Source, import, load};

/// The places and messages of what is wrong with a document.
fn told(text: &str) -> String {
    let text = format!("bailiwick: 1\nproject_areas:\n{text}");
    let sources = [Source { name: "x".into(), text: text.as_bytes() }];
    load(&sources, &Limits::default()).err().map(|report| report.to_string()).unwrap_or_default()
}

#[test]
fn what_is_wrong_with_the_use_of_a_process_is_told_at_its_key() {
    let areas = |shares: &str, link: &str| {
        format!(
            "- {{application: gc, name: Standard{shares}}}\n- application: gc\n  name: Tram\n  uses_process: {link}\n"
        )
    };
    for (shares, link, place, message) in [
        (
            "",
            "{project_area: Standard}",
            "6:32: project_areas[1].uses_process.project_area",
            "does not share its process",
        ),
        (
            ", archived: true, shares_process: true",
            "{project_area: Standard}",
            "6:32: project_areas[1].uses_process.project_area",
            "is archived",
        ),
        (
            "",
            "{project_area: Tram}",
            "6:32: project_areas[1].uses_process.project_area",
            "cannot use its own process",
        ),
        ("", "{iteration_types: true}", "6:17: project_areas[1].uses_process", "missing key `project_area`"),
        (
            ", shares_process: true",
            "{project_area: Standrd}",
            "6:32: project_areas[1].uses_process.project_area",
            "did you mean `Standard`?",
        ),
        (
            ", shares_process: true",
            "{project_area: Standard}\n  shares_process: true",
            "6:32: project_areas[1].uses_process.project_area",
            "cannot both use another's process and share its own",
        ),
    ] {
        let told = told(&areas(shares, link));
        assert!(told.starts_with(&format!("x:{place}: ")) && told.contains(message), "{told}");
    }
    assert_eq!(told(&areas(", shares_process: true", "{project_area: Standard}")), "");
}

#[test]
fn what_breaks_a_link_that_is_there_already_is_told_where_the_area_is_named() {
    let text = "bailiwick: 1
project_areas:
- {application: gc, name: Standard, shares_process: true}
- {application: gc, name: Tram, uses_process: {project_area: Standard}}
";
    let base = [Source { name: "base".into(), text: text.as_bytes() }];
    let base = load(&base, &Limits::default()).expect("it is good").organisation;
    let over = "bailiwick: 1\nproject_areas: [{application: gc, name: Tram, shares_process: true}]";
    let over = [Source { name: "over".into(), text: over.as_bytes() }];
    let report = import(&over, &Limits::default(), &base, Mode::Overlay).expect_err("it breaks a rule");
    assert_eq!(
        report.to_string(),
        "over:2:41: project_areas[0].name: project area `Tram` cannot both use another's process and share its own: \
         end one of the two"
    );
}
