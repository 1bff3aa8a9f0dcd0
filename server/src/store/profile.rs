//! What people look like to each other.

use snug_proto::id::AccountId;
use snug_proto::profile::Profile;
use snug_proto::refusal::Cause;

use super::change::{Did, Not};
use super::desk::Desk;

/// Looks otherwise from now on.
pub(super) fn set(_desk: &mut Desk, _me: AccountId, _profile: &Profile) -> Result<Did, Not> {
    Err(Cause::Malformed.into())
}
