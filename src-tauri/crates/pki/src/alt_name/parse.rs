//! Alternative names from text.

use super::{AltNameError, GeneralName, HostNameProblem};
use crate::asn1::{self, Reader};
use crate::name::DistinguishedName;
use std::net::{IpAddr, Ipv4Addr};

pub(super) fn general_name(text: &str) -> Result<GeneralName, AltNameError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AltNameError::Empty);
    }
    if let Ok(address) = text.parse() {
        return Ok(GeneralName::Ip(address));
    }
    if let Some((prefix, value)) = text.split_once(':') {
        let value = value.trim();
        match prefix.to_ascii_lowercase().as_str() {
            "dns" => return dns(value),
            "ip" | "ip address" => return address(value),
            "email" => return email(value),
            "uri" => return uri(value),
            "upn" => return principal_name(value),
            "dir" | "dirname" => return Ok(GeneralName::Directory(DistinguishedName::parse(value)?)),
            "rid" => return registered_id(value),
            "other" => return other(value),
            "urn" => return uri(text),
            _ => {}
        }
    }
    if text.contains("://") {
        uri(text)
    } else if text.contains('@') {
        email(text)
    } else {
        dns(text)
    }
}

fn dns(text: &str) -> Result<GeneralName, AltNameError> {
    host_name(text).map(GeneralName::Dns).map_err(|problem| AltNameError::NotAHostName { given: text.to_owned(), problem })
}

/// A host name in A-labels, lower case, without the root's dot; a leading `*.` stays.
pub(crate) fn host_name(text: &str) -> Result<String, HostNameProblem> {
    let (wildcard, domain) = match text.strip_prefix("*.") {
        Some(domain) => ("*.", domain),
        None => ("", text),
    };
    if wildcard.is_empty() && text == "*" {
        return Err(HostNameProblem::BareWildcard);
    }
    if domain.contains('*') {
        return Err(HostNameProblem::Wildcard);
    }
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    if domain.is_empty() {
        return Err(if wildcard.is_empty() { HostNameProblem::Rules } else { HostNameProblem::BareWildcard });
    }
    let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| HostNameProblem::Rules)?;
    // Also what the name became: full-width digits turn into an address.
    if ascii.parse::<IpAddr>().is_ok() || ascii.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(if ascii.parse::<Ipv4Addr>().is_ok() { HostNameProblem::Address } else { HostNameProblem::Rules });
    }
    if wildcard.len() + ascii.len() > 253 {
        return Err(HostNameProblem::Rules);
    }
    Ok(format!("{wildcard}{ascii}"))
}

fn address(text: &str) -> Result<GeneralName, AltNameError> {
    text.parse().map(GeneralName::Ip).map_err(|_| AltNameError::NotAnAddress { given: text.to_owned() })
}

/// `Local-part@Domain` without display name (RFC 5280 4.2.1.6). A local part beyond ASCII makes it a SmtpUTF8Mailbox, one in ASCII must
/// not (RFC 9598 3); the domain is in lower case and A-labels either way (RFC 9598 4).
fn email(text: &str) -> Result<GeneralName, AltNameError> {
    let wrong = || AltNameError::NotAMailbox { given: text.to_owned() };
    let (local, domain) = text.rsplit_once('@').ok_or_else(wrong)?;
    let atext = |character: char| character.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(character);
    // RFC 6531 3.3 adds what is not ASCII; a byte order mark is refused by RFC 9598 3, what cannot be seen by reason.
    let beyond_ascii =
        |character: char| !character.is_ascii() && !character.is_control() && !character.is_whitespace() && character != '\u{feff}';
    let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    let fits = local.chars().all(|character| atext(character) || beyond_ascii(character));
    if local.is_empty() || local.len() > 64 || dots || !fits || domain.contains('*') {
        return Err(wrong());
    }
    let mailbox = format!("{local}@{}", host_name(domain).map_err(|_| wrong())?);
    Ok(if local.is_ascii() { GeneralName::Email(mailbox) } else { GeneralName::SmtpUtf8(mailbox) })
}

/// An absolute URI: a scheme, a colon, something after it, in the characters of RFC 3986. After `//` comes a host, which LDAP may leave
/// out (RFC 4516 2).
fn uri(text: &str) -> Result<GeneralName, AltNameError> {
    let wrong = || AltNameError::NotAUri { given: text.to_owned() };
    let (scheme, rest) = text.split_once(':').ok_or_else(wrong)?;
    let scheme_fits = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|character| character.is_ascii_alphanumeric() || "+-.".contains(character));
    let allowed = |character: char| character.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(character);
    let authority = rest.strip_prefix("//").map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    if !scheme_fits
        || rest.is_empty()
        || !rest.chars().all(allowed)
        || (authority.is_some_and(str::is_empty) && !scheme.eq_ignore_ascii_case("ldap"))
    {
        return Err(wrong());
    }
    Ok(GeneralName::Uri(text.to_owned()))
}

fn principal_name(text: &str) -> Result<GeneralName, AltNameError> {
    let fits = text.split_once('@').is_some_and(|(user, domain)| !user.is_empty() && !domain.is_empty() && !domain.contains('@'));
    if fits && !text.chars().any(char::is_control) {
        Ok(GeneralName::Upn(text.to_owned()))
    } else {
        Err(AltNameError::NotAPrincipalName { given: text.to_owned() })
    }
}

fn registered_id(text: &str) -> Result<GeneralName, AltNameError> {
    if asn1::oid(text).is_some() {
        Ok(GeneralName::RegisteredId(text.to_owned()))
    } else {
        Err(AltNameError::NotAnObjectIdentifier { given: text.to_owned() })
    }
}

fn other(text: &str) -> Result<GeneralName, AltNameError> {
    let wrong = || AltNameError::NotAnObjectIdentifier { given: text.to_owned() };
    let (oid, digits) = text.split_once(":#").ok_or_else(wrong)?;
    let value = hex::decode(digits).map_err(|_| AltNameError::Malformed)?;
    let mut reader = Reader::new(&value);
    reader.any()?;
    reader.finish()?;
    if asn1::oid(oid).is_none() {
        return Err(wrong());
    }
    // A type that has a form of its own is that form, by that form's rules.
    match GeneralName::from_der(&GeneralName::Other { oid: oid.to_owned(), value }.to_der())? {
        GeneralName::Upn(text) => principal_name(&text),
        GeneralName::SmtpUtf8(text) => match email(&text)? {
            mailbox if mailbox == GeneralName::SmtpUtf8(text.clone()) => Ok(mailbox),
            _ => Err(AltNameError::NotAMailbox { given: text }),
        },
        other => Ok(other),
    }
}
