//! Files as the system knows them: which file a path leads to, and how a file is replaced without ever being half written.

mod identity;
mod place;
mod replace;

pub use identity::{Identity, of_stdin, of_stdout};
pub use place::{Place, find};
pub use replace::{Draft, folder_of, replace};
