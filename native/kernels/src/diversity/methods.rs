//! The methods, over rows of likeness.

use super::alike::Likeness;

/// What is left of a candidate's own direction; below it, it lies in the span of those chosen.
const SPANNED: f64 = 1e-10;
/// Below this length nothing of a vector is left: it spans nothing that the others do not.
const NOTHING: f64 = 1e-6;

/// Chooses places one by one: the one of largest gain that was not chosen, ties by the earlier place. `chosen` hears of each choice
/// but the last. Ends after `k`, or where the gain is minus infinity for all that are left. State is what both see.
fn greedy<State>(
    size: usize,
    k: usize,
    state: &mut State,
    gain: impl Fn(&State, usize) -> f64,
    mut chosen: impl FnMut(&mut State, usize),
) -> Vec<usize> {
    let mut taken = vec![false; size];
    let mut list = Vec::with_capacity(k.min(size));
    while list.len() < k.min(size) {
        let mut best = None;
        let mut most = f64::NEG_INFINITY;
        for place in (0..size).filter(|&place| !taken[place]) {
            let value = gain(state, place);
            if value > most {
                (best, most) = (Some(place), value);
            }
        }
        let Some(best) = best else { break };
        taken[best] = true;
        list.push(best);
        if list.len() < k {
            chosen(state, best);
        }
    }
    list
}

pub(super) fn mmr(relevance: &[f64], mut likeness: Likeness, k: usize, lambda: f64) -> Vec<usize> {
    let size = relevance.len();
    let mut row = vec![0.0; size];
    let mut nearest = vec![f64::NEG_INFINITY; size];
    let gain = |nearest: &Vec<f64>, place: usize| {
        let penalty = if nearest[place] == f64::NEG_INFINITY { 0.0 } else { nearest[place] };
        lambda * relevance[place] - (1.0 - lambda) * penalty
    };
    greedy(size, k, &mut nearest, gain, |nearest, one| {
        likeness.row(one, &mut row);
        // What is no number stays none.
        nearest.iter_mut().zip(&row).for_each(|(most, &x)| *most = if x > *most || x.is_nan() { x } else { *most });
    })
}

pub(super) fn msd(relevance: &[f64], mut likeness: Likeness, k: usize, lambda: f64) -> Vec<usize> {
    let size = relevance.len();
    let mut row = vec![0.0; size];
    let mut distance = vec![0.0; size];
    let others = k.min(size).saturating_sub(1).max(1) as f64;
    let gain = |distance: &Vec<f64>, place: usize| {
        (lambda * relevance[place]) / 2.0 + ((1.0 - lambda) * distance[place]) / others
    };
    greedy(size, k, &mut distance, gain, |distance, one| {
        likeness.row(one, &mut row);
        distance.iter_mut().zip(&row).for_each(|(sum, x)| *sum = *sum + 1.0 - x);
    })
}

/// Factors of Cholesky of the likeness of those chosen with all, and the squared length of what is left of each.
struct Factors {
    rows: Vec<Vec<f64>>,
    rest: Vec<f64>,
}

impl Factors {
    fn of(rest: Vec<f64>) -> Self {
        Self { rows: Vec::new(), rest }
    }

    /// `row`: its likeness to all; `length`: what is left of it.
    fn add(&mut self, place: usize, mut row: Vec<f64>, length: f64) {
        for before in &self.rows {
            let share = before[place];
            row.iter_mut().zip(before).for_each(|(x, other)| *x -= share * other);
        }
        for (x, left) in row.iter_mut().zip(&mut self.rest) {
            *x /= length;
            *left -= *x * *x;
        }
        self.rows.push(row);
    }
}

pub(super) fn dpp(relevance: &[f64], mut likeness: Likeness, k: usize, lambda: f64) -> Vec<usize> {
    let size = relevance.len();
    let by_score = || greedy(size, size, &mut (), |(), place| relevance[place], |(), _| ());
    let mut list = if lambda == 1.0 {
        Vec::new()
    } else {
        let a = lambda / (1.0 - lambda) / 2.0;
        let mut rest = vec![0.0; size];
        likeness.own(&mut rest);
        // log det gains are log d² + 2 a score: with q pulled out, the factorization is that of the likeness alone
        let gain = |factors: &Factors, place: usize| {
            let left = factors.rest[place];
            if left > SPANNED { left.ln() + 2.0 * a * relevance[place] } else { f64::NEG_INFINITY }
        };
        greedy(size, k, &mut Factors::of(rest), gain, |factors, one| {
            let mut row = vec![0.0; size];
            likeness.row(one, &mut row);
            factors.add(one, row, factors.rest[one].sqrt());
        })
    };
    if list.len() < k.min(size) {
        let independent = list.clone();
        list.extend(by_score().into_iter().filter(|place| !independent.contains(place)));
        list.truncate(k);
    }
    list
}

/// The volume that those in sight span, and what each would add.
struct Sight {
    /// Places with their likeness to all, the oldest first.
    seen: Vec<(usize, Vec<f64>)>,
    volume: f64,
    rest: Vec<f64>,
}

impl Sight {
    /// By the factors of Cholesky of inner products, which are the coordinates along the directions of Gram and Schmidt.
    fn look(&mut self, own: &[f64]) {
        let mut factors = Factors::of(own.to_vec());
        self.volume = 1.0;
        for (place, row) in &self.seen {
            let length = factors.rest[*place].max(0.0).sqrt();
            if length < NOTHING {
                continue;
            }
            self.volume *= length;
            factors.add(*place, row.clone(), length);
        }
        self.rest = factors.rest;
    }
}

pub(super) fn ssd(relevance: &[f64], mut likeness: Likeness, k: usize, gamma: f64, window: usize) -> Vec<usize> {
    let size = relevance.len();
    let mut own = vec![0.0; size];
    likeness.own(&mut own);
    let mut sight = Sight { seen: Vec::new(), volume: 1.0, rest: own.clone() };
    let gain =
        |sight: &Sight, place: usize| relevance[place] + gamma * sight.volume * sight.rest[place].max(0.0).sqrt();
    greedy(size, k, &mut sight, gain, |sight, one| {
        if window <= 1 {
            return;
        }
        if sight.seen.len() == window - 1 {
            sight.seen.remove(0);
        }
        let mut row = vec![0.0; size];
        likeness.row(one, &mut row);
        sight.seen.push((one, row));
        sight.look(&own);
    })
}
