//! Every lint of a revocation list.

use super::super::Severity::{self, Error, Notice, Warning};
use super::super::{Check, Fields, LintInfo};
use super::{JudgedCrl, JudgedEntry, entries, extensions, frame, issuer};

const fn list(
    id: &'static str,
    severity: Severity,
    clause: &'static str,
    fields: &'static [&'static str],
    check: fn(&JudgedCrl<'_>) -> Option<Fields>,
) -> LintInfo {
    LintInfo { id, severity, clause, fields, check: Check::Crl(check) }
}

const fn entry(
    id: &'static str,
    severity: Severity,
    clause: &'static str,
    fields: &'static [&'static str],
    check: fn(&JudgedEntry<'_>) -> Option<Fields>,
) -> LintInfo {
    LintInfo { id, severity, clause, fields, check: Check::Entry(check) }
}

/// Found while walking over entries.
pub(super) const UNREADABLE: LintInfo = LintInfo {
    id: "crl_entry_unreadable",
    severity: Error,
    clause: "RFC 5280 5.1.2.6",
    fields: &["place", "entries"],
    check: Check::InPassing,
};

/// Found while walking over entries.
pub(super) const REPEATED: LintInfo =
    LintInfo { id: "crl_entry_repeated", severity: Error, clause: "RFC 5280 5.3", fields: &["serial", "entries"], check: Check::InPassing };

