//! Any bytes as a file of probing items: read and checked for faults, or refused with a sentence.
#![no_main]

use std::io::Write;

use gander::probe::Suite;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&how, bytes)) = data.split_first() else { return };
    let extension = ["jsonl", "csv", "json"][usize::from(how) % 3];
    let path = std::env::temp_dir().join(format!("gander-fuzz-{}.{extension}", std::process::id()));
    if std::fs::File::create(&path).and_then(|mut f| f.write_all(bytes)).is_err() {
        return;
    }
    match Suite::open(&path) {
        Ok(suite) => {
            for item in suite.all() {
                // A key names an option that is there.
                assert!(item.right().is_none_or(|key| key < item.options.len()));
                assert!(!item.hash().is_empty());
            }
            let items: Vec<_> = suite.all().iter().collect();
            let _ = gander::probe::faults(&items);
        }
        Err(e) => assert!(!e.to_string().is_empty()),
    }
});
