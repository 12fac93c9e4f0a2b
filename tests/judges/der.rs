//! DER taken apart and put together without the code under test.

/// The octets of one element and what follows it: whole, contents, rest.
fn element(octets: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let (head, length) = match octets[1] {
        short @ 0..=0x7f => (2, usize::from(short)),
        long => {
            let count = usize::from(long & 0x7f);
            let length = octets[2..2 + count].iter().fold(0, |length, octet| length * 256 + usize::from(*octet));
            (2 + count, length)
        }
    };
    let end = head + length;
    (&octets[..end], &octets[head..end], &octets[end..])
}

/// The contents of an element.
pub fn contents(octets: &[u8]) -> &[u8] {
    element(octets).1
}

/// The elements in an element, whole.
pub fn children(octets: &[u8]) -> Vec<&[u8]> {
    let mut rest = contents(octets);
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (whole, _, behind) = element(rest);
        found.push(whole);
        rest = behind;
    }
    found
}

/// An element of these parts.
pub fn joined(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let length = body.len().to_be_bytes();
    let length = &length[length.iter().position(|octet| *octet != 0).unwrap_or(length.len() - 1)..];
    let mut whole = vec![tag];
    if body.len() >= 0x80 {
        whole.push(0x80 | u8::try_from(length.len()).expect("few"));
    }
    whole.extend_from_slice(length);
    whole.extend(body);
    whole
}

/// Where the fields of a certificate's `TBSCertificate` begin: behind the version, if it is there.
pub fn fields(certificate: &[u8]) -> (Vec<&[u8]>, usize) {
    let tbs = children(children(certificate)[0]);
    let serial = usize::from(tbs[0][0] == 0xa0);
    (tbs, serial)
}

/// The subject, byte for byte.
pub fn subject(certificate: &[u8]) -> &[u8] {
    let (tbs, serial) = fields(certificate);
    tbs[serial + 4]
}

/// The issuer, byte for byte.
pub fn issuer(certificate: &[u8]) -> &[u8] {
    let (tbs, serial) = fields(certificate);
    tbs[serial + 2]
}

/// The value of an extension, by the DER of its object identifier.
pub fn extension<'a>(certificate: &'a [u8], oid: &[u8]) -> Option<&'a [u8]> {
    let (tbs, _) = fields(certificate);
    let explicit = *tbs.iter().find(|field| field[0] == 0xa3)?;
    let all = children(children(explicit)[0]);
    let found = all.into_iter().find(|one| children(one)[0] == oid)?;
    children(found).last().map(|value| contents(value))
}
