//! Which texts have a sentence of which tone, and where.

use super::design::Design;
use super::finding::Channel;
use super::sentences::SentenceSpace;
use super::span::Span;
use super::tone::Tone;

/// How far above the score of 1 in 200 ordinary sentences one must be to have a tone; each bound is tried.
const TONE_BOUNDS: [f32; 3] = [1.0, 0.0, -1.0];

impl SentenceSpace {
    /// Texts with a sentence of each tone, anywhere, first and last, for several bounds of how strong it must be; each with
    /// the sentence that has most of it, the strongest first. At an end a tone stands out that is lost among ten sentences. Stock
    /// sentences are left out: a fine-tune that closes every answer with one question would hide any other change of tone.
    pub(super) fn with_tone(&self, design: &Design) -> Vec<(Channel, Vec<Span>)> {
        let Some(tones) = &self.tones else { return Vec::new() };
        let at_end = [false, true].map(|last| self.ends_in_order(design, last));
        let mut out = Vec::new();
        for (t, tone) in Tone::ALL.into_iter().enumerate() {
            let has_tone =
                |&i: &usize| tones[i][t] >= TONE_BOUNDS[TONE_BOUNDS.len() - 1] && !self.sentences.is_stock(i);
            let mut order: Vec<usize> = (0..tones.len()).filter(has_tone).collect();
            order.sort_by(|&a, &b| tones[b][t].total_cmp(&tones[a][t]).then(a.cmp(&b)));
            let mut seen = std::collections::HashSet::new();
            let mut spans: Vec<(f32, Span)> = Vec::new();
            for i in order {
                let of = self.sentences.spans[i].iter().copied();
                spans.extend(
                    of.filter(|s| design.takes_part(s.sample) && seen.insert(s.sample)).map(|s| (tones[i][t], s)),
                );
            }
            let mut places = vec![(Channel::Tone(tone), spans)];
            for (last, at) in [false, true].into_iter().zip(&at_end) {
                let mut spans: Vec<(f32, Span)> = at.iter().map(|&(i, s)| (tones[i][t], s)).collect();
                spans.sort_by(|a, b| b.0.total_cmp(&a.0));
                places.push((Channel::ToneAtEnd { tone, last }, spans));
            }
            for (channel, spans) in places {
                for bound in TONE_BOUNDS {
                    let above = spans.partition_point(|s| s.0 >= bound);
                    if above >= 4 {
                        out.push((channel.clone(), spans[..above].iter().map(|s| s.1).collect()));
                    }
                }
            }
        }
        out
    }

    /// The first (or last) sentence of each text that takes part, in the order of the sentences, which follows from the
    /// texts: those that are equally strong keep an order that no file decides.
    fn ends_in_order(&self, design: &Design, last: bool) -> Vec<(usize, Span)> {
        let ends = self.ends(design.len(), last);
        let all = self.sentences.spans.iter().enumerate().flat_map(|(i, of)| of.iter().map(move |s| (i, *s)));
        all.filter(|(i, s)| design.takes_part(s.sample) && ends[s.sample as usize] == Some((*i, *s))).collect()
    }
}
