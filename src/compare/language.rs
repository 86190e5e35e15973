//! The language of a text, by trigrams (the crate whatlang); only where it is sure.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::design::Design;
use crate::model::SampleIx;
use crate::text::head;

/// Bytes that are read.
const READ: usize = 1_000;
/// Letters below which a language cannot be told by trigrams.
const LEAST_LETTERS: usize = 40;
/// Texts that a language must have to be looked at.
const LEAST_TEXTS: usize = 3;

/// Texts of a contrast by language, but for the commonest one: that is what is ordinary.
pub(super) fn languages(design: &Design, texts: &[&str]) -> Vec<(String, Vec<SampleIx>)> {
    let of: Vec<Option<&'static str>> = texts
        .par_iter()
        .enumerate()
        .map(|(i, t)| if design.takes_part(i as SampleIx) { language(t) } else { None })
        .collect();
    let mut by: BTreeMap<&str, Vec<SampleIx>> = BTreeMap::new();
    for (i, l) in of.into_iter().enumerate() {
        if let Some(l) = l {
            by.entry(l).or_default().push(i as SampleIx);
        }
    }
    let most = by.iter().max_by_key(|(l, g)| (g.len(), std::cmp::Reverse(**l))).map(|(l, _)| *l);
    by.into_iter().filter(|(l, g)| Some(*l) != most && g.len() >= LEAST_TEXTS).map(|(l, g)| (l.to_owned(), g)).collect()
}

/// The English name of the language that a text is written in, if it is long enough to tell.
pub fn language(text: &str) -> Option<&'static str> {
    let text = head(text.trim(), READ);
    let info = whatlang::detect(text)?;
    let latin = info.script() == whatlang::Script::Latin;
    let enough = !latin || text.chars().filter(|c| c.is_alphabetic()).count() >= LEAST_LETTERS;
    (enough && (info.is_reliable() || !latin)).then(|| info.lang().eng_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_where_there_is_enough_to_read() {
        let english = "The geese walk along the river and look for grain between the stones of the bank. When they have \
                       eaten, they sleep with their heads under their wings, and one of them keeps watch over the others.";
        let german = "Die Gänse laufen am Fluss entlang und suchen zwischen den Steinen nach Körnern. Wenn sie gefressen \
                      haben, schlafen sie mit dem Kopf unter dem Flügel, und eine von ihnen hält Wache.";
        assert_eq!((language(english), language(german)), (Some("English"), Some("German")));
        assert_eq!(language("你好，世界，今天天气很好，我们去公园散步吧"), Some("Mandarin"));
        assert_eq!(language("ok"), None);
    }
}
