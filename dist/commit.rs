//! Names the commit that a release was built from, for `gander --version`. Builds for tests are not told: each commit would
//! build everything again.
#![allow(clippy::print_stdout)]

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=dist/commit.rs");
    if std::env::var("PROFILE").as_deref() != Ok("release") {
        return;
    }
    println!("cargo:rerun-if-changed=.git/HEAD");
    println!("cargo:rerun-if-changed=.git/refs/heads");
    // Absent in an archive of the sources, and in a package.
    let Ok(said) = Command::new("git").args(["rev-parse", "--short=10", "HEAD"]).output() else { return };
    if said.status.success() {
        println!("cargo:rustc-env=GANDER_COMMIT={}", String::from_utf8_lossy(&said.stdout).trim());
    }
}
