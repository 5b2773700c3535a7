//! A buyer's job file: any text is a job or refused with words.
#![no_main]

use joule::cli::job::file::JobFile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (bool, &str)| {
    if let Err(words) = JobFile::parse(data.1, data.0) {
        assert!(!words.is_empty());
    }
});
