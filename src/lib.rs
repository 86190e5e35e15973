//! gander compares two (or more) language models from the texts they wrote, in a terminal.
//!
//! Data flows one way through the rooms, and each is named after what it does to the data:
//!
//! ```text
//! files ─ingest→ Corpus ─embed→ Vectors ─cluster→ Partition ─compare→ Evidence
//!                                                     │                  │
//!                  diagnostics (is a cluster what its label says?)   │
//!                                                     ▼                  ▼
//!            a person's edits (model::Edit) ─→ session (one file) ─→ report
//!                                                     │
//!                       app (pure state) ─ ui (drawing) ─ tty (terminal)
//! ```
//!
//! | room | holds |
//! |---|---|
//! | [`text`] | untrusted text made safe to show, its width, its wrapping |
//! | [`model`] | sources, samples, clusters, edits and their history |
//! | [`files`] | which file a path leads to, and replacing one in one step |
//! | [`linalg`] | rows of numbers and their products |
//! | [`ingest`] | files to a corpus |
//! | [`embed`] | texts to vectors, in-process |
//! | [`cluster`] | neighbours, k-means, the tree |
//! | [`compare`] | what differs, how much, how surely |
//! | [`diagnostics`] | whether a cluster is what its label says |
//! | [`llm`] | a language model asked: questions, replies, budget; off unless named |
//! | [`session`] | the file that keeps everything |
//! | [`analysis`] | what is known of a run: the way from files to figures, and what a language model is asked |
//! | [`report`] | what leaves the program: JSON, tables, the report |
//! | [`probe`] | sets of questions with a key: read, checked, scored |
//! | [`app`] | the explorer as a state machine: messages in, effects out |
//! | [`ui`] | drawing it |
//! | [`worker`] | the threads behind the explorer |
//! | [`tty`] | the terminal |
//! | [`cli`] | the command line |
//!
//! `tests/architecture.rs` holds which room may use which. A newcomer may start with [`analysis::analyse`], the whole way
//! in one function, and with [`app::App::update`], the explorer in one function.

pub mod analysis;
pub mod app;
pub mod cli;
pub mod cluster;
pub mod compare;
pub mod diagnostics;
pub mod embed;
pub mod files;
pub mod ingest;
pub mod linalg;
pub mod llm;
pub mod model;
pub mod probe;
pub mod report;
pub mod session;
pub mod text;
pub mod tty;
pub mod ui;
pub mod worker;
