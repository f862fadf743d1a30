//! Until when a certificate is valid: the one thing of X.509 that the server itself wants to know.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use store::Moment;

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// The version, which may be absent.
const VERSION: u8 = 0xa0;

/// RFC 5280 §4.1: `Certificate ⊃ TBSCertificate ⊃ (version?, serialNumber, signature, issuer, validity …)`.
pub(crate) fn valid_until(der: &[u8]) -> Option<Moment> {
    let mut rest = inside(inside(der, SEQUENCE)?, SEQUENCE)?;
    if rest.first() == Some(&VERSION) {
        rest = element(rest)?.rest;
    }
    for _serial_number_signature_issuer in 0..3 {
        rest = element(rest)?.rest;
    }
    let not_before = element(inside(rest, SEQUENCE)?)?;
    time(&element(not_before.rest)?)
}

struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    rest: &'a [u8],
}

fn element(der: &[u8]) -> Option<Element<'_>> {
    let (&tag, rest) = der.split_first()?;
    let (&length, mut rest) = rest.split_first()?;
    let mut size = usize::from(length);
    if length & 0x80 != 0 {
        let (digits, after) = rest.split_at_checked(usize::from(length & 0x7f))?;
        if digits.len() > size_of::<usize>() {
            return None;
        }
        size = digits.iter().fold(0, |size, digit| size << 8 | usize::from(*digit));
        rest = after;
    }
    let (content, rest) = rest.split_at_checked(size)?;
    Some(Element { tag, content, rest })
}

fn inside(der: &[u8], tag: u8) -> Option<&[u8]> {
    element(der).filter(|element| element.tag == tag).map(|element| element.content)
}

/// `YYMMDDhhmmssZ` of the years 1950 to 2049, or `YYYYMMDDhhmmssZ`.
fn time(element: &Element<'_>) -> Option<Moment> {
    let text = std::str::from_utf8(element.content).ok()?.strip_suffix('Z')?;
    let text = match element.tag {
        UTC_TIME if text.as_bytes().first()? < &b'5' => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let time = DateTime::strptime("%Y%m%d%H%M%S", &text).ok()?;
    let time = time.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(Moment::new(time.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    #[test]
    fn a_certificate_says_until_when_it_is_valid() {
        for (year, month, day) in [(2027, 3, 9), (2049, 12, 31), (2050, 1, 1), (1999, 12, 31)] {
            let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
            params.not_before = date_time_ymd(1990, 1, 1);
            params.not_after = date_time_ymd(year, month, day);
            let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
            let expected = format!("{year:04}-{month:02}-{day:02}T00:00:00Z");
            let expected: jiff::Timestamp = expected.parse().unwrap();
            let found = valid_until(certificate.der()).unwrap();
            assert_eq!(found.microseconds(), expected.as_microsecond(), "{year}");
            // Cut short, it is no certificate.
            for end in 0..200 {
                assert!(valid_until(&certificate.der()[..end]).is_none());
            }
        }
    }
}
