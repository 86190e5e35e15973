//! Probing sets: questions with a key that measure whether a model can keep track of its values. Read, checked for cues that
//! give the key away, and scored with families of items as the unit. `docs/probe.md` says how each figure is made.

pub mod check;
mod frames;
mod item;
pub mod judge;
mod key;
mod problem;
mod read;
mod review;
pub mod score;
mod stats;
mod suite;
mod trial;
mod units;
mod wording;
mod write;
pub mod writer;

pub use frames::{frame_names, frame_text, question};
pub use item::{Item, Keyed, Parts, Place, Provenance, Role, Status};
pub use key::{Key, letter, option_of};
pub use problem::{Fault, Problem, faults};
pub use read::{ReadError, read_items, read_records};
pub use review::{Did, REVIEWS, Review, Written, apply, read_reviews, standing, take};
pub use suite::{Definition, Follows, GOLD, Head, ITEMS, Rules, SUITE, Suite, lines_of};
pub use trial::Trial;
pub use write::{ExportAs, PROBE_TABLE, WRITTEN_BY, export};
