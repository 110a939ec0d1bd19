//! Long work says how far it is, and can be ended.

use std::ops::ControlFlow;

/// Is told how far the work is (0..=1), at least every hundred milliseconds or so, and says whether to go on.
pub type Progress<'a> = dyn FnMut(f32) -> ControlFlow<()> + 'a;

/// The work was ended by its progress function; there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// A progress function for work that is not to be ended.
pub fn never_cancelled(_: f32) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Tells that `done` of `of` is done.
pub(super) fn tell(progress: &mut Progress<'_>, done: usize, of: usize) -> Result<(), Cancelled> {
    match progress((done as f64 / of.max(1) as f64).min(1.0) as f32) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Cancelled),
    }
}

/// A progress function for the part `from..=to` of some work.
pub(super) fn part(progress: &mut Progress<'_>, from: f32, to: f32) -> impl FnMut(f32) -> ControlFlow<()> {
    move |done| progress(from + (to - from) * done)
}
