//! The time, as handlers know it.

use std::time::SystemTime;

use crate::host::Host;

/// Now, by the host's clock.
///
/// In unit tests, while there is a context, it is the time of its `FakeServer`, which stands still until the test moves
/// it; so handlers that ask here can be tested, and those that call [`SystemTime::now`] themselves cannot.
pub fn now() -> SystemTime {
    Host::current().now()
}
