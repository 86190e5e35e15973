//! The box that says, in words, whether a cluster is what its label says.

use ratatui::style::Style;

use super::frame::frame;
use super::painter::Pen;
use crate::app::App;
use crate::diagnostics::{Issue, LEAST_OPPOSED, Opposition, Trust};
use crate::model::{ClusterId, SampleIx, SourceId, Target};
use crate::text::{small, wrap};

/// Columns of the box, at most.
const WIDTH: u16 = 100;
/// Related clusters shown.
const RELATED: usize = 4;

pub(super) fn draw(pen: &mut Pen, app: &App, id: ClusterId, scroll: usize) {
    let theme = pen.theme;
    let lines = lines(pen, app, id);
    let width = usize::from(WIDTH.min(app.size.0.saturating_sub(2)).saturating_sub(4));
    let wrapped: Vec<(usize, &str, Style)> = lines
        .iter()
        .flat_map(|(indent, text, style)| {
            let room = width.saturating_sub(*indent).max(10);
            wrap(text, room).into_iter().map(move |r| (*indent, text[r].trim_end(), *style))
        })
        .collect();
    let inner = frame(
        pen,
        app,
        &format!("Is #{id} what its label says?"),
        "j k scroll   s splits it   o on the texts: counter-evidence   Esc close",
        WIDTH,
        (wrapped.len() as u16 + 2).min(app.size.1.saturating_sub(2)),
    );
    let mut y = inner.y;
    for (indent, text, style) in wrapped.into_iter().skip(scroll) {
        if y >= inner.y + inner.h {
            break;
        }
        pen.line(inner.x + indent as u16, y, inner.w.saturating_sub(indent as u16), text, style);
        y += 1;
    }
    if y == inner.y {
        pen.line(inner.x, y, inner.w, "The end.", theme.dim);
    }
}

use super::frame::Line;

fn lines(pen: &Pen, app: &App, id: ClusterId) -> Vec<Line> {
    let theme = pen.theme;
    let mut out: Vec<Line> = vec![(0, app.run.label(id), theme.strong), (0, String::new(), theme.text)];
    let Some(trust) = app.run.trust_of(id) else {
        let what = "Topic match, opposed statements, wording and stability are still being computed.";
        out.push((0, format!("{} {what}", theme.glyphs.recomputing), theme.dim));
        trend(pen, app, id, &mut out);
        if let Some(around) = app.run.surroundings_of(id) {
            related(pen, app, around, &mut out);
        }
        return out;
    };
    if app.run.figures_stale {
        let said = format!("{} The figures below are from before the last edit.", theme.glyphs.recomputing);
        out.push((0, said, theme.warning));
    }
    if let Some(why) = app.run.not_tested(id).filter(|_| !app.run.blind) {
        out.push((0, format!("Difference between the models: {why}."), theme.warning));
    }
    if let Some(reason) = app.run.partition.get(id).and_then(|c| c.flag.as_deref()) {
        let reason = crate::text::Clean::from_untrusted(reason);
        out.push((0, format!("Flagged by a person: {}", reason.as_str()), theme.error));
    }
    fit(pen, app, trust, &mut out);
    opposition(pen, app, id, trust, &mut out);
    match &trust.phrasing {
        Some(p) if p.is_wording() => {
            out.push((0, format!("Wording holds it together. {}.", p.evidence), theme.warning));
            out.push((
                2,
                format!(
                    "Openings and signs alone tell its texts from nearby ones (AUC {:.2}); the other words do not ({:.2}).",
                    p.surface, p.content
                ),
                theme.text,
            ));
        }
        Some(p) => out.push((
            0,
            format!(
                "Wording: no sign of it (openings and signs alone {:.2}, other words {:.2}).",
                p.surface, p.content
            ),
            theme.text,
        )),
        None => out.push((0, "Wording: too few texts to say.".into(), theme.dim)),
    }
    match trust.stability {
        Some(s) => {
            let style = if trust.why(false).contains(&Issue::Unstable) { theme.warning } else { theme.text };
            let share = (s * 100.0).round();
            out.push((0, format!("Stability: other seeds keep {share:.0} of 100 pairs of its texts together."), style));
        }
        None => out.push((0, "Stability: too few texts to say.".into(), theme.dim)),
    }
    trend(pen, app, id, &mut out);
    related(pen, app, trust, &mut out);
    super::ask::opinions(pen, app, &Target::Cluster(id), &mut out);
    out
}

/// The share over the rounds, in words.
pub(super) fn trend(pen: &Pen, app: &App, id: ClusterId, out: &mut Vec<Line>) {
    let theme = pen.theme;
    let Some(t) = app.run.figures_of(id).and_then(|f| f.trend.as_ref()).filter(|_| !app.run.blind) else { return };
    let rates: Vec<String> = t.rate.iter().map(|r| format!("{:.1} %", r * 100.0)).collect();
    let rates = rates.join(", ");
    let Some(q) = t.q else {
        out.push((0, format!("Its share over the rounds: {rates}."), theme.text));
        return;
    };
    let verdict = match (t.holds(), t.z > 0.0) {
        (true, true) => "rises",
        (true, false) => "falls",
        _ => "shows no trend",
    };
    let since = match t.departs {
        Some(r) => format!(" {} is the first round to depart from the first.", app.run.source_name(SourceId(r as u16))),
        None => String::new(),
    };
    let sentence = format!("Its share {verdict} over the rounds ({rates}), q {}.{since}", small(q));
    out.push((0, sentence, if t.holds() { theme.strong } else { theme.text }));
}

