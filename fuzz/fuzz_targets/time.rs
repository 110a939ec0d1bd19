#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strayline_fuzz::time(data));
