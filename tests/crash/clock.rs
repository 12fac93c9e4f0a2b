//! The clock goes back ten years or forward fifty: nothing is dated wrongly without a person's word, and CRL numbers go on rising.

use suite::damage::clock;

#[test]
fn back_ten_years_nothing_is_signed_until_a_person_confirms() {
    clock::back_ten_years_nothing_is_signed_until_a_person_confirms();
}

#[test]
fn back_by_a_little_no_crl_is_older_than_the_one_before() {
    clock::back_by_a_little_no_crl_is_older_than_the_one_before();
}

#[test]
fn forward_fifty_years_nothing_is_issued_and_what_was_seen_is_not_forgotten() {
    clock::forward_fifty_years_nothing_is_issued_and_what_was_seen_is_not_forgotten();
}