pub(super) const LINTS: &[LintInfo] = &[
    list("crl_version_not_two", Error, "RFC 5280 5.1.2.1", &["version"], frame::crl_version_not_two),
    list("crl_algorithms_differ", Error, "RFC 5280 5.1.1.2", &["outer"], frame::crl_algorithms_differ),
    list("crl_signature_parameters_wrong", Error, "RFC 4055 5", &["algorithm"], frame::crl_signature_parameters_wrong),
    list("crl_pss_parameters_uneven", Warning, "RFC 4055 3.1", &["hash", "mask", "salt"], frame::crl_pss_parameters_uneven),
    list("crl_signature_weak", Warning, "CA/B BR 7.1.3.2", &["algorithm"], frame::crl_signature_weak),
    list("crl_issuer_empty", Error, "RFC 5280 5.1.2.3", &[], frame::crl_issuer_empty),
    list("crl_next_update_missing", Error, "RFC 5280 5.1.2.5", &[], frame::crl_next_update_missing),
    list("crl_next_update_not_after_this", Error, "RFC 5280 5.1.2.5", &["this", "next"], frame::crl_next_update_not_after_this),
    list("crl_time_encoding_wrong", Error, "RFC 5280 5.1.2.4", &["time"], frame::crl_time_encoding_wrong),
    list("crl_entries_empty", Error, "RFC 5280 5.1.2.6", &[], frame::crl_entries_empty),
    list("crl_lives_too_long", Warning, "CA/B BR 4.9.7", &["days", "longest"], frame::crl_lives_too_long),
    list("crl_number_missing", Error, "RFC 5280 5.2.3", &[], extensions::crl_number_missing),
    list("crl_number_critical", Error, "RFC 5280 5.2.3", &[], extensions::crl_number_critical),
    list("crl_number_not_minimal", Error, "X.690 8.3.2", &["octets"], extensions::crl_number_not_minimal),
    list("crl_authority_key_id_missing", Error, "RFC 5280 5.2.1", &[], extensions::crl_authority_key_id_missing),
    list("crl_authority_key_id_critical", Error, "RFC 5280 4.2.1.1", &[], extensions::crl_authority_key_id_critical),
    list("crl_extension_repeated", Error, "RFC 5280 4.2", &["extension"], extensions::crl_extension_repeated),
    list("crl_critical_flag_wrong", Error, "X.690 11.1, 11.5", &["extension"], extensions::crl_critical_flag_wrong),
    list("crl_extension_critical_and_unknown", Warning, "RFC 5280 5.2", &["extension"], extensions::crl_extension_critical_and_unknown),
    list("crl_partition_not_critical", Error, "RFC 5280 5.2.5", &[], extensions::crl_partition_not_critical),
    list("crl_partition_empty", Error, "RFC 5280 5.2.5", &[], extensions::crl_partition_empty),
    list("crl_partition_contradictory", Error, "RFC 5280 5.2.5", &[], extensions::crl_partition_contradictory),
    list("crl_partition_flag_wrong", Error, "X.690 11.1, 11.5", &[], extensions::crl_partition_flag_wrong),
    list("crl_delta_not_critical", Error, "RFC 5280 5.2.4", &[], extensions::crl_delta_not_critical),
    list("crl_delta_below_base", Error, "RFC 5280 5.2.4", &["number", "base"], extensions::crl_delta_below_base),
    list("crl_freshest_in_delta", Error, "RFC 5280 5.2.6", &[], extensions::crl_freshest_in_delta),
    list("crl_freshest_critical", Error, "RFC 5280 5.2.6", &[], extensions::crl_freshest_critical),
    list("crl_access_information_critical", Error, "RFC 5280 5.2.7", &[], extensions::crl_access_information_critical),
    list("crl_issuer_name_differs", Error, "RFC 5280 6.3.3", &["issuer", "expected"], issuer::crl_issuer_name_differs),
    list("crl_authority_key_id_differs", Error, "RFC 5280 5.2.1", &["found", "expected"], issuer::crl_authority_key_id_differs),
    list("crl_issuer_may_not_sign", Error, "RFC 5280 4.2.1.3", &["issuer"], issuer::crl_issuer_may_not_sign),
    list("crl_outlives_issuer", Notice, "RFC 5280 6.3.3", &["next", "issuer_ends"], issuer::crl_outlives_issuer),
    UNREADABLE,
    REPEATED,
    entry("crl_entry_serial_odd", Notice, "RFC 5280 4.1.2.2", &["serial", "entries"], entries::crl_entry_serial_odd),
    entry(
        "crl_entry_time_encoding_wrong",
        Error,
        "RFC 5280 5.1.2.6",
        &["serial", "time", "entries"],
        entries::crl_entry_time_encoding_wrong,
    ),
    entry("crl_entry_after_list", Notice, "RFC 5280 5.1.2.6", &["serial", "time", "entries"], entries::crl_entry_after_list),
    entry("crl_entry_reason_unspecified", Warning, "RFC 5280 5.3.1", &["serial", "entries"], entries::crl_entry_reason_unspecified),
    entry("crl_entry_reason_unknown", Error, "RFC 5280 5.3.1", &["serial", "code", "entries"], entries::crl_entry_reason_unknown),
    entry("crl_entry_removed_from_whole_list", Error, "RFC 5280 5.3.1", &["serial", "entries"], entries::crl_entry_removed_from_whole_list),
    entry("crl_entry_date_not_generalized", Error, "RFC 5280 5.3.2", &["serial", "entries"], entries::crl_entry_date_not_generalized),
    entry(
        "crl_entry_extension_critical",
        Error,
        "RFC 5280 5.3",
        &["serial", "extension", "entries"],
        entries::crl_entry_extension_critical,
    ),
    entry("crl_entry_not_understood", Warning, "RFC 5280 5.3", &["serial", "entries"], entries::crl_entry_not_understood),
    entry("crl_entry_of_another_issuer", Error, "RFC 5280 5.3.3", &["serial", "entries"], entries::crl_entry_of_another_issuer),
    entry("crl_entry_issuer_not_critical", Error, "RFC 5280 5.3.3", &["serial", "entries"], entries::crl_entry_issuer_not_critical),
    entry(
        "crl_entry_with_hold_instruction",
        Notice,
        "RFC 5280 5.3",
        &["serial", "instruction", "entries"],
        entries::crl_entry_with_hold_instruction,
    ),
];
