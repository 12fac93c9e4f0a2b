//! Patterns for values and names.

use crate::alt_name::GeneralName;
use std::net::IpAddr;

/// What a text must look like: `*` is any text, also none, `?` is one character; letters in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Glob(String);

impl Glob {
    pub(super) fn new(pattern: &str) -> Option<Self> {
        let sound = !pattern.is_empty() && pattern.chars().count() <= 256 && !pattern.chars().any(char::is_control);
        sound.then(|| Self(pattern.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let pattern: Vec<char> = self.0.chars().flat_map(char::to_lowercase).collect();
        let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
        // Greedy with one place to come back to: linear in practice, never exponential.
        let (mut at, mut from, mut star) = (0, 0, None);
        while let Some(character) = text.get(at) {
            match pattern.get(from) {
                Some('*') => {
                    star = Some((from, at));
                    from += 1;
                }
                Some(wanted) if *wanted == '?' || wanted == character => {
                    at += 1;
                    from += 1;
                }
                _ => {
                    let Some((star_at, tried)) = star else { return false };
                    star = Some((star_at, tried + 1));
                    from = star_at + 1;
                    at = tried + 1;
                }
            }
        }
        pattern.iter().skip(from).all(|rest| *rest == '*')
    }
}

/// What names of one form must look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamePattern {
    kind: &'static str,
    shape: Shape,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    Text(Glob),
    /// An address range and the number of leading bits that count.
    Range(IpAddr, u32),
}

/// The forms that names can have; those of [`GeneralName::kind`] that we write.
pub(super) const KINDS: [&str; 8] = ["dns", "ip", "email", "uri", "upn", "dir", "rid", "other"];

impl NamePattern {
    /// Reads `FORM:PATTERN`; addresses are a range `10.0.0.0/8`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (kind, pattern) = text.split_once(':')?;
        let kind = KINDS.into_iter().find(|known| *known == kind)?;
        let shape = if kind == "ip" {
            let (address, bits) = pattern.split_once('/').map_or((pattern, None), |(address, bits)| (address, Some(bits)));
            let address: IpAddr = address.parse().ok()?;
            let width = if address.is_ipv4() { 32 } else { 128 };
            let bits = bits.map_or(Some(width), |bits| bits.parse::<u32>().ok())?;
            (bits <= width).then_some(Shape::Range(address, bits))?
        } else {
            Shape::Text(Glob::new(pattern)?)
        };
        Some(Self { kind, shape })
    }

    pub(crate) fn kind(&self) -> &'static str {
        self.kind
    }

    pub(crate) fn matches(&self, name: &GeneralName) -> bool {
        if name.kind() != self.kind {
            return false;
        }
        match (&self.shape, name) {
            (Shape::Range(range, bits), GeneralName::Ip(address)) => in_range(*range, *bits, *address),
            (Shape::Range(..), _) => false,
            (Shape::Text(glob), name) => glob.matches(&name.value()),
        }
    }

    pub(crate) fn text(&self) -> String {
        match &self.shape {
            Shape::Text(glob) => format!("{}:{}", self.kind, glob.as_str()),
            Shape::Range(address, bits) => format!("{}:{address}/{bits}", self.kind),
        }
    }
}

fn in_range(range: IpAddr, bits: u32, address: IpAddr) -> bool {
    let leading = |value: u128, width: u32| value.checked_shr(width - bits).unwrap_or(0);
    match (range, address) {
        (IpAddr::V4(range), IpAddr::V4(address)) => leading(u32::from(range).into(), 32) == leading(u32::from(address).into(), 32),
        (IpAddr::V6(range), IpAddr::V6(address)) => leading(range.into(), 128) == leading(address.into(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;

    #[test]
    fn stars_and_marks() {
        let glob = Glob::new("vpn-*.Example.test").unwrap();
        assert!(glob.matches("vpn-.example.test") && glob.matches("VPN-a.b.example.test"));
        assert!(!glob.matches("vpn-a.example.test.evil") && !glob.matches("xvpn-a.example.test"));
        assert!(Glob::new("a?c").unwrap().matches("abc") && !Glob::new("a?c").unwrap().matches("ac"));
        assert!(Glob::new("*").unwrap().matches("") && !Glob::new("a*b*c").unwrap().matches("a-c-b"));
        assert!(Glob::new("").is_none() && Glob::new("a\nb").is_none());
    }

    #[test]
    fn a_hostile_pattern_costs_little() {
        let glob = Glob::new(&"*a".repeat(100)).unwrap();
        assert!(!glob.matches(&"a".repeat(99)));
        assert!(glob.matches(&"a".repeat(20_000)));
    }

    #[test]
    fn ranges_of_addresses() {
        let name = |text: &str| GeneralName::parse(text).unwrap();
        let range = NamePattern::parse("ip:10.1.0.0/16").unwrap();
        assert!(range.matches(&name("ip:10.1.255.1")) && !range.matches(&name("ip:10.2.0.1")) && !range.matches(&name("ip:::1")));
        assert!(NamePattern::parse("ip:0.0.0.0/0").unwrap().matches(&name("ip:192.0.2.1")));
        assert!(NamePattern::parse("ip:2001:db8::/32").unwrap().matches(&name("ip:2001:db8:1::1")));
        assert!(NamePattern::parse("ip:::/0").unwrap().matches(&name("ip:2001:db8:1::1")));
        for text in ["ip:10.0.0.0/33", "ip:ten", "host:x", "dns:", "x"] {
            assert!(NamePattern::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_pattern_speaks_about_its_form_only() {
        let pattern = NamePattern::parse("dns:*.example.test").unwrap();
        assert!(pattern.matches(&GeneralName::parse("dns:www.example.test").unwrap()));
        assert!(!pattern.matches(&GeneralName::parse("email:x@www.example.test").unwrap()));
        assert_eq!(NamePattern::parse(&pattern.text()).unwrap(), pattern);
    }
}
