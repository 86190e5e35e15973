//! What calls cost, and where to stop.

use std::sync::Mutex;

/// Dollars per million tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    /// Read.
    pub input: f64,
    /// Written.
    pub output: f64,
}

impl Price {
    /// Dollars.
    pub fn of(self, tokens_in: u64, tokens_out: u64) -> f64 {
        (self.input * tokens_in as f64 + self.output * tokens_out as f64) / 1e6
    }
}

/// What was used so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Calls answered.
    pub calls: u64,
    /// Tokens read.
    pub tokens_in: u64,
    /// Tokens written.
    pub tokens_out: u64,
}

/// Limits of a run. A call starts only while everything used, and everything that calls in flight may still use, is below
/// them: so they are never passed by more than the calls in flight.
#[derive(Debug, Default)]
pub struct Budget {
    tokens: Option<u64>,
    dollars: Option<f64>,
    price: Option<Price>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    used: Usage,
    reserved: Usage,
}

impl Budget {
    /// Limits in tokens (read and written together) and in dollars; dollars need a price.
    pub fn new(tokens: Option<u64>, dollars: Option<f64>, price: Option<Price>) -> Self {
        Self { tokens, dollars, price, state: Mutex::default() }
    }

    /// The price.
    pub fn price(&self) -> Option<Price> {
        self.price
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Sets tokens aside for a call; says what is spent when there is no room for it.
    pub(super) fn reserve(&self, tokens_in: u64, tokens_out: u64) -> Result<(), String> {
        let mut s = self.lock();
        let all_in = s.used.tokens_in + s.reserved.tokens_in + tokens_in;
        let all_out = s.used.tokens_out + s.reserved.tokens_out + tokens_out;
        if let Some(limit) = self.tokens.filter(|l| all_in + all_out > *l) {
            let used = s.used.tokens_in + s.used.tokens_out;
            return Err(format!(
                "the budget of {} tokens has no room for the next call ({} used, {} needed)",
                grouped(limit),
                grouped(used),
                grouped(tokens_in + tokens_out)
            ));
        }
        if let (Some(limit), Some(price)) = (self.dollars, self.price)
            && price.of(all_in, all_out) > limit
        {
            let used = price.of(s.used.tokens_in, s.used.tokens_out);
            let needed = price.of(tokens_in, tokens_out);
            return Err(format!(
                "the budget of {} has no room for the next call ({} used, {} needed)",
                dollars(limit),
                dollars(used),
                dollars(needed)
            ));
        }
        s.reserved.tokens_in += tokens_in;
        s.reserved.tokens_out += tokens_out;
        Ok(())
    }

    /// Gives back what was set aside, and counts what was used.
    pub(super) fn settle(&self, reserved: (u64, u64), used: Option<(u64, u64)>) -> Usage {
        let mut s = self.lock();
        s.reserved.tokens_in = s.reserved.tokens_in.saturating_sub(reserved.0);
        s.reserved.tokens_out = s.reserved.tokens_out.saturating_sub(reserved.1);
        if let Some((tokens_in, tokens_out)) = used {
            s.used.calls += 1;
            s.used.tokens_in += tokens_in;
            s.used.tokens_out += tokens_out;
        }
        s.used
    }

    /// What was used so far.
    pub fn used(&self) -> Usage {
        self.lock().used
    }
}

/// Tokens of a text, about: four bytes of ASCII each, and one for every other character.
pub(super) fn estimate(text: &str) -> u64 {
    let ascii = text.bytes().filter(u8::is_ascii).count() as u64;
    let other = text.chars().filter(|c| !c.is_ascii()).count() as u64;
    ascii.div_ceil(4) + other
}

/// Tokens that a text has in any tokeniser, or more: hardly one has more than eight letters to a token, or four characters
/// of another script.
pub(super) fn at_least(text: &str) -> u64 {
    let ascii = text.bytes().filter(u8::is_ascii).count() as u64;
    let other = text.chars().filter(|c| !c.is_ascii()).count() as u64;
    ascii / 8 + other / 4
}

/// A number with its digits in threes.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, d) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(d);
    }
    out
}

/// Dollars with as many digits as say something: calls cost parts of a cent.
pub fn dollars(amount: f64) -> String {
    if amount >= 1.0 || amount == 0.0 { format!("${amount:.2}") } else { format!("${amount:.4}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn calls_in_flight_count(limit in 100u64..10_000, calls in prop::collection::vec((1u64..500, 1u64..500, any::<bool>()), 1..60)) {
            let b = Budget::new(Some(limit), None, None);
            let mut flying: Vec<(u64, u64)> = Vec::new();
            for (i, o, lands) in calls {
                if b.reserve(i, o).is_ok() {
                    flying.push((i, o));
                }
                let open: u64 = flying.iter().map(|f| f.0 + f.1).sum();
                prop_assert!(b.used().tokens_in + b.used().tokens_out + open <= limit);
                if lands && let Some(f) = flying.pop() {
                    b.settle(f, Some(f));
                }
            }
        }
    }

    #[test]
    fn dollars_need_a_price() {
        let price = Price { input: 1.0, output: 10.0 };
        assert!(Budget::new(None, Some(0.001), None).reserve(1_000_000, 0).is_ok());
        let b = Budget::new(None, Some(0.001), Some(price));
        assert!(b.reserve(500, 40).is_ok());
        let e = b.reserve(500, 40).unwrap_err();
        assert!(
            e.starts_with("the budget of $0.0010 has no room for the next call ($0.00 used, $0.0009 needed)"),
            "{e}"
        );
        b.settle((500, 40), None);
        assert!(b.reserve(500, 40).is_ok());
    }
}
