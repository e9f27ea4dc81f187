//! Which rows a step sees: permuted positives and negatives drawn on the spot, stateless in (seed, epoch, row).

use crate::cache::roomy;
use crate::failure::{Failure, Result};
use crate::isa::Isa;
use crate::memory;
use crate::random::{NegativeDraws, Permutation, below, hash, mix32, stream};
use std::ops::Range;

/// Draws of a negative before the sampler gives up luck and scans the catalogue.
const ATTEMPTS: u32 = 128;
/// A bitmap of what each user knows is built up to this many bytes.
const BITMAP_BYTES: usize = 64 << 20;
/// Rows drawn together.
const BLOCK: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Pairs,
    Triples,
    Ratings,
    /// Users with an interaction, each once.
    Rows,
}

impl Kind {
    fn draws_negatives(self) -> bool {
        matches!(self, Self::Pairs | Self::Triples)
    }
}

/// Sorted rows of items.
#[derive(Clone, Debug, Default)]
pub struct Csr {
    pub offsets: Vec<u32>,
    pub items: Vec<i32>,
}

impl Csr {
    /// Checks that offsets fit and that rows are ascending items below `items`.
    pub fn new(what: &str, offsets: &[i32], items: &[i32], rows: usize, item_count: usize) -> Result<Self> {
        let csr = Self::in_any_order(what, offsets, items, rows, item_count)?;
        if csr.ascends() { Ok(csr) } else { Err(malformed(what, "items ascend within a row")) }
    }

    pub fn ascends(&self) -> bool {
        let rows = self.offsets.windows(2).map(|row| &self.items[row[0] as usize..row[1] as usize]);
        rows.into_iter().all(|row| row.windows(2).all(|pair| pair[0] <= pair[1]))
    }

    /// Checks that offsets fit and that items are below `items`.
    pub fn in_any_order(what: &str, offsets: &[i32], items: &[i32], rows: usize, item_count: usize) -> Result<Self> {
        let wrong = |why: &str| malformed(what, why);
        if offsets.len() != rows + 1 || offsets.first() != Some(&0) {
            return Err(wrong("offsets start with 0 and have one entry more than rows")
                .expected(rows + 1)
                .received(offsets.len()));
        }
        if offsets.windows(2).any(|pair| pair[0] > pair[1]) || offsets[rows] as usize != items.len() {
            return Err(wrong("offsets ascend to the number of items").received(items.len()));
        }
        if items.iter().any(|&item| !(0..item_count as i64).contains(&i64::from(item))) {
            return Err(wrong("items are below their number").expected(format!("0 to {}", item_count as i64 - 1)));
        }
        let mut starts = memory::room(offsets.len());
        starts.extend(offsets.iter().map(|&x| x as u32));
        Ok(Self { offsets: starts, items: memory::copied(items) })
    }

    #[inline]
    pub fn row(&self, row: usize) -> &[i32] {
        &self.items[self.range(row)]
    }

    /// Where the row lies in `items`.
    #[inline]
    pub fn range(&self, row: usize) -> Range<usize> {
        self.offsets[row] as usize..self.offsets[row + 1] as usize
    }
}

fn check_dislikes(dislikes: &Csr, weights: &[f32], interactions: &Csr, kind: Kind) -> Result<()> {
    if weights.len() != dislikes.items.len() {
        return Err(Failure::input("There is not one value per dislike").expected(dislikes.items.len()));
    }
    if !kind.draws_negatives() {
        return Err(Failure::input("Only pairs and triples have dislikes"));
    }
    let rows = dislikes.offsets.len() - 1;
    let alone = |user: usize| !dislikes.row(user).is_empty() && interactions.row(user).is_empty();
    if kind == Kind::Triples && (0..rows).any(alone) {
        return Err(Failure::input("In triples only users with interactions have dislikes"));
    }
    Ok(())
}

fn malformed(what: &str, why: &str) -> Failure {
    Failure::input(format!("The {what} matrix is not well formed: {why}"))
}

#[derive(Clone, Debug)]
pub enum Distribution {
    Uniform,
    Alias { thresholds: Vec<u32>, aliases: Vec<i32> },
}

/// What the caller says; checked by [`Feed::new`].
#[derive(Clone, Debug)]
pub struct FeedSpec {
    pub kind: Kind,
    pub negatives: usize,
    pub distribution: Distribution,
    pub shuffle: bool,
    pub users: usize,
    pub items: usize,
    pub interactions: Csr,
    pub values: Option<Vec<f32>>,
    pub known: Csr,
    /// Labelled negatives and the weight of each.
    pub dislikes: Option<(Csr, Vec<f32>)>,
}

