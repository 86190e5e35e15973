//! What was computed or set, each under a name of its own in the table `result`.

use std::collections::BTreeMap;

use rusqlite::OptionalExtension;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Session, SessionError, store};
use crate::cluster::{Map, Rerun, Tree};

pub(super) const META: &str = "meta";
pub(super) const FIELDS: &str = "fields";
const TREE: &str = "tree";
const RERUNS: &str = "reruns";
const FIGURES: &str = "figures";
const FIGURES_SEQ: &str = "figures_seq";
const MAP: &str = "map";
const INTENT: &str = "intent";
const BATCH: &str = "batch_model";
const CONTEXTS: &str = "llm_contexts";

impl Session {
    /// The tree of clusters; `None` before the texts were clustered.
    pub fn tree(&self) -> Result<Option<Tree>, SessionError> {
        self.result(TREE)
    }

    /// Stores the tree of clusters.
    pub fn put_tree(&self, tree: &Tree) -> Result<(), SessionError> {
        self.put_result(TREE, tree)
    }

    /// Clusters found with other seeds.
    pub fn reruns(&self) -> Result<Vec<Rerun>, SessionError> {
        Ok(self.result(RERUNS)?.unwrap_or_default())
    }

    /// Stores clusters found with other seeds.
    pub fn put_reruns(&self, reruns: &[Rerun]) -> Result<(), SessionError> {
        self.put_result(RERUNS, &reruns)
    }

    /// The numbers, or the part of them that `F` reads; `None` before they were computed.
    pub fn figures<F: DeserializeOwned>(&self) -> Result<Option<F>, SessionError> {
        self.result(FIGURES)
    }

    /// Stores numbers of which some are still to come.
    pub fn put_unfinished_figures<F: Serialize>(&self, figures: &F) -> Result<(), SessionError> {
        self.put_result(FIGURES, figures)
    }

    /// Stores the numbers after the edit with this number.
    pub fn put_figures<F: Serialize>(&self, figures: &F, edit: u64) -> Result<(), SessionError> {
        self.put_result(FIGURES, figures)?;
        self.put_result(FIGURES_SEQ, &edit)
    }

    /// The number of the edit after which the numbers were computed; `None` while some are still to come.
    pub fn figures_after(&self) -> Result<Option<u64>, SessionError> {
        self.result(FIGURES_SEQ)
    }

    /// Coordinates of the map, once it was opened.
    pub fn map(&self) -> Result<Option<Map>, SessionError> {
        self.result(MAP)
    }

    /// Stores the coordinates of the map.
    pub fn put_map(&self, map: &Map) -> Result<(), SessionError> {
        self.put_result(MAP, map)
    }

    /// What the fine-tuning was meant to do, if anybody said so.
    pub fn intent(&self) -> Result<Option<String>, SessionError> {
        Ok(self.result(INTENT)?.filter(|text: &String| !text.is_empty()))
    }

    /// Stores what the fine-tuning was meant to do.
    pub fn put_intent(&self, text: &str) -> Result<(), SessionError> {
        self.put_result(INTENT, &text)
    }

    /// What the last batch of requests was written for, as the command wrote it.
    pub fn batch(&self) -> Result<Option<String>, SessionError> {
        self.result(BATCH)
    }

    /// Stores what a batch of requests was written for.
    pub fn put_batch(&self, batch: &str) -> Result<(), SessionError> {
        self.put_result(BATCH, &batch)
    }

    /// Tokens that models can hold, as their servers said, by model.
    pub fn contexts(&self) -> Result<BTreeMap<String, u64>, SessionError> {
        // It is JSON in a JSON string: so the first version that kept it did.
        let text: Option<String> = self.result(CONTEXTS)?;
        Ok(text.and_then(|t| serde_json::from_str(&t).ok()).unwrap_or_default())
    }

    /// Stores the tokens that models can hold.
    pub fn put_contexts(&self, contexts: &BTreeMap<String, u64>) -> Result<(), SessionError> {
        let text = serde_json::to_string(contexts).map_err(|e| SessionError::damaged(&self.path, &e))?;
        self.put_result(CONTEXTS, &text)
    }

    fn put_result<T: Serialize + ?Sized>(&self, name: &str, value: &T) -> Result<(), SessionError> {
        let json = serde_json::to_vec(value).map_err(|e| SessionError::damaged(&self.path, &e))?;
        store::put(&self.db, name, &json).map_err(|e| self.sqlite(e))
    }

    pub(super) fn result<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, SessionError> {
        let json: Option<Vec<u8>> = self
            .db
            .query_row("SELECT data FROM result WHERE name = ?1", [name], |r| r.get(0))
            .optional()
            .map_err(|e| self.sqlite(e))?;
        json.map(|j| serde_json::from_slice(&j)).transpose().map_err(|e| SessionError::damaged(&self.path, &e))
    }
}
