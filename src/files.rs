//! Which file a path leads to, and how a file is replaced in one step.

mod identity;
mod place;
mod replace;

pub use identity::{Identity, of_stdin, of_stdout};
pub use place::{Place, find, shell_word};
pub use replace::{Draft, folder_of, replace};
