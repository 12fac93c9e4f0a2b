#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    chancery_fuzz::limited(chancery_fuzz::reading::ldif, octets);
});