/// Items that must not be drawn for a user.
#[derive(Debug)]
enum Known {
    Bits { words_per_user: usize, words: Vec<u64> },
    Rows(Csr),
}

impl Known {
    fn new(rows: Csr, users: usize, items: usize) -> Self {
        let words_per_user = items.div_ceil(64);
        if users.saturating_mul(words_per_user).saturating_mul(8) > BITMAP_BYTES {
            return Self::Rows(rows);
        }
        let mut words: Vec<u64> = roomy(users * words_per_user);
        words.resize(users * words_per_user, 0);
        for user in 0..users {
            for &item in rows.row(user) {
                words[user * words_per_user + item as usize / 64] |= 1 << (item % 64);
            }
        }
        Self::Bits { words_per_user, words }
    }

    #[inline(always)]
    fn prefetch(&self, user: u32, item: u32) {
        if let Self::Bits { words_per_user, words } = self {
            prefetch(&words[user as usize * words_per_user + item as usize / 64]);
        }
    }

    #[inline(always)]
    fn contains(&self, user: u32, item: u32) -> bool {
        match self {
            Self::Bits { words_per_user, words } => {
                words[user as usize * words_per_user + item as usize / 64] >> (item % 64) & 1 == 1
            }
            Self::Rows(rows) => rows.row(user as usize).binary_search(&(item as i32)).is_ok(),
        }
    }
}

/// Divides by the same number again and again.
#[derive(Clone, Copy, Debug)]
struct Divider {
    divisor: u64,
    /// ceil(2^64 / divisor), where that gives exact quotients.
    factor: Option<u64>,
}

impl Divider {
    /// For dividends below `end`.
    fn new(divisor: u64, end: u64) -> Self {
        // The quotient is exact while dividend * divisor < 2^64: the factor is too large by less than divisor / 2^64.
        let exact = divisor > 1 && u128::from(end) * u128::from(divisor) < 1 << 64;
        Self { divisor, factor: exact.then(|| u64::MAX / divisor + 1) }
    }

    #[inline(always)]
    fn quotient(self, dividend: u64) -> u64 {
        match self.factor {
            Some(factor) => ((u128::from(dividend) * u128::from(factor)) >> 64) as u64,
            None => dividend / self.divisor,
        }
    }
}

/// Asks for the cache line of something that is read soon.
#[inline(always)]
fn prefetch<T>(place: &T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: prefetching has no effect but on caches, and SSE is part of x86-64.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(std::ptr::from_ref(place).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}

/// Where a feed writes the rows of a shard; columns that no plan reads may be empty.
pub struct Out<'a> {
    pub user: &'a mut [i32],
    pub item: &'a mut [i32],
    pub negative: &'a mut [i32],
    pub event: &'a mut [i32],
    pub label: &'a mut [f32],
    pub weight: &'a mut [f32],
}

/// An epoch's constants.
#[derive(Clone, Copy, Debug)]
pub struct Epoch {
    permutation: Option<Permutation>,
    draws: NegativeDraws,
}

#[derive(Debug)]
pub struct Feed {
    pub kind: Kind,
    per_positive: Divider,
    distribution: Distribution,
    shuffle: bool,
    pub users: usize,
    pub items: usize,
    total: u64,
    /// Rows before those of dislikes.
    drawn: u64,
    /// (user, item) of each positive, the first of each user for rows: one cache line serves both. Then those of the dislikes.
    pairs: Vec<[i32; 2]>,
    /// One for each of the pairs.
    values: Option<Vec<f32>>,
    known: Known,
    /// Where the pairs of each user begin; only where triples have dislikes.
    starts: Vec<u32>,
}

