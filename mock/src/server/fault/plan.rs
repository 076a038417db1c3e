//! How often a fault strikes, and whose turn it is.

use core::fmt;
use core::str::FromStr;

use super::{Fault, FaultTarget, UnknownFault};

/// A fault, and how many times it strikes: always, or only the first few times that it can.
///
/// ```
/// use mock_pam_core::{Fault, FaultPlan};
///
/// let plan: FaultPlan = "retry-after:2+times:3".parse()?;
/// assert_eq!(plan.fault(), &Fault::RetryAfter("2".to_owned()));
/// assert_eq!(plan.times(), Some(3));
/// assert_eq!(plan.to_string(), "retry-after:2+times:3");
/// assert_eq!(FaultPlan::from(Fault::NoHead).times(), None);
/// # Ok::<(), mock_pam_core::UnknownFault>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FaultPlan {
    fault: Fault,
    times: Option<u32>,
}

impl FaultPlan {
    pub(crate) fn new(fault: Fault, times: Option<u32>) -> Self {
        Self { fault, times }
    }

    /// What goes wrong.
    #[must_use]
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// How many times, if not always.
    #[must_use]
    pub fn times(&self) -> Option<u32> {
        self.times
    }
}

impl From<Fault> for FaultPlan {
    fn from(fault: Fault) -> Self {
        Self::new(fault, None)
    }
}

impl fmt::Display for FaultPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.times {
            Some(times) => f.pad(&format!("{}+times:{times}", self.fault)),
            None => self.fault.fmt(f),
        }
    }
}

impl FromStr for FaultPlan {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        match text.rsplit_once("+times:") {
            Some((fault, times)) => {
                let count = times.parse().map_err(|_| UnknownFault::times(times))?;
                Ok(Self::new(fault.parse()?, Some(count)))
            }
            None => text.parse().map(|fault| Self::new(fault, None)),
        }
    }
}

/// The faults of a server, in their order: the first of the right target that is not used up strikes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plans(Vec<FaultPlan>);

impl Plans {
    pub(crate) fn push(&mut self, plan: FaultPlan) {
        self.0.push(plan);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn take(&mut self, target: FaultTarget) -> Option<Fault> {
        let mut plans = self.0.iter_mut();
        let plan = plans.find(|plan| plan.fault.target() == target && plan.times != Some(0))?;
        if let Some(times) = &mut plan.times {
            *times -= 1;
        }
        Some(plan.fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_used_up_in_their_order() {
        let mut plans = Plans::default();
        for plan in ["status:502+times:2", "token-not-json", "no-head+times:1", "reset-before-head+times:0"] {
            plans.push(plan.parse().unwrap());
        }
        let mut lists = || plans.take(FaultTarget::List);
        assert_eq!(lists(), Some(Fault::Status(502)));
        assert_eq!(lists(), Some(Fault::Status(502)));
        assert_eq!(lists(), Some(Fault::NoHead));
        assert_eq!(lists(), None);
        for _ in 0..3 {
            assert_eq!(plans.take(FaultTarget::Token), Some(Fault::TokenNotJson));
        }
        assert_eq!(plans.take(FaultTarget::Connection), None);
    }

    #[test]
    fn counts_are_numbers() {
        for text in ["no-head+times:", "no-head+times:-1", "no-head+times:x", "+times:1", "no-head+once"] {
            assert!(text.parse::<FaultPlan>().is_err(), "{text}");
        }
    }
}
