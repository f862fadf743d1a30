//! Counts as people read them, on pages and on the command line.

/// A number with its thousands apart.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut told = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

/// So many people gain and lose something, on so many items: a sentence.
pub(crate) fn gains_and_losses((gain, lose): (usize, usize), items: usize) -> String {
    let people = |count: usize, verb: (&str, &str)| match count {
        0 => None,
        1 => Some(format!("1 person {}", verb.0)),
        count => Some(format!("{} people {}", thousands(count), verb.1)),
    };
    let told = [people(gain, ("gains", "gain")), people(lose, ("loses", "lose"))];
    let told: Vec<_> = told.into_iter().flatten().collect();
    match (told.is_empty(), items) {
        (true, _) => "Nobody gains or loses anything.".to_owned(),
        (false, 0) => format!("{} something.", told.join(" and ")),
        (false, 1) => format!("{} something, on 1 item.", told.join(" and ")),
        (false, items) => format!("{} something, on {} items.", told.join(" and "), thousands(items)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_can_be_read() {
        for (number, told) in [(0, "0"), (999, "999"), (1240, "1,240"), (1_000_000, "1,000,000")] {
            assert_eq!(thousands(number), told);
        }
    }

    #[test]
    fn who_gains_and_loses_is_a_sentence() {
        let check = |people, items, told: &str| assert_eq!(gains_and_losses(people, items), told);
        check((0, 0), 0, "Nobody gains or loses anything.");
        check((1, 0), 0, "1 person gains something.");
        check((0, 1), 1, "1 person loses something, on 1 item.");
        check((2, 1_200), 3_000, "2 people gain and 1,200 people lose something, on 3,000 items.");
    }
}
