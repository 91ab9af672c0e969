//! Panics, deep enough for a backtrace worth reading.

use guest_kit::Attack;

struct Panics;

impl Attack for Panics {
    fn attack() -> String {
        innermost(7)
    }
}

#[inline(never)]
fn innermost(reason: u32) -> String {
    panic!("on purpose, for reason {reason}");
}

guest_kit::guest!(Panics);
