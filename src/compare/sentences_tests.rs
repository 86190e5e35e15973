//! Tests of `sentences.rs`.

use super::*;

fn split(text: &str) -> Vec<&str> {
    units(text).into_iter().map(|r| &text[r]).collect()
}

#[test]
fn sentences_items_and_code_are_units() {
    let text = "# Geese\nThey walk. Do they swim?\n- grain\n- grass\n```\nlet a = 1;\nlet b = 2;\n```\nThe end";
    let want =
        ["Geese", "They walk.", "Do they swim?", "grain", "grass", "```\nlet a = 1;\nlet b = 2;\n```", "The end"];
    assert_eq!(split(text), want);
    assert_eq!(split("  \n--\n"), Vec::<&str>::new());
}

#[test]
fn long_sentences_are_cut_at_a_character() {
    let long = "ü".repeat(500);
    assert_eq!(split(&long)[0].len(), 400);
}

#[test]
fn equally_near_texts_count_in_part() {
    let around = Around { texts: vec![4, 7, 8, 9], ends: vec![1, 4] };
    assert_eq!(around.weights(1), [(4, 1.0)]);
    assert_eq!(around.weights(2), [(4, 1.0), (7, 1.0 / 3.0), (8, 1.0 / 3.0), (9, 1.0 / 3.0)]);
    assert_eq!(around.weights(9).iter().map(|w| w.1).sum::<f32>(), 4.0);
}

#[test]
fn a_stock_sentence_hides_no_end_unless_a_text_has_nothing_else() {
    const STOCK: &str = "Would you like to know more?";
    let said: Vec<String> = (0..30).map(|i| format!("Goose number {i} swims. Swan {i} rests. {STOCK}")).collect();
    let alone = std::iter::once(STOCK.to_owned());
    let sample = |text: String| crate::model::Sample {
        id: String::new(),
        source: crate::model::SourceId(0),
        prompt: None,
        text,
    };
    let corpus = Corpus { samples: said.into_iter().chain(alone).map(sample).collect(), ..Corpus::default() };
    let ranks: Vec<u32> = (0..31).collect();
    let sentences = Sentences::of(&corpus, &ranks).unwrap();
    let stock: Vec<&str> =
        (0..sentences.len()).filter(|&i| sentences.is_stock(i)).map(|i| sentences.texts(&corpus)[i]).collect();
    assert_eq!(stock, [STOCK]);
    let vectors = Vectors::new(2, (0..sentences.len()).flat_map(|i| [1.0, i as f32]).collect());
    let made = Embedded { coverage: vec![1.0; vectors.len()], vectors, stance: None };
    let space = SentenceSpace::new(sentences, &made).unwrap();
    let last = space.ends(corpus.len(), true);
    let words = |at: usize| words_of(&corpus, last[at].unwrap().1);
    assert_eq!((words(0), words(29), words(30)), ("Swan 0 rests.", "Swan 29 rests.", STOCK));
}
