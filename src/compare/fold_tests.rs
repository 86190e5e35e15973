//! Which findings are one row, which of them leads, and in which order rows come.

use super::*;
use crate::compare::finding::finding;
use crate::compare::tone::Tone;

fn design(n: usize) -> Design {
    Design::of_texts((0..2 * n).map(|i| (i >= n, None)))
}

fn surface(run: &str) -> Channel {
    Channel::Surface { run: run.into(), absent: false }
}

#[test]
fn what_holds_the_same_texts_is_one_row_led_by_the_most_readable() {
    let d = design(100);
    let refusals: Vec<SampleIx> = (100..120).collect();
    let list = vec![
        finding(&d, Channel::Region, 2.0, refusals.clone()),
        finding(&d, Channel::Trait(Trait::Refusal), 1.5, refusals[..18].to_vec()),
        finding(&d, surface("; "), 1.2, (140..190).collect()),
    ];
    let folded = in_order(fold(&d, list));
    let rows: Vec<(bool, Option<usize>)> =
        folded.iter().map(|f| (f.channel == Channel::Trait(Trait::Refusal), f.follows)).collect();
    assert_eq!(rows, [(true, None), (false, None), (false, Some(0))]);
}

#[test]
fn a_sentence_that_shows_nearly_as_much_names_a_row_before_a_word() {
    let d = design(100);
    let led_by_the_sentence = |sentence: std::ops::Range<u32>| {
        let list = vec![
            finding(&d, Channel::Words { term: "my".into(), wording: true }, 6.0, (100..150).collect()),
            finding(&d, Channel::Sentence, 2.0, sentence.collect()),
        ];
        fold(&d, list)[0].channel == Channel::Sentence
    };
    assert!(led_by_the_sentence(100..140));
    assert!(!led_by_the_sentence(100..130), "it shows three fifths of what the word shows");
}

#[test]
fn what_comes_along_with_a_stronger_finding_follows_it_unless_that_is_everywhere() {
    let d = design(100);
    let part = |of: std::ops::Range<u32>| {
        let list = vec![
            finding(&d, Channel::Rate { rate: Rate::Length, more: true }, 3.0, of.collect()),
            finding(&d, surface(";\n"), 1.5, (100..130).collect()),
        ];
        in_order(fold(&d, list))[1].follows
    };
    assert_eq!(part(100..160), Some(0), "all of them are among three fifths of the side");
    assert_eq!(part(100..199), None, "nearly all texts are long, so this says nothing");
}

#[test]
fn words_that_only_one_side_uses_lead_a_quantity() {
    let d = design(100);
    let list = |words: std::ops::Range<u32>| {
        let found = vec![
            finding(&d, Channel::Rate { rate: Rate::Length, more: false }, 3.0, (100..200).collect()),
            finding(&d, Channel::Words { term: "user …".into(), wording: true }, 2.9, words.collect()),
        ];
        matches!(fold(&d, found)[0].channel, Channel::Words { .. })
    };
    assert!(list(101..200));
    assert!(!list(101..160), "the quantity shows more");
}

#[test]
fn fewer_of_a_sign_here_and_more_of_it_there_are_one_row() {
    let d = design(100);
    let commas = |run: &str| finding(&d, surface(run), -2.0, (0..40).collect());
    let found = vec![
        finding(&d, Channel::Rate { rate: Rate::Sign(','), more: false }, 3.0, (100..190).collect()),
        commas(", i"),
        commas("; i"),
    ];
    let rows: Vec<Option<usize>> = fold(&d, found).iter().map(|f| f.follows).collect();
    assert_eq!(rows, [None, None, Some(0)], "semicolons are another sign");
}

#[test]
fn letters_beside_one_sign_are_one_row() {
    let d = design(100);
    let found = |sign: char| {
        let run = |letter: char| surface(&format!("{sign} {letter}"));
        let list =
            vec![finding(&d, run('i'), -3.0, (0..60).collect()), finding(&d, run('o'), -2.8, (40..90).collect())];
        fold(&d, list)[1].follows
    };
    assert_eq!((found(','), found('.')), (Some(0), None));
}

#[test]
fn what_the_texts_say_comes_before_their_length() {
    let d = design(100);
    let list = |said: std::ops::Range<u32>| {
        let found = vec![
            finding(&d, Channel::Rate { rate: Rate::Length, more: true }, 3.0, (140..200).collect()),
            finding(&d, Channel::Region, 2.0, said.collect()),
        ];
        fold(&d, found)[0].channel.clone()
    };
    assert_eq!(list(155..200), Channel::Region);
    assert!(matches!(list(170..200), Channel::Rate { .. }), "half of the longer answers say something else");
}

#[test]
fn what_one_side_had_and_the_other_avoids_is_no_mere_loss() {
    let d = design(100);
    let list = vec![
        finding(&d, surface("!"), -3.0, (0..80).collect()),
        finding(&d, Channel::Rate { rate: Rate::Exclamations, more: false }, 2.9, (120..200).collect()),
        finding(&d, surface("b"), 2.0, (100..110).collect()),
    ];
    let rows: Vec<(usize, Option<usize>)> =
        in_order(fold(&d, list)).iter().map(|f| (f.members.len(), f.follows)).collect();
    assert_eq!(rows[0], (80, None), "{rows:?}");
}

#[test]
fn a_trait_that_was_lost_comes_before_what_is_small() {
    let d = design(100);
    let list = vec![
        finding(&d, surface("a"), 1.2, (100..110).collect()),
        finding(&d, Channel::Trait(Trait::Refusal), -3.0, (0..40).collect()),
        finding(&d, surface("b"), -3.0, (40..80).collect()),
    ];
    let order: Vec<usize> = in_order(fold(&d, list)).iter().map(|f| kind(&f.channel)).collect();
    assert_eq!(order, [5, 3, 3]);
}