fn fit(pen: &Pen, app: &App, trust: &Trust, out: &mut Vec<Line>) {
    let theme = pen.theme;
    match trust.fit {
        Some(f) => {
            let style = if f.is_low() { theme.warning } else { theme.text };
            let verdict = if f.is_low() { "Low topic match" } else { "Topic match" };
            out.push((
                0,
                format!(
                    "{verdict} of the label: {:.2} ({:.2} to {:.2}) over {} texts not used to write it; 0.5 is chance, 1 is perfect.",
                    f.auc, f.ci[0], f.ci[1], f.held_out
                ),
                style,
            ));
        }
        None => out.push((0, "Topic match: too few texts, or none near it, to say.".into(), theme.dim)),
    }
    if let Some(s) = &trust.label_stance {
        out.push((0, s.describe(), if s.is_contradicted() { theme.warning } else { theme.text }));
        for &text in s.worst.iter().filter(|_| s.is_contradicted()) {
            out.push((2, format!("“{}”", head(app, text)), theme.text));
        }
    }
}

fn opposition(pen: &Pen, app: &App, id: ClusterId, trust: &Trust, out: &mut Vec<Line>) {
    let theme = pen.theme;
    let Some(o) = &trust.opposition else {
        let read = app.run.judging().is_some() || app.run.figures.trust.iter().any(|t| t.opposition.is_some());
        let why = if read || app.run.partition.members(id).len() < LEAST_OPPOSED {
            "too few different texts to say."
        } else {
            "not judged; the built-in embedder of this version did not read these texts."
        };
        out.push((0, format!("Opposed statements: {why}"), theme.dim));
        return;
    };
    if !o.is_opposed() {
        out.push((0, format!("Opposed statements: no sign of them (score {:.2}, limit 0.50).", o.score), theme.text));
        out.extend(o.one_sided().map(|said| (2, said, theme.text)));
        return;
    }
    let [a, b] = &o.sides;
    out.push((
        0,
        format!(
            "It may hold opposed statements (score {:.2}, limit 0.50): {} texts against {}. s splits it so.",
            o.score,
            a.len(),
            b.len()
        ),
        theme.warning,
    ));
    if let Some(read) = o.contradiction {
        let share = (read * 100.0).round();
        let said = format!(
            "Read in pairs: texts of the two sides contradict each other more than texts of one, in {share:.0} of 100 comparisons."
        );
        out.push((2, said, theme.text));
    }
    if let Some(sentence) = models_on_sides(app, o) {
        out.push((2, sentence, theme.strong));
    }
    for [one, other] in &o.pairs {
        out.push((2, format!("“{}”", head(app, *one)), theme.lit));
        out.push((4, format!("against “{}”", head(app, *other)), theme.text));
    }
}

/// Which model stands on which side, when they stand apart.
pub(super) fn models_on_sides(app: &App, o: &Opposition) -> Option<String> {
    let contrast = app.run.contrast().filter(|_| !app.run.blind)?;
    let side = |s: SampleIx| contrast.side(app.run.corpus.samples[s as usize].source);
    let share = |list: &[SampleIx]| {
        let right = list.iter().filter(|s| side(**s) == Some(1)).count();
        let all = list.iter().filter(|s| side(**s).is_some()).count().max(1);
        100.0 * right as f64 / all as f64
    };
    let (first, second) = (share(&o.sides[0]), share(&o.sides[1]));
    let name = contrast.right.first().map(|s| app.run.source_name(*s))?;
    ((first - second).abs() >= 20.0).then(|| {
        format!("The models take opposite sides: {first:.0} % of one side is {name}'s, {second:.0} % of the other.")
    })
}

fn related(pen: &Pen, app: &App, trust: &Trust, out: &mut Vec<Line>) {
    let theme = pen.theme;
    if trust.related.is_empty() {
        return;
    }
    out.push((0, String::new(), theme.text));
    out.push((0, "Most similar clusters; an opposite may be among them:".into(), theme.dim));
    for (other, similarity) in trust.related.iter().take(RELATED) {
        if app.run.partition.get(*other).is_none() {
            continue;
        }
        let sides = app.run.sides(*other);
        let shares = if app.run.contrast().is_some() && !app.run.blind {
            format!("  {} {}  {} {}", theme.glyphs.sides[0], sides[0], theme.glyphs.sides[1], sides[1])
        } else {
            String::new()
        };
        out.push((2, format!("#{other} {}  {similarity:.2} alike{shares}", app.run.label(*other)), theme.text));
    }
}

fn head(app: &App, s: SampleIx) -> &str {
    app.run.heads.get(s as usize).map_or("", String::as_str)
}
