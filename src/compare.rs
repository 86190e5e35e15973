//! Do the models differ, where, by how much and how surely? The methods and what was measured of them are described
//! in the modules; every test rests on one [`Design`] and one [`Permutations`] run.

mod agreement;
mod alike;
mod behaviour;
mod classifier;
mod design;
mod figures;
mod groups;
mod hotspots;
mod lexicon;
mod naive_bayes;
mod neighbourhoods;
mod odds;
mod overall;
mod permute;
mod refusal;
mod relevance;
mod repeats;
mod review;
mod significance;
mod sought;
mod swearing;
mod terms;
mod themes;
mod traits;
mod trend;
mod words;

pub use agreement::{Agreement, adjusted_rand, agreement};
pub use alike::followed;
pub use behaviour::residuals;
pub use design::{Design, Pairing};
pub use figures::{ClusterFigures, Test, cluster_figures};
pub use hotspots::{Channel, Finding, Hotspots, find};
pub use lexicon::{FeatureKind, Lexicon};
pub use naive_bayes::{Features, feature_counts, naive_bayes_auc};
pub use odds::{LogOdds, shares};
pub use overall::{Overall, Shift, overall, shift_within};
pub use permute::Permutations;
pub use relevance::{Relevance, read_of};
pub use review::review_order;
pub use significance::{ALPHA, benjamini_hochberg, cluster_factor, fisher, normal_two_sided};
pub use sought::Sought;
pub use terms::{Candidate, SHOWN, Terms, exemplars};
pub use themes::{ThemeFigures, theme_figures};
pub use traits::{Trait, traits_of};
pub use trend::{Rounds, Trend};
