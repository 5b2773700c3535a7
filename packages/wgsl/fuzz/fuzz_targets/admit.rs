//! Any bytes as a bundle. Begin with `testdata/hostile/*.json` as a corpus.
#![no_main]

mod run;

libfuzzer_sys::fuzz_target!(|bundle: &[u8]| run::run(bundle));