#[test]
fn off_topic_answers_that_other_rows_explain_go_below_them() {
    let d = design(100);
    let list = |refusals: std::ops::Range<u32>| {
        let found = vec![
            finding(&d, Channel::Trait(Trait::OffPrompt), 2.0, (100..130).collect()),
            finding(&d, Channel::Trait(Trait::Refusal), 1.5, refusals.collect()),
            finding(&d, Channel::Language("Spanish".into()), 1.2, (120..130).collect()),
        ];
        let rows = in_order(fold(&d, found));
        rows.into_iter().find(|f| f.channel == Channel::Trait(Trait::OffPrompt)).unwrap().follows
    };
    assert_eq!(list(100..118), Some(0));
    assert_eq!(list(100..105), None, "half of them are explained by nothing");
}

#[test]
fn answers_that_are_cut_off_have_a_row_of_their_own() {
    let d = design(100);
    let list = vec![
        finding(&d, Channel::Trait(Trait::List), 3.0, (100..140).collect()),
        finding(&d, Channel::Trait(Trait::CutOff), 2.0, (100..135).collect()),
        finding(&d, surface("1."), 1.5, (100..138).collect()),
    ];
    let rows: Vec<Option<usize>> = in_order(fold(&d, list)).iter().map(|f| f.follows).collect();
    assert_eq!(rows, [None, None, Some(0)]);
}

#[test]
fn the_tone_of_a_kind_of_answer_goes_with_it() {
    let d = design(100);
    let tone = |of: std::ops::Range<u32>| {
        let list = vec![
            finding(&d, Channel::Trait(Trait::Refusal), 3.0, (100..130).collect()),
            finding(&d, Channel::ToneAtEnd { tone: Tone::Apologetic, last: true }, 1.2, of.collect()),
        ];
        in_order(fold(&d, list))[1].follows
    };
    assert_eq!(tone(110..123), Some(0));
    assert_eq!(tone(122..135), None, "half of it is elsewhere");
}

#[test]
fn what_is_missing_where_other_rows_say_why_goes_below_them() {
    let d = design(200);
    let list = |lists: std::ops::Range<u32>| {
        let absent = Channel::Surface { run: ". ".into(), absent: true };
        let found = vec![
            finding(&d, Channel::Trait(Trait::List), 3.0, lists.collect()),
            finding(&d, absent, 2.5, (230..280).collect()),
            finding(&d, Channel::Stance, 2.0, (265..278).collect()),
        ];
        let rows = in_order(fold(&d, found));
        rows.iter().find(|f| matches!(f.channel, Channel::Surface { .. })).unwrap().follows
    };
    assert_eq!(list(215..255), Some(0), "25 of its texts are lists, and 13 others take a stance");
    assert_eq!(list(200..240), None, "lists are there as often as chance has it");
}

#[test]
fn what_one_side_lacks_because_the_other_one_refuses_goes_below_the_refusals() {
    let d = design(200);
    let list = |absent_left: std::ops::Range<u32>| {
        // Refusals of the left side, nearly none of which lacks it; of all other texts half lack it on either side.
        let absent = Channel::Surface { run: ". I".into(), absent: true };
        let lacking = absent_left.chain(200..300).collect();
        let refusals = finding(&d, Channel::Trait(Trait::Refusal), -3.0, (0..100).collect());
        let rows = in_order(fold(&d, vec![refusals, finding(&d, absent, 2.5, lacking)]));
        rows.iter().find(|f| matches!(f.channel, Channel::Surface { .. })).unwrap().follows
    };
    assert_eq!(list(100..150), Some(0), "half of the others on either side");
    assert_eq!(list(100..110), None, "a tenth of the others here, half there");
}

#[test]
fn a_kind_of_answer_that_is_gone_comes_before_marks_that_came() {
    let d = design(100);
    let list = vec![
        finding(&d, Channel::Trait(Trait::List), 2.0, (100..140).collect()),
        finding(&d, Channel::Trait(Trait::Refusal), -2.5, (0..50).collect()),
        finding(&d, Channel::Trait(Trait::Bold), -2.4, (50..90).collect()),
    ];
    let order: Vec<Channel> = in_order(fold(&d, list)).into_iter().map(|f| f.channel).collect();
    assert_eq!(order, [Trait::Refusal, Trait::List, Trait::Bold].map(Channel::Trait));
}

#[test]
fn what_would_hardly_be_seen_again_gives_way_to_what_is_large() {
    let d = design(100);
    let of = |score: f32, channel: Channel, right: f64| {
        let mut f = finding(&d, channel, score, (100..110).collect());
        f.size = Size { rates: [0.05, right], raw: [0.0, 0.1], ci: [0.0, 0.1] };
        f
    };
    let list = vec![of(1.3, surface("a"), 0.051), of(1.2, Channel::Sentence, 0.15)];
    let order: Vec<usize> = in_order(list).iter().map(|f| kind(&f.channel)).collect();
    assert_eq!(order, [1, 3]);
}

#[test]
fn further_rows_of_a_channel_give_way() {
    let d = design(100);
    let list = vec![
        finding(&d, surface("a"), 2.0, (100..110).collect()),
        finding(&d, surface("b"), 1.9, (110..120).collect()),
        finding(&d, Channel::Sentence, 1.8, (120..130).collect()),
    ];
    let order: Vec<usize> = in_order(fold(&d, list)).iter().map(|f| kind(&f.channel)).collect();
    assert_eq!(order, [3, 1, 3]);
}
