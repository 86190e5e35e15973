//! Any bytes as the results of a batch.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = gander::llm::batch::read(&mut &*data);
});
