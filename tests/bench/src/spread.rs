//! Numbers of several rounds in one.

use serde::Serialize;

/// The middle of some numbers, and how far they go.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// None if there are no numbers.
    pub(crate) fn of(numbers: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut numbers: Vec<f64> = numbers.into_iter().collect();
        numbers.sort_by(f64::total_cmp);
        let upper = *numbers.get(numbers.len() / 2)?;
        let lower = *numbers.get((numbers.len() - 1) / 2)?;
        Some(Self {
            median: f64::midpoint(lower, upper),
            min: *numbers.first()?,
            max: *numbers.last()?,
        })
    }

    /// As `median (min–max)`, each as `show` says, or as one number if there is but one.
    pub(crate) fn show(&self, show: impl Fn(f64) -> String) -> String {
        let [median, min, max] = [self.median, self.min, self.max].map(show);
        if self.min == self.max {
            return median;
        }
        format!("{median} ({min}–{max})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_is_between_the_middle_two() {
        assert_eq!(
            Spread::of([4.0, 1.0, 2.0, 8.0]),
            Some(Spread {
                median: 3.0,
                min: 1.0,
                max: 8.0
            })
        );
        assert_eq!(
            Spread::of([2.0]),
            Some(Spread {
                median: 2.0,
                min: 2.0,
                max: 2.0
            })
        );
        assert_eq!(Spread::of([]), None);
    }
}
