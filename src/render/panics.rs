//! Catches the panics of a library, without the text that a panic prints.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether panics of this thread print nothing.
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// The result of `step`, or `None` if it panicked.
pub(super) fn catch_panic<T>(step: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !IS_QUIET.get() {
                previous(panic);
            }
        }));
    });
    IS_QUIET.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(step));
    IS_QUIET.set(false);
    result.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_caught_and_only_then_quiet() {
        assert_eq!(catch_panic(|| IS_QUIET.get()), Some(true));
        assert_eq!(catch_panic(|| assert!(!IS_QUIET.get(), "quiet")), None);
        assert!(!IS_QUIET.get());
    }
}