impl Feed {
    pub fn new(spec: FeedSpec) -> Result<Self> {
        let positives = spec.interactions.items.len();
        if spec.kind.draws_negatives() && !(1..=u32::MAX as usize).contains(&spec.negatives) {
            return Err(Failure::input("The number of negatives is out of range")
                .expected("1 to 4294967295")
                .received(spec.negatives));
        }
        if spec.users > i32::MAX as usize || spec.items > i32::MAX as usize {
            return Err(Failure::input("There are too many users or items").expected("at most 2147483647"));
        }
        if let Distribution::Alias { thresholds, aliases } = &spec.distribution {
            let inside = aliases.iter().all(|&alias| (0..spec.items as i64).contains(&i64::from(alias)));
            if thresholds.len() != spec.items || aliases.len() != spec.items || !inside {
                return Err(Failure::input("The alias table does not fit the catalogue").expected(spec.items));
            }
        }
        if spec.values.as_ref().is_some_and(|values| values.len() != positives) {
            return Err(Failure::input("There is not one value per interaction").expected(positives));
        }
        let per_positive = match spec.kind {
            Kind::Pairs => 1 + spec.negatives as u64,
            Kind::Triples => spec.negatives as u64,
            Kind::Ratings | Kind::Rows => 1,
        };
        if positives as u128 * u128::from(per_positive) > 1 << 53 {
            return Err(Failure::input("An epoch has too many rows").expected("at most 2^53"));
        }
        let mut pairs: Vec<[i32; 2]> = roomy(positives);
        for user in 0..spec.users {
            let row = spec.interactions.row(user);
            let wanted = if spec.kind == Kind::Rows { &row[..row.len().min(1)] } else { row };
            pairs.extend(wanted.iter().map(|&item| [user as i32, item]));
        }
        let drawn = pairs.len() as u64 * per_positive;
        let (mut values, mut starts, mut total) = (spec.values, Vec::new(), drawn);
        if let Some((dislikes, weights)) = spec.dislikes {
            check_dislikes(&dislikes, &weights, &spec.interactions, spec.kind)?;
            pairs.extend(
                (0..spec.users).flat_map(|user| dislikes.row(user).iter().map(move |&item| [user as i32, item])),
            );
            total += weights.len() as u64;
            values.get_or_insert_with(|| vec![1.0; positives]).extend(weights);
            starts = spec.interactions.offsets;
        }
        Ok(Self {
            kind: spec.kind,
            per_positive: Divider::new(per_positive, total + 1),
            shuffle: spec.shuffle,
            users: spec.users,
            items: spec.items,
            total,
            drawn,
            pairs,
            values,
            starts,
            known: Known::new(spec.known, spec.users, spec.items),
            distribution: spec.distribution,
        })
    }

    pub fn rows_per_epoch(&self) -> u64 {
        self.total
    }

    /// Interactions and dislikes; undefined where rows are users.
    pub fn events(&self) -> Option<usize> {
        (self.kind != Kind::Rows).then_some(self.pairs.len())
    }

    pub fn epoch(&self, seed: u32, epoch: u32) -> Epoch {
        let shuffled = self.shuffle && self.total > 0;
        let permutation = shuffled.then(|| Permutation::new(self.total, hash(seed, [stream::SHUFFLE, epoch])));
        Epoch { permutation, draws: NegativeDraws::new(seed, epoch) }
    }

    /// Fills the rows `first`, `first + 1`, … of the epoch's order.
    #[inline(never)]
    pub fn fill(&self, isa: Isa, epoch: &Epoch, first: u64, out: &mut Out<'_>) {
        out.weight.fill(1.0);
        for start in (0..out.user.len()).step_by(BLOCK) {
            let count = BLOCK.min(out.user.len() - start);
            self.fill_block(isa, epoch, first + start as u64, start, count, out);
        }
    }

