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
