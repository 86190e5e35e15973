//! gander compares two (or more) language models from the texts they wrote, in a terminal.
//!
//! Data flows one way through the rooms, and each is named after what it does to the data:
//!
//! ```text
//! files ─ingest→ Corpus ─embed→ Vectors ─cluster→ Partition ─compare→ Evidence
//!                                                     │                  │
//!                         trust (is a cluster what its label says?)      │
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
//! | [`ingest`] | files to a corpus |
//! | [`embed`] | texts to vectors, in-process |
//! | [`cluster`] | neighbours, k-means, the tree |
//! | [`compare`] | what differs, how much, how surely |
//! | [`trust`] | whether a cluster is what its label says |
//! | [`llm`] | a language model asked: questions, replies, budget; off unless named |
//! | [`session`] | the file that keeps everything |
//! | [`report`] | JSON, CSV |
//! | [`app`] | the explorer as a state machine: messages in, effects out |
//! | [`ui`] | drawing it |
//! | [`tty`] | the terminal |
//! | [`jobs`] | what runs behind the explorer |
//! | [`cli`] | the command line |
//!
//! `tests/architecture.rs` holds which room may use which. A newcomer may start with [`jobs::analyse`], the whole way
//! in one function, and with [`app::App::update`], the explorer in one function.

pub mod app;
pub mod cli;
pub mod cluster;
pub mod compare;
pub mod embed;
pub mod files;
pub mod ingest;
pub mod jobs;
pub mod llm;
pub mod model;
pub mod report;
pub mod session;
pub mod text;
pub mod trust;
pub mod tty;
pub mod ui;