    /// Each pass touches memory that the next one needs, so that the misses of a block overlap.
    fn fill_block(&self, isa: Isa, epoch: &Epoch, first: u64, start: usize, count: usize, out: &mut Out<'_>) {
        let mut order = [0_u64; BLOCK];
        let mut positives = [0_u64; BLOCK];
        let order = &mut order[..count];
        match &epoch.permutation {
            Some(permutation) => permutation.fill(isa, first, order),
            None => order.iter_mut().zip(first..).for_each(|(slot, row)| *slot = row),
        }
        for (slot, &row) in positives.iter_mut().zip(order.iter()) {
            *slot = self.pair_of(row);
            prefetch(&self.pairs[*slot as usize]);
        }
        if !out.event.is_empty() {
            let events = &mut out.event[start..start + count];
            events.iter_mut().zip(&positives).for_each(|(event, &positive)| *event = positive as i32);
        }
        let (users, items) = (&mut out.user[start..start + count], &mut out.item[start..start + count]);
        if !self.kind.draws_negatives() {
            for (i, &positive) in positives[..count].iter().enumerate() {
                [users[i], items[i]] = self.pairs[positive as usize];
                if let Some(label) = out.label.get_mut(start + i) {
                    *label = self.values.as_ref().map_or(1.0, |values| values[positive as usize]);
                }
            }
            return;
        }
        let mut draws = [0_u32; BLOCK];
        let draws = &mut draws[..count];
        epoch.draws.fill(isa, order, 0, draws);
        for draw in draws.iter_mut() {
            *draw = self.item_of(*draw);
        }
        for (i, &positive) in positives[..count].iter().enumerate() {
            [users[i], items[i]] = self.pairs[positive as usize];
            self.known.prefetch(users[i] as u32, draws[i]);
        }
        let (mut chosen, mut labels) = ([0_i32; BLOCK], [0.0_f32; BLOCK]);
        // Chosen without branches, which no processor could foretell; the few that met a known item are drawn again below.
        let mut again = [0_u8; BLOCK];
        let mut count = 0;
        for (i, (&row, &draw)) in order.iter().zip(draws.iter()).enumerate() {
            let is_positive = self.kind == Kind::Pairs && row == positives[i] * self.per_positive.divisor;
            again[count] = i as u8;
            count += usize::from(!is_positive & self.known.contains(users[i] as u32, draw));
            labels[i] = if is_positive { 1.0 } else { 0.0 };
            chosen[i] = if is_positive { items[i] } else { draw as i32 };
        }
        for &i in &again[..count] {
            let i = usize::from(i);
            // Who knows everything gets the positive itself: a pair then is one more positive.
            let negative = self.redraw(epoch, order[i], users[i] as u32);
            chosen[i] = negative.map_or(items[i], |negative| negative as i32);
            labels[i] = if negative.is_some() { 0.0 } else { 1.0 };
        }
        if self.drawn < self.total {
            for (i, &row) in order.iter().enumerate().filter(|&(_, &row)| row >= self.drawn) {
                (chosen[i], labels[i]) = (items[i], 0.0);
                if self.kind == Kind::Triples {
                    items[i] = self.positive_of(users[i] as usize, epoch.draws.at(row, 0));
                }
            }
        }
        if let (Some(values), false) = (&self.values, out.weight.is_empty()) {
            let weights = &mut out.weight[start..start + items.len()];
            for (i, weight) in weights.iter_mut().enumerate() {
                let positive = positives[i];
                // In pairs a negative that was drawn weighs 1, in triples as its positive.
                let is_own = self.kind == Kind::Triples || labels[i] == 1.0 || order[i] >= self.drawn;
                *weight = if is_own { values[positive as usize] } else { 1.0 };
            }
        }
        if self.kind == Kind::Triples {
            out.negative[start..start + items.len()].copy_from_slice(&chosen[..items.len()]);
            return;
        }
        items.copy_from_slice(&chosen[..items.len()]);
        if !out.label.is_empty() {
            out.label[start..start + items.len()].copy_from_slice(&labels[..items.len()]);
        }
    }

    /// The pair that a row is about.
    #[inline(always)]
    fn pair_of(&self, row: u64) -> u64 {
        let positive = self.per_positive.quotient(row.min(self.drawn));
        positive + row.saturating_sub(self.drawn)
    }

    /// One of the user's positives.
    fn positive_of(&self, user: usize, draw: u32) -> i32 {
        let (start, end) = (self.starts[user], self.starts[user + 1]);
        self.pairs[(start + below(draw, end - start)) as usize][1]
    }

    /// Further draws after the first one met a known item; `None` where the user knows everything.
    #[cold]
    fn redraw(&self, epoch: &Epoch, row: u64, user: u32) -> Option<u32> {
        let mut item = 0;
        for attempt in 1..ATTEMPTS {
            item = self.item_of(epoch.draws.at(row, attempt));
            if !self.known.contains(user, item) {
                return Some(item);
            }
        }
        let items = self.items as u64;
        (1..items)
            .map(|step| ((u64::from(item) + step) % items) as u32)
            .find(|&other| !self.known.contains(user, other))
    }

    #[inline(always)]
    fn item_of(&self, draw: u32) -> u32 {
        let item = below(draw, self.items as u32);
        match &self.distribution {
            Distribution::Uniform => item,
            Distribution::Alias { thresholds, aliases } => {
                if mix32(draw ^ 0x85eb_ca6b) < thresholds[item as usize] {
                    item
                } else {
                    aliases[item as usize] as u32
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_are_exact() {
        for divisor in [1_u64, 2, 3, 5, 7, 100, 65_537, 1 << 31] {
            for end in [1_u64 << 20, 1 << 33, 1 << 53] {
                let divider = Divider::new(divisor, end);
                let near = (0..40).flat_map(|i| {
                    let multiple = (end / divisor).saturating_sub(i) * divisor;
                    [multiple, multiple.saturating_sub(1), i, end - 1 - i]
                });
                for dividend in near.filter(|&dividend| dividend < end) {
                    assert_eq!(divider.quotient(dividend), dividend / divisor, "{dividend} / {divisor}");
                }
            }
        }
    }
}
