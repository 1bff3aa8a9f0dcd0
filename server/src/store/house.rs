//! The acts of administrators.

use snug_proto::house::Act;
use snug_proto::id::AccountId;
use snug_proto::refusal::Cause;

use super::change::{Did, Not};
use super::desk::Desk;

/// Carries out an administrator's act; `by` 0 is whoever has the server's machine.
pub(super) fn act(_desk: &mut Desk, _by: AccountId, _act: &Act) -> Result<Did, Not> {
    Err(Cause::Malformed.into())
}
