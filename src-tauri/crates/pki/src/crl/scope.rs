//! What a list answers for: issuingDistributionPoint (RFC 5280 5.2.5), and the entries of indirect lists (5.3.3).

use super::{Crl, CrlEntry, CrlReadError, EntryError};
use crate::{
    alt_name::GeneralName,
    asn1::{Malformed, Reader, sequence, single, tlv},
    certificate::general_names,
    extension::{DistributionPointName, ReasonFlags, read_extensions},
    name::DistinguishedName,
    oid,
    serial::SerialNumber,
};

/// issuingDistributionPoint (RFC 5280 5.2.5): which certificates and reasons a list is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IssuingDistributionPoint {
    /// Where the list is; must be a place that the certificate names.
    pub name: Option<DistributionPointName>,
    /// Only about certificates that are not authorities'.
    pub only_user_certificates: bool,
    /// Only about authorities' certificates.
    pub only_authority_certificates: bool,
    /// The reasons that it covers; all, if none are stated.
    pub reasons: Option<ReasonFlags>,
    /// It may hold entries of other issuers.
    pub indirect: bool,
    /// Only about attribute certificates.
    pub only_attribute_certificates: bool,
}

impl IssuingDistributionPoint {
    /// About certificates that name one of these addresses as the place of their list (RFC 5280 6.3.3 (b)(2)): byte for byte the same.
    pub fn at(urls: &[String]) -> Self {
        let names: Vec<GeneralName> = urls.iter().cloned().map(GeneralName::Uri).collect();
        Self { name: (!names.is_empty()).then_some(DistributionPointName::Full(names)), ..Self::default() }
    }

    /// The URIs of its name, in order; none if it has no name, or one that is relative to an issuer's.
    pub fn urls(&self) -> Vec<String> {
        let Some(DistributionPointName::Full(names)) = &self.name else { return Vec::new() };
        let urls = names.iter().filter_map(|name| if let GeneralName::Uri(url) = name { Some(url.clone()) } else { None });
        urls.collect()
    }

    /// That of a list of which [`Crl::header_der`] and [`Crl::trailer_der`] are kept, without its entries; `None` if it has none.
    ///
    /// # Errors
    /// [`CrlReadError`] when the extensions, or the one it is about, cannot be read.
    pub fn kept_in(header: &[u8], trailer: &[u8]) -> Result<Option<Self>, CrlReadError> {
        let malformed = |Malformed| CrlReadError::Malformed { field: "crlExtensions" };
        // Behind entries come the extensions; a list without entries is all there.
        let extensions = match Reader::new(trailer).optional(0xa0).map_err(malformed)? {
            Some(explicit) => read_extensions(explicit.content).map_err(malformed)?,
            None => Crl::from_vec([header, trailer].concat())?.extensions().to_vec(),
        };
        let found = extensions.iter().find(|extension| extension.oid == oid::ISSUING_DISTRIBUTION_POINT);
        found.map(|extension| Self::from_der(&extension.der).map_err(malformed)).transpose()
    }

    /// The value, DER: what has its default value is left out. Reasons and lists of several issuers are only read, never written.
    pub(crate) fn encoded(&self) -> Vec<u8> {
        let name = self.name.as_ref().map(|name| tlv(0xa0, &name.encoded())).unwrap_or_default();
        let flags = [(0x81, self.only_user_certificates), (0x82, self.only_authority_certificates)];
        let flags = flags.into_iter().filter(|(_, set)| *set).flat_map(|(tag, _)| tlv(tag, &[0xff]));
        sequence(&[&name, &flags.collect::<Vec<_>>()])
    }

    /// Reads the value; fields that RFC 5280 does not have are refused, since they would narrow the scope.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Reader::new(single(der, crate::asn1::tag::SEQUENCE)?.content);
        let mut point = Self::default();
        while !fields.is_empty() {
            let field = fields.any()?;
            let set = field.content.iter().any(|octet| *octet != 0);
            match field.tag {
                0xa0 => point.name = Some(DistributionPointName::read(field.content)?),
                0x81 => point.only_user_certificates = set,
                0x82 => point.only_authority_certificates = set,
                0x83 => point.reasons = Some(ReasonFlags::read(field.content)?),
                0x84 => point.indirect = set,
                0x85 => point.only_attribute_certificates = set,
                _ => return Err(Malformed),
            }
        }
        Ok(point)
    }
}

impl Crl {
    /// issuingDistributionPoint, read; without one a list is about everything of its issuer.
    pub(crate) fn issuing_distribution_point(&self) -> Result<Option<IssuingDistributionPoint>, Malformed> {
        self.idp_der().map(IssuingDistributionPoint::from_der).transpose()
    }

    /// The entry of a certificate on a list that may hold entries of several issuers: an entry that names one is of it, as are those
    /// after it until the next that does (RFC 5280 5.3.3).
    ///
    /// # Errors
    /// [`EntryError`] when an entry on the way cannot be read: it might have been the one, or have named an issuer.
    pub(crate) fn find_of_issuer(
        &self,
        is_issuer: impl Fn(&DistinguishedName) -> bool,
        serial: &SerialNumber,
    ) -> Result<Option<CrlEntry<'_>>, EntryError> {
        let mut ours = is_issuer(self.issuer());
        let mut found = None;
        for (index, entry) in self.entries().enumerate() {
            let entry = entry?;
            if let Some(names) = entry.certificate_issuer() {
                let names = general_names(names).map_err(|Malformed| EntryError::Malformed { offset: index })?;
                ours = names.iter().any(|name| matches!(name, GeneralName::Directory(name) if is_issuer(name)));
            }
            if ours && entry.serial_octets() == serial.content_octets() {
                found = Some(entry);
            }
        }
        Ok(found)
    }

    /// Whether no entry has a critical extension that is not understood: such a list proves no certificate good (RFC 5280 5.3).
    pub(crate) fn entries_are_understood(&self) -> bool {
        // The octets of `critical TRUE` are in no entry of most lists, so that their entries need not be read for this.
        let any_critical = self.entries_der().windows(3).any(|octets| matches!(octets, [1, 1, flag] if *flag != 0));
        !any_critical || self.entries().all(|entry| entry.is_ok_and(|entry| !entry.has_unknown_critical()))
    }
}
