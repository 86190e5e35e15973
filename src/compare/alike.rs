//! Which findings are one: a refusal is a trait, a cluster and a region at once, and nobody should count it as three.

use std::collections::HashMap;

use crate::model::SampleIx;

/// Share of two lists' texts that both hold (Jaccard) from which they are much the same.
const ALIKE: f64 = 0.6;

/// For each list of texts (none of them twice in a list) the first list before it, itself no follower, that holds much the
/// same texts.
pub fn followed<'a>(lists: impl IntoIterator<Item = &'a [SampleIx]>) -> Vec<Option<usize>> {
    let mut leaders_of: HashMap<SampleIx, Vec<usize>> = HashMap::new();
    let mut sizes: Vec<usize> = Vec::new();
    let mut out = Vec::new();
    for (at, list) in lists.into_iter().enumerate() {
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for leader in list.iter().filter_map(|s| leaders_of.get(s)).flatten() {
            *shared.entry(*leader).or_default() += 1;
        }
        let alike =
            |&(leader, both): &(usize, usize)| both as f64 >= ALIKE * (sizes[leader] + list.len() - both) as f64;
        let leader = shared.into_iter().filter(alike).map(|(leader, _)| leader).min();
        if leader.is_none() {
            list.iter().for_each(|s| leaders_of.entry(*s).or_default().push(at));
        }
        sizes.push(list.len());
        out.push(leader);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_much_the_same_texts_follow_the_first() {
        let lists: [&[SampleIx]; 6] = [&[1, 2, 3, 4], &[3, 4, 1], &[7, 8], &[1], &[8, 7, 9], &[]];
        assert_eq!(followed(lists), [None, Some(0), None, None, Some(2), None]);
    }

    #[test]
    fn a_follower_leads_nobody() {
        // The third holds two thirds of the second, but too little of the first.
        let lists: [&[SampleIx]; 3] = [&[1, 2, 3, 4], &[3, 4, 5], &[4, 5]];
        assert_eq!(followed(lists), [None, None, Some(1)]);
        let lists: [&[SampleIx]; 3] = [&[1, 2, 3, 4], &[2, 3, 4, 5], &[4, 5]];
        assert_eq!(followed(lists), [None, Some(0), None]);
    }
}
