//! Texts that leave the explorer: to the clipboard and to files.

use super::msg::Effect;
use super::request::SessionRequest;
use super::state::App;
use crate::model::SampleIx;

impl App {
    /// Copies the text under the cursor.
    pub(super) fn copy(&mut self, record: bool) -> Vec<Effect> {
        let Some(s) = self.current_sample() else {
            self.set_status("There is no text here to copy.");
            return Vec::new();
        };
        self.copy_sample(s, record)
    }

    /// Copies the original text, as it is or as a record; reads it first when needed.
    pub(super) fn copy_sample(&mut self, s: SampleIx, record: bool) -> Vec<Effect> {
        let Some(text) = self.texts.original(s).cloned() else {
            self.copy_wanted = Some((s, record));
            return vec![self.of_session(SessionRequest::ReadTexts(vec![s])).1];
        };
        if !record {
            return vec![Effect::Copy(text.to_string())];
        }
        let mut json = self.record(s);
        json["text"] = serde_json::Value::from(&*text);
        vec![Effect::Copy(json.to_string())]
    }

    /// What is known of a sample besides its text.
    fn record(&self, s: SampleIx) -> serde_json::Value {
        let sample = &self.run.corpus.samples[s as usize];
        let cluster = self.run.partition.cluster_of(s);
        serde_json::json!({
            "id": sample.id,
            "model": self.run.corpus.sources[sample.source.ix()].name,
            "prompt": self.run.prompt(s),
            "text": "",
            "cluster": cluster.map(|c| c.0),
            "label": cluster.map(|c| self.run.label(c)),
        })
    }

    /// Asks for the marked texts, or else those listed, to be written to a file.
    pub(super) fn export_texts(&mut self) -> Vec<Effect> {
        let chosen: Vec<SampleIx> = if self.members.marks.is_empty() {
            self.members.order.clone()
        } else {
            self.members.marks.iter().copied().collect()
        };
        if chosen.is_empty() {
            self.set_status("There are no texts to export here.");
            return Vec::new();
        }
        let rows = chosen.into_iter().map(|s| (s, self.record(s))).collect();
        vec![self.of_session(SessionRequest::ExportTexts(rows)).1]
    }
}
