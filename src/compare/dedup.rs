//! Which findings are one: a refusal is a trait, a cluster and a region at once, and nobody should count it as three.

use crate::model::SampleIx;

/// Share of two lists' texts that both hold (Jaccard) from which they are much the same.
const ALIKE: f64 = 0.6;

/// For each list of texts (none of them twice in a list) the first list before it, itself no follower, that holds much the
/// same texts.
pub fn group_duplicates<'a>(lists: impl IntoIterator<Item = &'a [SampleIx]>) -> Vec<Option<usize>> {
    let lists: Vec<&[SampleIx]> = lists.into_iter().collect();
    // By sample and not hashed: this runs at every edit, and a trait may hold half of a large run.
    let samples = lists.iter().copied().flatten().max().map_or(0, |&s| s as usize + 1);
    let mut leaders_of: Vec<Vec<usize>> = vec![Vec::new(); samples];
    let mut out = Vec::with_capacity(lists.len());
    for (at, list) in lists.iter().enumerate() {
        let mut shared = vec![0; at];
        list.iter().flat_map(|&s| &leaders_of[s as usize]).for_each(|&leader| shared[leader] += 1);
        let alike = |&leader: &usize| {
            let both = shared[leader];
            both > 0 && both as f64 >= ALIKE * (lists[leader].len() + list.len() - both) as f64
        };
        let leader = (0..at).find(alike);
        if leader.is_none() {
            list.iter().for_each(|&s| leaders_of[s as usize].push(at));
        }
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
        assert_eq!(group_duplicates(lists), [None, Some(0), None, None, Some(2), None]);
    }

    #[test]
    fn a_follower_leads_nobody() {
        // The third holds two thirds of the second, but too little of the first.
        let lists: [&[SampleIx]; 3] = [&[1, 2, 3, 4], &[3, 4, 5], &[4, 5]];
        assert_eq!(group_duplicates(lists), [None, None, Some(1)]);
        let lists: [&[SampleIx]; 3] = [&[1, 2, 3, 4], &[2, 3, 4, 5], &[4, 5]];
        assert_eq!(group_duplicates(lists), [None, Some(0), None]);
    }
}
